/**
 * Tests that a load which keeps what it knows of unchanged files has the result of a load that parses all files: the same
 * bytes, the same issues. After each of a sequence of changes to random files; the changed options and their stamps must be
 * those of a reference. Some namespaces declare flags by pattern: their names come, go and are renamed.
 */
import { writeFileSync } from 'node:fs';
import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { EncodedSnapshot } from '../../src/codec/decode.js';
import { UNSET_STAMP } from '../../src/codec/flag-table.js';
import { isSameValue, type OptionValue } from '../../src/common/value.js';
import { makePatternFlagId } from '../../src/names/option-id.js';
import { alwaysOff, alwaysOn } from '../../src/testing/features.js';
import { loadValues } from '../../workers/values/load.js';
import { LoadMemory } from '../../workers/values/load-memory.js';
import type { Loaded, LoadResult, Published } from '../../workers/values/results.js';
import { Verdicts } from '../../workers/values/verdicts.js';
import { Base, boolean, integer, patternSchema, string } from '../support/base.js';
import { makeLoadRequest } from '../support/load-request.js';
import { isSame } from '../support/same.js';

/** `npm run test:property -- --runs 1000` runs more sequences, and reads their counts from a file. */
const { SENTRY_OPTIONS_TEST_RUNS = '10', SENTRY_OPTIONS_TEST_REPORT } = process.env;
const RUNS = 3 * Number(SENTRY_OPTIONS_TEST_RUNS);
const counts = { loads: 0, published: 0, rejected: 0, withoutChanges: 0, flagsRemoved: 0 };

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

/** Names of flags by pattern. In UTF-16, the last one but one comes first of the last two. */
const FLAGS = ['feature.', 'feature.__proto__', 'feature.a', 'feature.é', 'feature.日', 'feature.\uffff', 'feature.💥'];
const FLAG_VALUES = [alwaysOn(), alwaysOff(), { ...alwaysOn(), enabled: false }] as unknown as OptionValue[];

/** What a namespace declares. */
interface Declared {
  /** The kinds of its options: an option's name contains its place. */
  readonly kinds: readonly number[];
  readonly hasPatternFlags: boolean;
}

const catalog: fc.Arbitrary<Declared[]> = fc.array(
  fc
    .tuple(fc.array(fc.nat({ max: KINDS.length - 1 }), { maxLength: 5 }), fc.boolean())
    // A schema without options declares flags by pattern.
    .map(([kinds, hasPatternFlags]) => ({ kinds, hasPatternFlags: hasPatternFlags || kinds.length === 0 })),
  { minLength: 1, maxLength: 5 },
);

/** A change of one file. Numbers select one of what there is. */
type Change = {
  readonly namespace: number;
  readonly what: 'values' | 'values' | 'flags' | 'rename' | 'time' | 'removed' | 'bad' | 'malformed' | 'unknown';
  readonly picks: readonly number[];
  /** For each of {@link FLAGS}, its value; unset if there is no such value. */
  readonly flags: readonly number[];
};

const change: fc.Arbitrary<Change> = fc.record({
  namespace: fc.nat(),
  what: fc.constantFrom(
    ...(['values', 'values', 'values', 'flags', 'flags', 'rename', 'time', 'time'] as const),
    ...(['removed', 'bad', 'malformed', 'unknown'] as const),
  ),
  picks: fc.array(fc.nat({ max: 5 }), { minLength: 5, maxLength: 5 }),
  flags: fc.array(fc.nat({ max: 5 }), { minLength: FLAGS.length, maxLength: FLAGS.length }),
});
/** Each step changes some files, or none, and loads. */
const steps = fc.array(fc.array(change, { maxLength: 3 }), { minLength: 1, maxLength: 12 });

/** Two flags are set, then one of them is renamed, then both are removed: whatever the random steps are. */
const FLAG_STEPS: Change[][] = (['flags', 'rename', 'removed'] as const).map((what) => [
  { namespace: 0, what, picks: [0, 6, 0, 0, 0], flags: [0, 0, 9, 9, 9, 9, 9] },
]);

