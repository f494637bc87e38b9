/**
 * What a schema allows comes through unchanged: written to a file, loaded by the watcher, read in another thread. What
 * it refuses never does.
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
/** Many to a run: what takes time is the start of the watcher. */
const OPTIONS = { minLength: 20, maxLength: 40 } as const;

/** An option, values that its type allows (the default among them), and one that it refuses. */
interface Option {
  readonly name: string;
  readonly type: Type;
  readonly allowed: readonly [unknown, unknown, unknown];
  readonly rejected: unknown;
}

/** Also what may be taken for a byte-order mark, for the end of a string, for a prototype, or for a pointer. */
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
    fc.record({ type: fc.constant('object' as const), properties: fields(tie('type')) }),
    fc.record({
      type: fc.constant('object' as const),
      properties: fields(tie('type')),
      additionalProperties: tie('type'),
    }),
  ),
}));

function fields(fieldType: fc.Arbitrary<Type>): fc.Arbitrary<Record<string, Type>> {
  const field = fc.tuple(string, fieldType, fc.boolean());
  return fc
    .uniqueArray(field, { selector: ([name]) => name, maxLength: 4 })
    .map((list) => toObject(list.map(([name, inner, optional]) => [name, { ...inner, optional }])));
}

/** Made as `JSON.parse` makes them: a member named `__proto__` is data. */
function toObject<T>(members: readonly (readonly [string, T])[]): Record<string, T> {
  return Object.fromEntries(members);
}

/** Any value of `type`. */
function valueFor(type: Type): fc.Arbitrary<unknown> {
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
      return fc.array(valueFor(type.items as Type), { maxLength: 4 });
    case 'object': {
      const fields = Object.entries(type.properties ?? {}).map(([name, field]) =>
        fc.tuple(fc.constant(name), valueFor(field), fc.boolean()).map(([, value, isLeftOut]) => {
          return field.optional === true && isLeftOut ? [] : [[name, value] as const];
        }),
      );
      const others =
        type.additionalProperties === undefined
          ? fc.constant([])
          : fc
              .array(fc.tuple(string, valueFor(type.additionalProperties)), { maxLength: 3 })
              .map((list) => list.filter(([name]) => !Object.hasOwn(type.properties ?? {}, name)));
      return fc
        .tuple(others, ...fields)
        .chain((groups) => fc.shuffledSubarray(groups.flat(), { minLength: groups.flat().length }))
        .map((members) => toObject(members));
    }
  }
}

/** A value that `type` does not allow: mostly wrong in one place, somewhere inside. */
function rejectedBy(type: Type): fc.Arbitrary<unknown> {
  const { items, properties = {}, additionalProperties } = type;
  const inner: fc.Arbitrary<unknown>[] = [];
  if (type.type === 'integer') inner.push(fc.constantFrom(0.5, 2 ** 53, -1e300, '1'));
  if (items !== undefined) inner.push(fc.tuple(valueFor(items), rejectedBy(items)));
  for (const [name, field] of Object.entries(properties)) {
    const members = fc.tuple(valueFor(type), rejectedBy(field));
    inner.push(members.map(([value, bad]) => toObject([...Object.entries(value as object), [name, bad]])));
    if (field.optional === true) continue;
    inner.push(
      valueFor(type).map((value) => toObject(Object.entries(value as object).filter(([key]) => key !== name))),
    );
  }
  if (type.type === 'object') {
    const bad = additionalProperties === undefined ? number : rejectedBy(additionalProperties);
    inner.push(
      fc
        .tuple(valueFor(type), string, bad)
        .map(([value, name, member]) => toObject([...Object.entries(value as object), [name, member]])),
    );
  }
  return fc.oneof(...inner, fc.jsonValue({ maxDepth: 2 })).filter((value) => !allows(type, value));
}

const option: fc.Arbitrary<Option> = fc.tuple(string, type).chain(([name, type]) =>
  fc.record({
    name: fc.constant(name),
    type: fc.constant(type),
    allowed: fc.tuple(valueFor(type), valueFor(type), valueFor(type)),
    rejected: rejectedBy(type),
  }),
);

