/** Tests flags by pattern in the codec and the catalog: their ids, their names in a snapshot, and what changed. */
import { describe, expect, it } from 'vitest';
import { findDifferences } from '../../src/codec/compare.js';
import { composeSnapshot } from '../../src/codec/compose.js';
import { EncodedSnapshot } from '../../src/codec/decode.js';
import { SnapshotFormatError } from '../../src/codec/decode-value.js';
import { UNSET_STAMP } from '../../src/codec/flag-table.js';
import { type EncodedSegment, FLAGS_WORD, NAMES_LENGTH_WORD, NAMES_OFFSET_WORD } from '../../src/codec/frame.js';
import type { OptionValue } from '../../src/common/value.js';
import { Catalog } from '../../src/names/catalog.js';
import { encodeCatalog } from '../../src/names/catalog-writer.js';
import { CatalogCorruptedError } from '../../src/names/name-table.js';
import { isPatternFlag, makePatternFlagId, type OptionId, splitPatternFlagId } from '../../src/names/option-id.js';
import { encodeSegment } from '../support/encoded.js';

type Flags = Record<string, OptionValue>;

/** By code point, U+FFFF comes first; by code unit, the other one does. */
const [LAST_UNIT, WIDE] = ['feature.\uffff', 'feature.💥'];

/** Snapshots of two namespaces, which list one option and none, one after the other. */
class Reloads {
  #last: EncodedSnapshot | undefined;
  #segments: readonly EncodedSegment[] = [];

  /** Publishes a generation with these flags. A namespace without an argument keeps its own. */
  publish(...flags: readonly (Flags | undefined)[]): EncodedSnapshot {
    const previous = this.#last;
    const generation = (previous?.generation ?? 0) + 1;
    const segments = flags.map((each, ordinal) =>
      each === undefined ? undefined : encodeSegment(ordinal === 0 ? [7] : [], each),
    );
    const changed = segments.flatMap((segment, ordinal) => {
      if (segment === undefined || previous === undefined) return [];
      return findDifferences(previous.segment(ordinal), segment).flags.map((name) => toId(name, ordinal));
    });
    this.#segments = segments.map((segment, ordinal) => segment ?? (this.#segments[ordinal] as EncodedSegment));
    this.#last = open(composeSnapshot({ generation, segments, previous, changed }));
    return this.#last;
  }
}

function open(bytes: Uint8Array): EncodedSnapshot {
  return new EncodedSnapshot(bytes, { namespaceCount: 2, optionCount: 1 });
}

function toId(name: string, ordinal = 0): string {
  return makePatternFlagId(ordinal, name);
}

describe('the id of a flag by pattern', () => {
  it('An id has the number of its namespace and its name, whatever is in the name', () => {
    for (const key of ['feature.', 'feature.a', 'feature.1:feature.b', 'feature.__proto__', WIDE]) {
      for (const ordinal of [0, 7, 9_999]) {
        const id = toId(key, ordinal);
        expect(isPatternFlag(id)).toBe(true);
        expect(splitPatternFlagId(id)).toEqual({ ordinal, key });
      }
    }
  });
});

describe('Catalog', () => {
  const catalog = new Catalog(
    encodeCatalog([
      { name: 'closed', keys: ['a', 'feature.x'] },
      { name: 'open', keys: ['a', 'feature.x'], hasPatternFlags: true },
    ]),
    0,
  );
  const [closed, declaring] = [catalog.at(0), catalog.at(1)];

  it('A name that the schema lists has its index, and any other with the prefix an id by pattern', () => {
    expect(['a', 'feature.x', 'feature.y'].map((key) => closed.idOf(key))).toEqual([0, 1, undefined]);
    expect(['a', 'feature.x', 'feature.y'].map((key) => declaring.idOf(key))).toEqual([2, 3, '1:feature.y']);
    for (const key of [
      'b',
      '',
      'feature',
      'Feature.a',
      ' feature.a',
      '0:feature.a',
      undefined,
      null,
      0,
      {},
      ['feature.y'],
      Symbol('feature.y'),
    ]) {
      expect(declaring.idOf(key)).toBeUndefined();
    }
    expect(declaring.indexOf('feature.y')).toBeUndefined();
  });

  it('The name and the namespace of an id are those that it was made of', () => {
    for (const key of ['a', 'feature.x', 'feature.y', 'feature.', WIDE]) {
      const id = declaring.idOf(key) as OptionId;
      expect(declaring.keyOf(id)).toBe(key);
      expect(catalog.ordinalOf(id)).toBe(1);
      expect(catalog.namespaceOf(id).name).toBe('open');
    }
    expect([closed.hasPatternFlags, declaring.hasPatternFlags]).toEqual([false, true]);
  });

  it('Options sort by namespace, then those that the schema lists, then flags by pattern by code point', () => {
    const schemas = Array.from({ length: 12 }, (_, ordinal) => ({ name: `n${ordinal}`, keys: ['a', 'b'] }));
    const twelve = new Catalog(encodeCatalog(schemas), 0);
    const sorted: OptionId[] = [
      ...[0, 1, toId('feature.', 0), toId('feature.a', 0), toId(LAST_UNIT, 0), toId(WIDE, 0)],
      ...[4, 5, toId('feature.b', 2), toId('feature.a', 10), 22, 23, toId('feature.a', 11)],
    ];
    for (let start = 0; start < sorted.length; start++) {
      const shuffled = [...sorted.slice(start), ...sorted.slice(0, start).reverse()];
      expect(shuffled.sort((a, b) => twelve.compare(a, b))).toEqual(sorted);
    }
  });
});

