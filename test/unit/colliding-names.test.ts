/** Tests names of flags by pattern that an author of a values file has made to collide in the hash table of names. */
import { describe, expect, it } from 'vitest';
import { composeSnapshot } from '../../src/codec/compose.js';
import { EncodedSnapshot } from '../../src/codec/decode.js';
import { hashName, LONGEST_PROBE, MAX_SORTED_PROBES, ownerOf } from '../../src/names/catalog-layout.js';
import { encodeSegment } from '../support/encoded.js';

/** In the first namespace that sets flags, both parts of a pair lead to the same hash; so 2¹⁰ names have the same. */
const PAIRS = [['P0Cc', 'lAad'], ...new Array<[string, string]>(9).fill(['Q9Cc', 'MHad'])];
const [OTHER, ...NAMES] = Array.from({ length: 400 }, (_, number) => {
  const bits = [...number.toString(2).padStart(10, '0')].map(Number);
  return `feature.${bits.map((bit, place) => PAIRS[place]?.[bit]).join('')}`;
}) as [string, ...string[]];
/** By code point, U+FFFF comes first; by code unit, the other one does. */
const MORE = ['feature.\uffff', 'feature.💥'];

/** Makes a snapshot of twelve namespaces, of which each sets the flags `names`: the value of each is its place. */
function publish(
  names: readonly string[],
  previous?: EncodedSnapshot,
  changed: readonly string[] = [],
): EncodedSnapshot {
  const flags = Object.fromEntries(names.map((name, place) => [name, place]));
  const segments = Array.from({ length: 12 }, () => encodeSegment([], flags));
  const generation = (previous?.generation ?? 0) + 1;
  const bytes = composeSnapshot({ generation, segments, previous, changed });
  return new EncodedSnapshot(bytes, { namespaceCount: 12, optionCount: 0 });
}

describe('names with the same hash', () => {
  it('Each is found by its name in each namespace, and no other name is', () => {
    expect(new Set([OTHER, ...NAMES].map((name) => hashName(ownerOf(0), name))).size).toBe(1);
    const names = [...NAMES, ...MORE];
    const first = publish(names);
    for (const ordinal of [0, 1, 2, 10, 11]) {
      expect(names.map((name) => first.decode(`${ordinal}:${name}`))).toEqual([...names.keys()]);
      expect(first.segment(ordinal).patternFlags).toHaveLength(names.length);
      for (const name of [OTHER, 'feature.', 'feature.zzz', `${NAMES[0]}x`, 'feature.\ufffe', 'feature.\u{10ffff}']) {
        expect([name, first.isset(`${ordinal}:${name}`)]).toEqual([name, false]);
      }
    }
    const removed = NAMES.slice(0, 3).map((name) => `11:${name}`);
    expect(publish(names, first).flags.changedSince(first.flags)).toEqual([]);
    const all = Array.from({ length: 12 }, (_, ordinal) => removed.map((id) => id.replace('11', String(ordinal))));
    const second = publish(names.slice(3), first, all.flat());
    // By namespace and name.
    expect(second.flags.changedSince(first.flags)).toEqual(all.flatMap((ids) => ids.sort()));
  });

  it('No search visits the slots of all of them', () => {
    const countProbes = (names: readonly string[]) => {
      const { names: bytes } = publish(names).flags;
      return new Int32Array(bytes.buffer, bytes.byteOffset, bytes.length >> 2)[LONGEST_PROBE];
    };
    expect(countProbes(NAMES)).toBe(0);
    expect(countProbes(NAMES.slice(0, 40))).toBeGreaterThanOrEqual(40);
    const usual = NAMES.map((_, number) => `feature.organizations:flag-${number}`);
    expect(countProbes(usual)).toBeGreaterThan(0);
    expect(countProbes(usual)).toBeLessThan(MAX_SORTED_PROBES / 4);
  });
});
