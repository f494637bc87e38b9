/**
 * Tests that values which a schema allows arrive unchanged: written to a file, loaded by the watcher, read in another
 * thread. Values which the schema rejects never arrive.
 */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import * as fc from 'fast-check';
import { type OptionsStore, openOptions, ValuesError } from 'sentry-options';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { allows, type Type } from '../support/allows.js';
import { Base } from '../support/base.js';
import { isSame } from '../support/same.js';

const NAMESPACE = 'seer';
const RUNS = 10;
/** Many options in each run, because the start of the watcher takes most of the time. */
const OPTIONS = { minLength: 20, maxLength: 40 } as const;

/** An option, values that its type allows (the first is the default), and a value that it rejects. */
interface Option {
  readonly name: string;
  readonly type: Type;
  readonly allowed: readonly [unknown, unknown, unknown];
  readonly rejected: unknown;
}

/** Strings, including those that look like a byte-order mark, the end of a string, a prototype, or a pointer. */
const string = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 12 }),
  fc.string({ unit: 'binary', maxLength: 4 }).map((text) => `\ufeff${text}`),
  fc.constantFrom('', '\0', '\u{10ffff}', '__proto__', 'constructor', 'toString', '0', '10', 'a/b', '~1', 'feature.x'),
);

const number = fc.oneof(
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.constantFrom(0, -0, 5e-324, 1.7976931348623157e308, 2 ** 53, 1e23, 0.9661274792416195),
);

const integer = fc.oneof(fc.maxSafeInteger(), fc.constantFrom(0, -0, 2 ** 53 - 1, 1 - 2 ** 53));

const { type } = fc.letrec<{ type: Type }>((tie) => ({
  type: fc.oneof(
    { maxDepth: 3, depthSize: 'small' },
    fc.constantFrom<Type>({ type: 'string' }, { type: 'integer' }, { type: 'number' }, { type: 'boolean' }),
    fc.record({ type: fc.constant('array' as const), items: tie('type') }),
    fc.record({ type: fc.constant('object' as const), additionalProperties: tie('type') }),
    fc.record({ type: fc.constant('object' as const), properties: makeFields(tie('type')) }),
    fc.record({
      type: fc.constant('object' as const),
      properties: makeFields(tie('type')),
      additionalProperties: tie('type'),
    }),
  ),
}));

function makeFields(fieldType: fc.Arbitrary<Type>): fc.Arbitrary<Record<string, Type>> {
  const field = fc.tuple(string, fieldType, fc.boolean());
  return fc
    .uniqueArray(field, { selector: ([name]) => name, maxLength: 4 })
    .map((list) => toObject(list.map(([name, inner, optional]) => [name, { ...inner, optional }])));
}

/** Makes an object as `JSON.parse` does: a member named `__proto__` is data. */
function toObject<T>(members: readonly (readonly [string, T])[]): Record<string, T> {
  return Object.fromEntries(members);
}

/** Makes any value of `type`. */
function makeValue(type: Type): fc.Arbitrary<unknown> {
  switch (type.type) {
    case 'string':
      return string;
    case 'integer':
      return integer;
    case 'number':
      return number;
    case 'boolean':
      return fc.boolean();
    case 'array':
      return fc.array(makeValue(type.items as Type), { maxLength: 4 });
    case 'object': {
      const fields = Object.entries(type.properties ?? {}).map(([name, field]) =>
        fc.tuple(fc.constant(name), makeValue(field), fc.boolean()).map(([, value, isLeftOut]) => {
          return field.optional === true && isLeftOut ? [] : [[name, value] as const];
        }),
      );
      const others =
        type.additionalProperties === undefined
          ? fc.constant([])
          : fc
              .array(fc.tuple(string, makeValue(type.additionalProperties)), { maxLength: 3 })
              .map((list) => list.filter(([name]) => !Object.hasOwn(type.properties ?? {}, name)));
      return fc
        .tuple(others, ...fields)
        .chain((groups) => fc.shuffledSubarray(groups.flat(), { minLength: groups.flat().length }))
        .map((members) => toObject(members));
    }
  }
}

/** Makes a value that `type` does not allow: mostly wrong in one place, somewhere inside. */
function makeRejected(type: Type): fc.Arbitrary<unknown> {
  const { items, properties = {}, additionalProperties } = type;
  const inner: fc.Arbitrary<unknown>[] = [];
  if (type.type === 'integer') inner.push(fc.constantFrom(0.5, 2 ** 53, -1e300, '1'));
  if (items !== undefined) inner.push(fc.tuple(makeValue(items), makeRejected(items)));
  for (const [name, field] of Object.entries(properties)) {
    const members = fc.tuple(makeValue(type), makeRejected(field));
    inner.push(members.map(([value, bad]) => toObject([...Object.entries(value as object), [name, bad]])));
    if (field.optional === true) continue;
    inner.push(
      makeValue(type).map((value) => toObject(Object.entries(value as object).filter(([key]) => key !== name))),
    );
  }
  if (type.type === 'object') {
    const bad = additionalProperties === undefined ? number : makeRejected(additionalProperties);
    inner.push(
      fc
        .tuple(makeValue(type), string, bad)
        .map(([value, name, member]) => toObject([...Object.entries(value as object), [name, member]])),
    );
  }
  return fc.oneof(...inner, fc.jsonValue({ maxDepth: 2 })).filter((value) => !allows(type, value));
}

const option: fc.Arbitrary<Option> = fc.tuple(string, type).chain(([name, type]) =>
  fc.record({
    name: fc.constant(name),
    type: fc.constant(type),
    allowed: fc.tuple(makeValue(type), makeValue(type), makeValue(type)),
    rejected: makeRejected(type),
  }),
);