describe('EncodedSnapshot', () => {
  it('Two namespaces may set flags of the same name', () => {
    const snapshot = new Reloads().publish({ 'feature.a': 1, 'feature.b': 2 }, { 'feature.a': 3 });
    expect(['feature.a', 'feature.b'].map((name) => snapshot.decode(toId(name, 0)))).toEqual([1, 2]);
    expect(['feature.a', 'feature.b'].map((name) => snapshot.decode(toId(name, 1)))).toEqual([3, undefined]);
    expect(snapshot.decode(0)).toBe(7);
    expect([snapshot.flags.count(0), snapshot.flags.count(1)]).toEqual([2, 1]);
  });

  it('A name that is not set, or of a namespace that there is not, is unset', () => {
    for (const snapshot of [new Reloads().publish({ 'feature.a': 1 }, {}), new Reloads().publish({}, {})]) {
      for (const id of [toId('feature.', 0), toId('feature.aa', 0), toId('feature.a', 1), '0:x'.repeat(1_000)]) {
        expect([snapshot.isset(id), snapshot.decode(id), snapshot.stamp(id)]).toEqual([false, undefined, UNSET_STAMP]);
      }
      for (const id of [toId('feature.a', 2), toId('feature.a', 9_999), 'x', '']) {
        expect([snapshot.isset(id), snapshot.stamp(id)]).toEqual([false, UNSET_STAMP]);
      }
    }
  });

  it('A flag keeps its stamp while others are set, changed and removed', () => {
    const reloads = new Reloads();
    reloads.publish({ 'feature.b': 1 }, { 'feature.b': 1 });
    reloads.publish({ 'feature.a': 1, 'feature.b': 1, 'feature.c': 1 }, undefined);
    const third = reloads.publish({ 'feature.b': 1, 'feature.c': 2 }, undefined);
    expect([...third.flags.stamps(0)]).toEqual([1, 3]);
    expect([...third.flags.stamps(1)]).toEqual([1]);
    const fourth = reloads.publish(undefined, {});
    expect([...fourth.flags.stamps(0)]).toEqual([1, 3]);
    expect([...fourth.flags.stamps(1)]).toEqual([]);
    expect([...fourth.stamps]).toEqual([1]);
  });

  it('A snapshot has the generation in which any flag was last set, changed or removed', () => {
    const reloads = new Reloads();
    const changed = [
      reloads.publish({}, {}),
      reloads.publish({ 'feature.a': 1 }, undefined),
      reloads.publish({ 'feature.a': 1 }, {}),
      reloads.publish({ 'feature.a': 2 }, undefined),
      reloads.publish(undefined, undefined),
      reloads.publish({}, undefined),
    ].map(({ flags }) => flags.changed);
    expect(changed).toEqual([1, 2, 2, 4, 4, 6]);
  });

  it('FlagTable.changedSince lists what was set, changed or removed, by namespace and name, also across several reloads', () => {
    const reloads = new Reloads();
    const first = reloads.publish({ 'feature.a': 1, 'feature.c': 1, [WIDE]: 1 }, { 'feature.a': 1 });
    const second = reloads.publish({ 'feature.b': 1, 'feature.c': 1, [LAST_UNIT]: 1 }, undefined);
    const third = reloads.publish(undefined, { 'feature.a': 2 });
    const fourth = reloads.publish({ 'feature.a': 1, 'feature.c': 1, [WIDE]: 1 }, undefined);
    const here = ['feature.a', 'feature.b', LAST_UNIT, WIDE].map((name) => toId(name, 0));
    expect(second.flags.changedSince(first.flags)).toEqual(here);
    expect(third.flags.changedSince(second.flags)).toEqual([toId('feature.a', 1)]);
    expect(fourth.flags.changedSince(third.flags)).toEqual(here);
    // Set again in the meantime, and removed again.
    expect(fourth.flags.changedSince(first.flags)).toEqual([toId('feature.a', 0), toId(WIDE, 0), toId('feature.a', 1)]);
    expect(fourth.flags.changedSince(fourth.flags)).toEqual([]);
  });

  it('The names are the same bytes if a reload sets and removes none', () => {
    const reloads = new Reloads();
    const first = reloads.publish({ 'feature.a': 1, [WIDE]: 2 }, {});
    const second = reloads.publish({ 'feature.a': 2, [WIDE]: 2 }, undefined);
    expect(second.flags.names).toEqual(first.flags.names);
    expect(second.flags.names.buffer).not.toBe(first.flags.names.buffer);
    const renamed = reloads.publish({ 'feature.b': 2, [WIDE]: 2 }, undefined);
    expect(renamed.segment(0).bytes).toEqual(second.segment(0).bytes);
    expect(renamed.segment(0).patternFlags).toEqual(['feature.b', WIDE]);
    expect(reloads.publish({}, undefined).flags.names).toHaveLength(0);
  });

  it('Whatever overwrites a word, each read ends: with a value, or with an error', () => {
    const reloads = new Reloads();
    const before = reloads.publish({ 'feature.a': 1 }, {});
    const { bytes, flags } = reloads.publish({ 'feature.a': 1, 'feature.b': 'text' }, { 'feature.c': [1] });
    const end = flags.names.byteOffset + flags.names.length;
    for (let word = 0; word < end >> 2; word++) {
      for (const poison of [-1, 0, 1, 9_999, 2 ** 31 - 1]) {
        const damaged = bytes.slice();
        new Int32Array(damaged.buffer)[word] = poison;
        for (const read of READS) {
          try {
            read(open(damaged), before);
          } catch (error) {
            const isExpected = [SnapshotFormatError, CatalogCorruptedError, RangeError].some(
              (one) => error instanceof one,
            );
            if (!isExpected) throw error;
          }
        }
      }
    }
  });

  it('Names outside of the bytes are rejected', () => {
    const { bytes } = new Reloads().publish({ 'feature.a': 1 }, {});
    for (const [word, poison] of [
      [FLAGS_WORD, -1],
      [FLAGS_WORD, 2 ** 31 - 1],
      [NAMES_OFFSET_WORD, -4],
      [NAMES_OFFSET_WORD, 2],
      [NAMES_OFFSET_WORD, bytes.length],
      [NAMES_LENGTH_WORD, -1],
      [NAMES_LENGTH_WORD, bytes.length],
    ] as const) {
      const damaged = bytes.slice();
      new Int32Array(damaged.buffer)[word] = poison;
      expect(() => open(damaged), `${word}: ${poison}`).toThrow(SnapshotFormatError);
    }
  });
});

