/** Mutates a valid document: its bytes, its tokens, or its structure. */
import type { Random } from './random.js';

/** Tokens that parsers and validators often handle wrongly. */
const NASTY_TOKENS: readonly string[] = [
  '1e400',
  '-1e400',
  '-0',
  '-0.0',
  '1.0',
  '01',
  '1.',
  '.5',
  '+1',
  '1e',
  '0x10',
  'NaN',
  'Infinity',
  '9007199254740992',
  '-9007199254740993',
  '123456789012345678901234567890',
  '1e308',
  '5e-324',
  '1E+2',
  'null',
  'true',
  'false',
  'True',
  '""',
  '"\\u0000"',
  '"\\ud800"',
  '"\\udc00\\ud800"',
  '"\\ud83d\\ude00"',
  '"\\ufeff"',
  '"\u2028"',
  '"\\x"',
  '"\\u12"',
  '"',
  '\\',
  '"__proto__"',
  '"constructor"',
  '"prototype"',
  '"toString"',
  '"options"',
  '"generated_at"',
  '"$ref"',
  '"#/definitions/Feature"',
  '"type"',
  '"object"',
  '"array"',
  '"integer"',
  '"optional"',
  '"feature."',
  '"~1/~0"',
  '{',
  '}',
  '[',
  ']',
  ',',
  ':',
  '{}',
  '[]',
  '[[]]',
  '{"":0}',
  ',,',
  '/**/',
  '// x\n',
  '#',
  "'",
  '\0',
  '\ufeff',
  '\u00a0',
]; // prettier-ignore

const NASTY_KEYS: readonly string[] = [
  ...['__proto__', 'constructor', 'toString', 'length', '', '0', '~', '/', '\ufeff'],
  ...['feature.', 'feature.__proto__', 'feature.a', 'feature.\ufffe', '^feature\\.', 'patternProperties'],
];

/** Maximum length of a mutated document, in bytes. */
const MAX_BYTES = 2 ** 17;

const TOKEN = /"(?:[^"\\]|\\.)*"|[-+.\w]+|[{}[\],:]/g;

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/** Changes `text` in one or more ways. */
export function mutate(text: string, random: Random): Buffer {
  let bytes: Buffer = Buffer.from(text);
  do {
    const kind = random.below(100);
    if (kind < 10) bytes = mutateBytes(bytes, random);
    else if (kind < 35) bytes = Buffer.from(mutateTokens(bytes.toString(), random));
    else bytes = mutateTree(bytes, random);
  } while (random.chance(40));
  return bytes.subarray(0, MAX_BYTES);
}

/** Makes one change that ignores the structure of JSON. */
function mutateBytes(bytes: Buffer, random: Random): Buffer {
  const at = random.below(bytes.length + 1);
  const to = Math.min(bytes.length, at + random.below(16));
  const [before, range, after] = [bytes.subarray(0, at), bytes.subarray(at, to), bytes.subarray(to)];
  switch (random.below(7)) {
    case 0: // a half-written file
      return before;
    case 1:
      return Buffer.concat([before, after]);
    case 2:
      return Buffer.concat([before, range, range, after]);
    case 3:
      return Buffer.concat([before, Buffer.from(range.map(() => random.below(256))), after]);
    case 4: // a byte of no character, or of a truncated one
      return Buffer.concat([before, Buffer.from([random.pick([0x80, 0xc0, 0xe4, 0xed, 0xf0, 0xff])]), range, after]);
    case 5:
      return Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), bytes]);
    default:
      return Buffer.concat([before, Buffer.alloc(random.below(64)), after]);
  }
}

/** Changes one token: replaces, removes or repeats it, or adds another token beside it. */
function mutateTokens(text: string, random: Random): string {
  const tokens = [...text.matchAll(TOKEN)];
  const chosen = tokens[random.below(tokens.length)];
  if (chosen === undefined) return random.pick(NASTY_TOKENS);
  const other = random.chance(50) ? random.pick(NASTY_TOKENS) : (random.pick(tokens)[0] ?? '');
  const before = text.slice(0, chosen.index);
  const after = text.slice(chosen.index + chosen[0].length);
  return before + random.pick([other, '', chosen[0] + other, other + chosen[0], chosen[0] + chosen[0]]) + after;
}

/** Changes one value in the document, which stays JSON. A document that is not JSON stays unchanged. */
function mutateTree(bytes: Buffer, random: Random): Buffer {
  let root: Json;
  try {
    root = JSON.parse(bytes.toString());
  } catch {
    return bytes;
  }
  const values: Json[] = [];
  collect(root, values);
  const [chosen, other] = [random.pick(values), random.pick(values)];
  const [key, otherKey] = [random.pick(NASTY_KEYS), random.pick(NASTY_KEYS)];
  const replacement = random.chance(50)
    ? makeSameKind(chosen, key, random)
    : makeValue(chosen, other, key, otherKey, random);
  // Objects and lists have an identity; a scalar may occur in many places, and all of them change.
  return Buffer.from(JSON.stringify(replace(root, chosen, replacement)) ?? '');
}

function collect(value: Json, values: Json[]): void {
  values.push(value);
  if (typeof value === 'object' && value !== null) for (const member of Object.values(value)) collect(member, values);
}

/** Makes another value of the same kind, which is most likely as valid. */
function makeSameKind(value: Json, key: string, random: Random): Json {
  if (typeof value === 'number') return random.pick([-0, 7, -1e9, 2 ** 53 - 1, random.below(2 ** 32) / 7, 1e-300]);
  if (typeof value === 'boolean') return !value;
  if (typeof value === 'string') return String.fromCodePoint(random.below(0xd800), 0, 0xfeff, 0x10ffff) + value;
  if (Array.isArray(value)) return [...value, ...value.slice(random.below(value.length + 1))].reverse();
  if (value === null) return null;
  const members = Object.entries(value);
  const copy = members[random.below(members.length)]?.[1] ?? {};
  return Object.fromEntries([...members.reverse(), [key, copy]]);
}

function makeValue(value: Json, other: Json, key: string, otherKey: string, random: Random): Json {
  const members = typeof value === 'object' && value !== null && !Array.isArray(value) ? Object.entries(value) : [];
  switch (random.below(9)) {
    case 0:
      return other;
    case 1:
      return wrap(value, random.pick([1, 2, 100, 126, 127, 128, 200]), random.chance(50));
    case 2:
      return Object.fromEntries([...members, [key, other]]);
    case 3:
      return Object.fromEntries([[key, Object.fromEntries([[otherKey, other]])], ...members]);
    case 4:
      return Object.fromEntries(members.filter(() => random.chance(70)));
    case 5:
      return Object.fromEntries(members.map(([name, member]) => [random.chance(30) ? key : name, member]));
    case 6:
      return Array.isArray(value) ? [...value, other, ...value] : [value, other];
    case 7:
      return random.pick(['', 'x'.repeat(1 + random.below(5_000)), '\ud800', '\0', '\u{1f30d}', '2026-01-01', '~/']);
    default:
      return random.pick([0, -0, 1.5, -1, 101, 2 ** 53, -(2 ** 53), 1e21, 5e-324, true, null]);
  }
}

function wrap(value: Json, levels: number, isInLists: boolean): Json {
  let outer = value;
  for (let level = 0; level < levels; level++) outer = isInLists ? [outer] : { a: outer };
  return outer;
}

function replace(value: Json, chosen: Json, replacement: Json): Json {
  if (Object.is(value, chosen)) return replacement;
  if (Array.isArray(value)) return value.map((entry) => replace(entry, chosen, replacement));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, replace(member, chosen, replacement)]));
}