/** What a store must have published: the set values and the stamps, by namespace and option. */
type Reference = { values: Map<string, OptionValue>; stamps: Map<string, number> }[];

/** A generation, and its values. */
interface Past {
  readonly published: Published;
  readonly reference: Reference;
}

class Files {
  readonly base: Base;
  /** The values of each file; undefined if it must be rejected. */
  readonly current: (Map<string, OptionValue> | undefined)[];
  #time = 0;

  constructor(readonly declared: readonly Declared[]) {
    this.base = new Base({});
    for (const [index, { kinds, hasPatternFlags }] of declared.entries()) {
      const options = kinds.map((kind, place) => [`o${place}`, KINDS[kind]?.declared as object]);
      const properties = options.length === 0 ? undefined : Object.fromEntries(options);
      const listed = JSON.stringify({ version: '1.0', type: 'object', properties });
      this.base.writeSchema(`n${index}`, hasPatternFlags ? patternSchema(properties) : listed);
    }
    this.current = declared.map(() => new Map());
  }

  apply({ namespace, what, picks, flags }: Change): void {
    const index = namespace % this.declared.length;
    const { kinds, hasPatternFlags } = this.declared[index] as Declared;
    const name = `n${index}`;
    if (what === 'removed') {
      this.base.removeValues(name);
      this.current[index] = new Map();
      return;
    }
    const picked = kinds.flatMap((kind, place): [string, OptionValue][] => {
      const value = KINDS[kind]?.allowed[picks[place] as number];
      return value === undefined ? [] : [[`o${place}`, value]];
    });
    const pickedFlags = FLAGS.flatMap((flag, place): [string, OptionValue][] => {
      const value = FLAG_VALUES[flags[place] as number];
      return value === undefined || !hasPatternFlags ? [] : [[flag, value]];
    });
    const last = [...(this.current[index] ?? [])];
    const lastFlags = last.filter(([key]) => isFlag(key));
    const values = new Map(what === 'values' ? [...lastFlags, ...picked] : last);
    if (what === 'flags') {
      for (const [flag] of lastFlags) values.delete(flag);
      for (const [flag, value] of pickedFlags.reverse()) values.set(flag, value);
    }
    if (what === 'rename') this.#rename(values, picks);
    const options: Record<string, OptionValue> = Object.fromEntries(values);
    if (what === 'bad') options[kinds.length > 0 ? 'o0' : 'feature.a'] = KINDS[kinds[0] ?? 0]?.bad ?? null;
    if (what === 'unknown') options.unknown = this.#time;
    const text = JSON.stringify({ options, generated_at: new Date(++this.#time * 1_000).toISOString() });
    this.base.writeText(name, what === 'malformed' ? text.slice(0, -1) : text);
    this.current[index] = what === 'bad' || what === 'malformed' ? undefined : values;
  }

  /** Gives a value another name, which may be that of another flag: the bytes of the values may be the same. */
  #rename(values: Map<string, OptionValue>, [pick = 0, other = 0]: readonly number[]): void {
    const set = FLAGS.filter((flag) => values.has(flag));
    const from = set[pick % set.length];
    if (from === undefined) return;
    const value = values.get(from) as OptionValue;
    values.delete(from);
    values.set(FLAGS[other] as string, value);
  }
}

function isFlag(key: string): boolean {
  return key.startsWith('feature.');
}

/** Sorts by code point: the order of the bytes of UTF-8. */
function sortNames(names: Iterable<string>): string[] {
  return [...names].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
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
    for (const [place, kind] of (files.declared[index] as Declared).kinds.entries()) {
      const key = `o${place}`;
      const [before, after] = [last.values.get(key), values.get(key)];
      if (isSameValue(before, after)) continue;
      last.stamps.set(key, generation);
      const { default: initial } = (KINDS[kind]?.declared ?? {}) as { default: OptionValue };
      if (!isSameValue(before ?? initial, after ?? initial)) keys.push(key);
    }
    for (const flag of sortNames(FLAGS)) {
      const [before, after] = [last.values.get(flag), values.get(flag)];
      if (isSameValue(before, after)) continue;
      last.stamps.set(flag, generation);
      keys.push(flag);
      if (after === undefined) counts.flagsRemoved++;
    }
    last.values = values;
    if (keys.length > 0) changes.set(`n${index}`, keys);
  });
  return changes;
}