const READS: readonly ((snapshot: EncodedSnapshot, before: EncodedSnapshot) => unknown)[] = [
  (snapshot) => [snapshot.segment(0).patternFlags, snapshot.segment(1).patternFlags],
  (snapshot) => [0, 1].map((ordinal) => [snapshot.flags.count(ordinal), snapshot.flags.stamps(ordinal)]),
  (snapshot) => ['feature.a', 'feature.b', 'feature.d'].map((name) => snapshot.stamp(toId(name))),
  (snapshot) => ['feature.a', 'feature.b', 'feature.d'].map((name) => snapshot.isset(toId(name))),
  (snapshot) => ['feature.a', 'feature.b'].map((name) => snapshot.decode(toId(name))),
  (snapshot) => snapshot.decode(toId('feature.c', 1)),
  (snapshot, before) => [snapshot.flags.changedSince(before.flags), before.flags.changedSince(snapshot.flags)],
];

describe('findDifferences', () => {
  const compare = (before: Flags, after: Flags) =>
    findDifferences(encodeSegment([1], before), encodeSegment([1], after));

  it('A flag differs if it is set in one only, or has another value', () => {
    const value = { a: [1] };
    expect(compare({}, {})).toEqual({ places: [], flags: [] });
    expect(compare({ 'feature.a': value }, { 'feature.a': value })).toEqual({ places: [], flags: [] });
    expect(compare({ 'feature.a': value }, { 'feature.a': { a: [2] } }).flags).toEqual(['feature.a']);
    expect(compare({ 'feature.b': 1 }, { 'feature.a': 1, 'feature.b': 1, 'feature.c': 1 }).flags).toEqual([
      ...['feature.a', 'feature.c'],
    ]);
    expect(compare({ 'feature.a': 1, 'feature.b': 1, 'feature.c': 1 }, { 'feature.b': 1 }).flags).toEqual([
      ...['feature.a', 'feature.c'],
    ]);
  });

  it('A renamed flag differs under both names, though the bytes are the same', () => {
    expect(compare({ 'feature.b': 1 }, { 'feature.a': 1 })).toEqual({ places: [], flags: ['feature.a', 'feature.b'] });
    expect(compare({ [LAST_UNIT]: 1 }, { [WIDE]: 1 }).flags).toEqual([LAST_UNIT, WIDE]);
    expect(compare({ [WIDE]: 1 }, { [LAST_UNIT]: 1 }).flags).toEqual([LAST_UNIT, WIDE]);
  });
});