const options = fc.uniqueArray(option, { selector: ({ name }) => name, ...OPTIONS });

/** A way to write JSON; all ways have the same meaning. */
interface Spelling {
  readonly space: string;
  readonly isEscaped: boolean;
}

const spelling: fc.Arbitrary<Spelling> = fc.record({
  space: fc.constantFrom('', ' ', '\r\n\t'),
  isEscaped: fc.boolean(),
});

/** Writes `value` as JSON. */
function write(value: unknown, spelling: Spelling): string {
  const { space, isEscaped } = spelling;
  if (typeof value === 'string') return isEscaped ? escapeUnits(value) : JSON.stringify(value);
  if (typeof value === 'number') return writeNumber(value, isEscaped);
  if (typeof value !== 'object' || value === null) return String(value);
  if (Array.isArray(value)) return `[${space}${value.map((entry) => write(entry, spelling)).join(`,${space}`)}]`;
  const members = Object.entries(value).map(
    ([key, member]) => `${write(key, spelling)}${space}:${write(member, spelling)}`,
  );
  return `{${space}${members.join(`${space},`)}}`;
}

/** Writes a string with an escape for each of its code units. */
function escapeUnits(text: string): string {
  const units = text.split('').map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
  return `"${units.join('')}"`;
}

/** Writes a number with its sign, also −0; with an exponent if it would be an integer beyond ±(2^53 − 1). */
function writeNumber(value: number, hasExponent: boolean): string {
  if (Object.is(value, -0)) return '-0';
  return hasExponent || Math.abs(value) > Number.MAX_SAFE_INTEGER ? value.toExponential() : String(value);
}

/** Writes the content of a values file. */
function writeFile(values: readonly (readonly [string, unknown])[], spelling: Spelling): string {
  const document = { options: toObject(values) };
  const text = write(document, spelling);
  expect(isSame(JSON.parse(text), document)).toBe(true);
  return text;
}

let reader: Worker;
beforeAll(() => {
  reader = new Worker(new URL('../fixtures/comparing-worker.mjs', import.meta.url));
});
afterAll(() => reader.terminate());

/** Expects that the other thread reads what `JSON.parse` returns for `text`. */
async function expectRead(store: OptionsStore, text: string): Promise<void> {
  reader.postMessage({ handle: store.handle, namespace: NAMESPACE, text });
  const [answer] = await once(reader, 'message');
  expect(answer).toEqual({ differing: [] });
}

/** Opens a store of these options with `text` as the values file, for as long as `use` runs. */
async function withStore(
  options: readonly Option[],
  text: string,
  use: (store: OptionsStore, base: Base) => Promise<void>,
): Promise<void> {
  const base = new Base({});
  const properties = options.map(
    ({ name, type, allowed }) => [name, { ...type, default: allowed[0], description: '' }] as const,
  );
  const schema = { version: '1.0', type: 'object', properties: toObject(properties) };
  base.writeSchema(NAMESPACE, write(schema, { space: ' ', isEscaped: false }));
  base.writeText(NAMESPACE, text);
  const logger = { debug() {}, info() {}, warn() {}, error() {} };
  const store = openOptions({ directory: base.directory, pollInterval: null, logger });
  try {
    await use(store, base);
  } finally {
    await store.close();
  }
}

it('Another thread reads every value that a schema allows as JSON.parse returns it', async () => {
  let values = 0;
  await fc.assert(
    fc.asyncProperty(options, spelling, async (options, spelling) => {
      const texts = [0, 1, 2].map((round) =>
        writeFile(
          options.map(({ name, allowed }) => [name, allowed[round]]),
          spelling,
        ),
      );
      const [first = '', ...others] = texts;
      await withStore(options, first, async (store, base) => {
        await expectRead(store, first);
        let last = first;
        for (const text of others) {
          base.writeText(NAMESPACE, text);
          expect(await store.refresh()).toBe(text !== last);
          await expectRead(store, text);
          last = text;
        }
      });
      values += texts.length * options.length;
    }),
    { numRuns: RUNS },
  );
  console.log(`${values} values of ${RUNS} schemas arrived unchanged`);
});

it('The error names every value that a schema rejects, and no thread reads anything of its file', async () => {
  let values = 0;
  await fc.assert(
    fc.asyncProperty(options, spelling, fc.nat(), async (options, spelling, chosen) => {
      const text = writeFile(
        options.map(({ name, allowed }) => [name, allowed[0]]),
        spelling,
      );
      await withStore(options, text, async (store, base) => {
        const rejected = options.map(({ name, rejected: value }) => [name, value] as const);
        expect(await findRejectedOptions(store, base, writeFile(rejected, spelling))).toEqual(
          new Set(options.map(({ name }) => name)),
        );
        await expectRead(store, text);

        const only = options[chosen % options.length] as Option;
        const mixed = options.map(
          (option) => [option.name, option === only ? option.rejected : option.allowed[1]] as const,
        );
        expect(await findRejectedOptions(store, base, writeFile(mixed, spelling))).toEqual(new Set([only.name]));
        await expectRead(store, text);
        expect(store.generation).toBe(1);
      });
      values += options.length + 1;
    }),
    { numRuns: RUNS },
  );
  console.log(`${values} values of ${RUNS} schemas were rejected`);
});

/** Refreshes, which must fail, and returns the options that the error names. */
async function findRejectedOptions(store: OptionsStore, base: Base, text: string): Promise<Set<string>> {
  base.writeText(NAMESPACE, text);
  const error = await store.refresh().catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(ValuesError);
  const names = (error as ValuesError).issues.map(({ pointer }) => pointer.split('/')[0] ?? '');
  return new Set(names.map((name) => name.replaceAll('~1', '/').replaceAll('~0', '~')));
}
