/**
 * Tests that a load which keeps what it knows of unchanged files has the result of a load that parses all files: the same
 * bytes, the same issues. After each of a sequence of changes to random files; the changed options and their stamps must be
 * those of a reference.
 */
import { writeFileSync } from 'node:fs';
import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { EncodedSnapshot } from '../../src/codec/decode.js';
import { isSameValue, type OptionValue } from '../../src/common/value.js';
import { loadValues } from '../../workers/values/load.js';
import type { Loaded, LoadResult, Published } from '../../workers/values/results.js';
import { Verdicts } from '../../workers/values/verdicts.js';
import { Base, boolean, integer, string } from '../support/base.js';
import { makeLoadRequest } from '../support/load-request.js';
import { isSame } from '../support/same.js';

/** `npm run test:property -- --runs 1000` runs more sequences, and reads their counts from a file. */
const { SENTRY_OPTIONS_TEST_RUNS = '10', SENTRY_OPTIONS_TEST_REPORT } = process.env;
const RUNS = 3 * Number(SENTRY_OPTIONS_TEST_RUNS);
const counts = { loads: 0, published: 0, rejected: 0, withoutChanges: 0 };

const MAP = { type: 'object', additionalProperties: { type: 'integer' }, default: {}, description: 'a map' };
const LIST = { type: 'array', items: { type: 'number' }, default: [1, 2], description: 'numbers' };

/** Kinds of options: the declaration, values that it allows, and one that it rejects. */
const KINDS: readonly { readonly declared: object; readonly allowed: OptionValue[]; readonly bad: OptionValue }[] = [
  { declared: integer(1), allowed: [0, 1, 2], bad: 'x' },
  { declared: string('a'), allowed: ['', 'a', '\ufeffa', 'a long text'.repeat(20)], bad: 1 },
  { declared: boolean(false), allowed: [false, true], bad: null },
  { declared: LIST, allowed: [[], [1, 2], [2, 1], [0.5]], bad: ['x'] },
  { declared: MAP, allowed: [{}, { a: 1, b: 2 }, { b: 2, a: 1 }, { a: 1 }], bad: { a: 'x' } },
];

/** The options of each namespace, by kind: an option's name contains its place. */
const catalog = fc.array(fc.array(fc.nat({ max: KINDS.length - 1 }), { minLength: 1, maxLength: 5 }), {
  minLength: 1,
  maxLength: 5,
});

/** A change of one file. Numbers select one of what there is. */
type Change = {
  readonly namespace: number;
  readonly what: 'values' | 'values' | 'time' | 'removed' | 'bad' | 'malformed' | 'unknown';
  readonly picks: readonly number[];
};

const change: fc.Arbitrary<Change> = fc.record({
  namespace: fc.nat(),
  what: fc.constantFrom('values', 'values', 'values', 'time', 'time', 'removed', 'bad', 'malformed', 'unknown'),
  picks: fc.array(fc.nat({ max: 5 }), { minLength: 5, maxLength: 5 }),
});
/** Each step changes some files, or none, and loads. */
const steps = fc.array(fc.array(change, { maxLength: 3 }), { minLength: 1, maxLength: 12 });

/** What a store must have published: the set values and the stamps, by namespace and option. */
type Reference = { values: Map<string, OptionValue>; stamps: Map<string, number> }[];

class Files {
  readonly base: Base;
  /** The values of each file; undefined if it must be rejected. */
  readonly current: (Map<string, OptionValue> | undefined)[];
  #time = 0;

  constructor(readonly kinds: readonly (readonly number[])[]) {
    const declared = kinds.map((list, index) => [
      `n${index}`,
      Object.fromEntries(list.map((kind, place) => [`o${place}`, KINDS[kind]?.declared as object])),
    ]);
    this.base = new Base(Object.fromEntries(declared));
    this.current = kinds.map(() => new Map());
  }