function open(files: Files, { payload }: Published): EncodedSnapshot {
  const { declared } = files;
  const optionCount = declared.reduce((sum, { kinds }) => sum + kinds.length, 0);
  return new EncodedSnapshot(payload, { namespaceCount: declared.length, optionCount });
}

function expectReference(published: Published, reference: Reference, files: Files): void {
  const snapshot = open(files, published);
  const keys = files.declared.flatMap(({ kinds }, index) => [...kinds.keys()].map((place) => [index, place] as const));
  for (const [index, [namespace, place]] of keys.entries()) {
    const { values, stamps } = reference[namespace] as Reference[number];
    const key = `o${place}`;
    expect(isSame(snapshot.decode(index), values.get(key))).toBe(true);
    expect([key, snapshot.stamp(index)]).toEqual([key, stamps.get(key) ?? 1]);
  }
  for (const [ordinal, { values, stamps }] of reference.entries()) {
    const set = sortNames(FLAGS.filter((flag) => values.has(flag)));
    expect([snapshot.flags.count(ordinal), snapshot.segment(ordinal).patternFlags]).toEqual([set.length, set]);
    expect([...snapshot.flags.stamps(ordinal)]).toEqual(set.map((flag) => stamps.get(flag) ?? 1));
    for (const flag of FLAGS) {
      const id = makePatternFlagId(ordinal, flag);
      expect(snapshot.isset(id)).toBe(values.has(flag));
      expect(isSame(snapshot.decode(id), values.get(flag))).toBe(true);
      expect([flag, snapshot.stamp(id)]).toEqual([flag, values.has(flag) ? (stamps.get(flag) ?? 1) : UNSET_STAMP]);
    }
  }
  expect(snapshot.generation).toBeLessThanOrEqual(published.generation);
}

/** Expects the flags that changed since an older snapshot, also between the two. */
function expectChangedFlags(published: Published, reference: Reference, past: Past, files: Files): void {
  const older = open(files, past.published);
  const expected = reference.flatMap(({ values, stamps }, ordinal) => {
    const had = (past.reference[ordinal] as Reference[number]).values;
    const changed = FLAGS.filter((flag) =>
      values.has(flag) ? (stamps.get(flag) ?? 1) > older.generation : had.has(flag),
    );
    return sortNames(changed).map((flag) => makePatternFlagId(ordinal, flag));
  });
  expect(open(files, published).flags.changedSince(older.flags)).toEqual(expected);
}

function copyReference(reference: Reference): Reference {
  return reference.map(({ values, stamps }) => ({ values: new Map(values), stamps: new Map(stamps) }));
}

it(
  'A load of the changed files has the result of a load of all files',
  () => {
    fc.assert(
      fc.property(catalog, steps, (declared, sequence) => {
        const files = new Files(declared);
        const { directory } = files.base;
        const request = makeLoadRequest(directory);
        const reference: Reference = declared.map(() => ({ values: new Map(), stamps: new Map() }));
        const pasts: Past[] = [];
        let published: Published | undefined;
        for (const changes of [[], ...sequence]) {
          for (const change of changes) files.apply(change);
          const full = loadValues(
            { ...request, verdicts: new Verdicts(), memory: new LoadMemory() },
            withoutHashes(published),
          );
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
          for (const past of pasts) expectChangedFlags(published, reference, past, files);
          // Later loads reuse the memory.
          const past = { ...published, payload: payload.slice() };
          pasts.push({ published: past, reference: copyReference(reference) });
        }
      }),
      { numRuns: RUNS, examples: [[[{ kinds: [0], hasPatternFlags: true }], FLAG_STEPS]] },
    );
    expect(Object.values(counts)).not.toContain(0);
    if (SENTRY_OPTIONS_TEST_REPORT !== undefined) {
      writeFileSync(`${SENTRY_OPTIONS_TEST_REPORT}.loads`, JSON.stringify(counts));
    }
  },
  RUNS * 10_000,
);