const options = fc.uniqueArray(option, { selector: ({ name }) => name, ...OPTIONS });

/** How a text is written: all of them say the same. */
interface Spelling {
  readonly space: string;
  readonly isEscaped: boolean;
}

const spelling: fc.Arbitrary<Spelling> = fc.record({
  space: fc.constantFrom('', ' ', '\r\n\t'),
  isEscaped: fc.boolean(),
});

/** JSON of `value`. */
function write(value: unknown, spelling: Spelling): string {
  const { space, isEscaped } = spelling;
  if (typeof value === 'string') return isEscaped ? escaped(value) : JSON.stringify(value);
  if (typeof value === 'number') return numberText(value, isEscaped);
  if (typeof value !== 'object' || value === null) return String(value);
  if (Array.isArray(value)) return `[${space}${value.map((entry) => write(entry, spelling)).join(`,${space}`)}]`;
  const members = Object.entries(value).map(
    ([key, member]) => `${write(key, spelling)}${space}:${write(member, spelling)}`,
  );
  return `{${space}${members.join(`${space},`)}}`;
}

/** A string with an escape for each of its code units. */
function escaped(text: string): string {
  const units = text.split('').map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
  return `"${units.join('')}"`;
}

/** A number with its sign, also where it is zero; with an exponent where it would be an integer beyond ±(2^53 − 1). */
function numberText(value: number, hasExponent: boolean): string {
  if (Object.is(value, -0)) return '-0';
  return hasExponent || Math.abs(value) > Number.MAX_SAFE_INTEGER ? value.toExponential() : String(value);
}

/** The text of a values file. */
function file(values: readonly (readonly [string, unknown])[], spelling: Spelling): string {
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

/** Expects that the other thread reads what `JSON.parse` makes of `text`. */
async function expectRead(store: OptionsStore, text: string): Promise<void> {
  reader.postMessage({ handle: store.handle, namespace: NAMESPACE, text });
  const [answer] = await once(reader, 'message');
  expect(answer).toEqual({ differing: [] });
}

/** A store of these options, whose file says `text`, for as long as `use` takes. */
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

it('whatever a schema allows is read in another thread as JSON.parse gives it', async () => {
  let values = 0;
  await fc.assert(
    fc.asyncProperty(options, spelling, async (options, spelling) => {
      const texts = [0, 1, 2].map((round) =>
        file(
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
  console.log(`${values} values of ${RUNS} schemas came through`);
});

it('whatever a schema refuses is named, and nothing of its file is read', async () => {
  let values = 0;
  await fc.assert(
    fc.asyncProperty(options, spelling, fc.nat(), async (options, spelling, chosen) => {
      const text = file(
        options.map(({ name, allowed }) => [name, allowed[0]]),
        spelling,
      );
      await withStore(options, text, async (store, base) => {
        const rejected = options.map(({ name, rejected: refused }) => [name, refused] as const);
        expect(await faultyOptions(store, base, file(rejected, spelling))).toEqual(
          new Set(options.map(({ name }) => name)),
        );
        await expectRead(store, text);

        const only = options[chosen % options.length] as Option;
        const mixed = options.map(
          (option) => [option.name, option === only ? option.rejected : option.allowed[1]] as const,
        );
        expect(await faultyOptions(store, base, file(mixed, spelling))).toEqual(new Set([only.name]));
        await expectRead(store, text);
        expect(store.generation).toBe(1);
      });
      values += options.length + 1;
    }),
    { numRuns: RUNS },
  );
  console.log(`${values} values of ${RUNS} schemas were refused`);
});

/** The options that the error of a reload names, which has to fail. */
async function faultyOptions(store: OptionsStore, base: Base, text: string): Promise<Set<string>> {
  base.writeText(NAMESPACE, text);
  const error = await store.refresh().catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(ValuesError);
  const names = (error as ValuesError).issues.map(({ pointer }) => pointer.split('/')[0] ?? '');
  return new Set(names.map((name) => name.replaceAll('~1', '/').replaceAll('~0', '~')));
}