  apply({ namespace, what, picks }: Change): void {
    const index = namespace % this.kinds.length;
    const name = `n${index}`;
    if (what === 'removed') {
      this.base.removeValues(name);
      this.current[index] = new Map();
      return;
    }
    const kinds = (this.kinds[index] ?? []).map((kind) => KINDS[kind]);
    const picked = kinds.flatMap((kind, place): [string, OptionValue][] => {
      const value = kind?.allowed[picks[place] as number];
      return value === undefined ? [] : [[`o${place}`, value]];
    });
    const last = [...(this.current[index] ?? [])];
    const values = new Map(what === 'time' ? last : picked);
    const options: Record<string, OptionValue> = Object.fromEntries(values);
    if (what === 'bad') options.o0 = kinds[0]?.bad ?? null;
    if (what === 'unknown') options.unknown = this.#time;
    const text = JSON.stringify({ options, generated_at: new Date(++this.#time * 1_000).toISOString() });
    this.base.writeText(name, what === 'malformed' ? text.slice(0, -1) : text);
    this.current[index] = what === 'bad' || what === 'malformed' ? undefined : values;
  }
}

/** Returns `published` with hashes that no file has, so that a load keeps nothing. */
function withoutHashes(published: Published | undefined): Published | undefined {
  if (published === undefined) return undefined;
  const namespaces = [...published.namespaces].map(([name, loaded]) => [name, { ...loaded, hash: 'none' }] as const);
  return { ...published, namespaces: new Map(namespaces) };
}

/** Expects the results of an incremental load and of a full one to be the same. */
function expectSame(result: LoadResult, full: LoadResult): void {
  if (full.kind !== 'loaded') {
    expect(result).toEqual(full);
    return;
  }
  if (result.kind !== 'loaded' && result.kind !== 'unchanged') throw new Error(result.kind);
  expect(result.namespaces).toEqual(full.namespaces);
  const { payload, changes }: Pick<Loaded, 'payload' | 'changes'> =
    result.kind === 'loaded' ? result : { payload: undefined, changes: new Map() };
  expect(Buffer.from(payload ?? []).equals(Buffer.from(full.payload ?? []))).toBe(true);
  for (const [name, keys] of full.changes) expect(changes.get(name) ?? []).toEqual(keys);
}

/** Updates the reference to a new generation. Returns the options that read as another value, by namespace. */
function advance(reference: Reference, files: Files, generation: number): Map<string, string[]> {
  const changes = new Map<string, string[]>();
  files.current.forEach((values = new Map(), index) => {
    const last = reference[index] as Reference[number];
    const keys: string[] = [];
    for (const [place, kind] of (files.kinds[index] ?? []).entries()) {
      const key = `o${place}`;
      const [before, after] = [last.values.get(key), values.get(key)];
      if (isSameValue(before, after)) continue;
      last.stamps.set(key, generation);
      const { default: initial } = (KINDS[kind]?.declared ?? {}) as { default: OptionValue };
      if (!isSameValue(before ?? initial, after ?? initial)) keys.push(key);
    }
    last.values = values;
    if (keys.length > 0) changes.set(`n${index}`, keys);
  });
  return changes;
}

function expectReference({ payload, generation }: Published, reference: Reference, files: Files): void {
  const keys = files.kinds.flatMap((list, index) => [...list.keys()].map((place) => [index, `o${place}`] as const));
  const shape = { namespaceCount: files.kinds.length, optionCount: keys.length };
  const snapshot = new EncodedSnapshot(payload, shape);
  for (const [index, [namespace, key]] of keys.entries()) {
    const { values, stamps } = reference[namespace] as Reference[number];
    expect(isSame(snapshot.decode(index), values.get(key))).toBe(true);
    expect([key, snapshot.stamp(index)]).toEqual([key, stamps.get(key) ?? 1]);
  }
  expect(snapshot.generation).toBeLessThanOrEqual(generation);
}

it(
  'A load of the changed files has the result of a load of all files',
  () => {
    fc.assert(
      fc.property(catalog, steps, (kinds, sequence) => {
        const files = new Files(kinds);
        const { directory } = files.base;
        const request = makeLoadRequest(directory);
        const reference: Reference = kinds.map(() => ({ values: new Map(), stamps: new Map() }));
        let published: Published | undefined;
        for (const changes of [[], ...sequence]) {
          for (const change of changes) files.apply(change);
          const full = loadValues({ ...request, verdicts: new Verdicts() }, withoutHashes(published));
          const result = loadValues(request, published);
          expectSame(result, full);
          counts.loads++;
          expect(result.kind === 'invalid').toBe(files.current.includes(undefined));
          if (result.kind === 'invalid') counts.rejected++;
          if (result.kind !== 'loaded') continue;
          const generation = (published?.generation ?? 0) + 1;
          const changed = advance(reference, files, generation);
          if (generation > 1) {
            const listed = [...result.changes].filter(([, keys]) => keys.length > 0);
            expect(new Map(listed)).toEqual(changed);
          }
          const { payload = published?.payload as Uint8Array, namespaces } = result;
          if (result.payload === undefined) counts.withoutChanges++;
          published = { generation, payload, namespaces };
          counts.published++;
          expectReference(published, reference, files);
        }
      }),
      { numRuns: RUNS },
    );
    expect(Object.values(counts)).not.toContain(0);
    if (SENTRY_OPTIONS_TEST_REPORT !== undefined) {
      writeFileSync(`${SENTRY_OPTIONS_TEST_REPORT}.loads`, JSON.stringify(counts));
    }
  },
  RUNS * 10_000,
);
