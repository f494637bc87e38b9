/** Tests the snapshot codec: the decoder returns what the encoder was given, one option at a time. */

import { isDeepStrictEqual } from 'node:util';
import { ByteBuffer } from 'flatbuffers';
import { describe, expect, it } from 'vitest';
import { composeSnapshot } from '../../src/codec/compose.js';
import { EncodedSnapshot } from '../../src/codec/decode.js';
import { SnapshotFormatError } from '../../src/codec/decode-value.js';
import { SegmentEncoder } from '../../src/codec/encode.js';
import { VERSION_WORD } from '../../src/codec/frame.js';
import { Layout } from '../../src/codec/generated/layout.js';
import { Segment } from '../../src/codec/generated/segment.js';
import { isSameValue, type OptionValue } from '../../src/common/value.js';
import { openValues as decode, encodeValues as encode, encodeSegment } from '../support/encoded.js';

function roundTrip(value: OptionValue): OptionValue | undefined {
  return decode(encode([value]), 1).decode(0);
}

function nest(depth: number, wrap: (inner: OptionValue) => OptionValue): OptionValue {
  return depth === 0 ? 'core' : wrap(nest(depth - 1, wrap));
}

const FLAG: OptionValue = JSON.parse(`{
  "owner": { "team": "core", "email": null },
  "created_at": "2026-01-21",
  "enabled": true,
  "segments": [
    { "name": "a", "rollout": 50, "conditions": [{ "property": "org", "operator": "in", "value": [1, 2, 3] }] },
    { "name": "b", "rollout": 100, "conditions": [{ "property": "region", "operator": "equals", "value": "us" }] },
    { "name": "c", "rollout": 0.5, "conditions": [] }
  ]
}`);

describe('snapshot codec', () => {
  const values: readonly [string, OptionValue][] = [
    ['null', null],
    ['false', false],
    ['true', true],
    ['zero', 0],
    ['negative zero', -0],
    ['the smallest double', 5e-324],
    ['the largest double', 1.7976931348623157e308],
    ['the lowest double', -1.7976931348623157e308],
    ['a fraction', 0.1],
    ['the largest safe integer', Number.MAX_SAFE_INTEGER],
    ['an empty string', ''],
    ['a string', 'value'],
    ['a string with a U+FEFF at the start', '\ufeffvalue'],
    ['a string of nothing but a U+FEFF', '\ufeff'],
    ['a string with a NUL inside', 'a\0b'],
    ['a string with all lengths of UTF-8', 'aß€𐍈😀\u{10ffff}\uffff'],
    ['a long string', 'ж'.repeat(100_000)],
    ['an empty list', []],
    ['a list of numbers', [1, -0, 0, 5e-324, 1.7976931348623157e308]],
    ['a list of one number', [7]],
    ['a list of strings', ['b', '', '\ufeff', 'b', 'é']],
    ['a list of all kinds', [null, true, false, 1, -0, 'x', [], {}, [1], ['s'], { a: 1 }]],
    ['empty lists in a list', [[], [[]], []]],
    ['an empty object', {}],
    ['an object of all kinds', { n: null, t: true, f: false, i: 1, s: 'x', l: [1, 'a'], o: { p: {} } }],
    ['an object with an empty name', { '': 1, a: { '': '' } }],
    [
      'an object with names that every object inherits',
      { constructor: 1, toString: 2, hasOwnProperty: 3, valueOf: null },
    ],
    ['an object that has a name with a U+FEFF at the start', { '\ufeffa': 1, a: 2 }],
    ['objects with names too long to be shared', [{ ['n'.repeat(70)]: 1 }, { ['n'.repeat(70)]: 2 }]],
    ['a feature flag', FLAG],
  ];

  it.each(values)('The decoder returns %s as it was set', (_name, value) => {
    const result = roundTrip(value);
    // Compares by `Object.is` and with prototypes, unlike `toEqual`.
    expect(isDeepStrictEqual(result, value)).toBe(true);
    expect(JSON.stringify(result)).toBe(JSON.stringify(value));
  });

  it('The decoder returns all of these values, each twice, from one snapshot that shares equal parts', () => {
    const all = [...values, ...values].map(([, value]) => value);
    const snapshot = decode(encode(all), all.length);
    all.forEach((value, index) => {
      expect(isDeepStrictEqual(snapshot.decode(index), value)).toBe(true);
    });
  });

  it('The decoder returns 0 and -0 side by side, in either order', () => {
    for (const list of [
      [0, -0],
      [-0, 0],
    ]) {
      const snapshot = decode(encode([...list, { list: [...list, null] }]), 3);
      expect(Object.is(snapshot.decode(0), list[0])).toBe(true);
      expect(Object.is(snapshot.decode(1), list[1])).toBe(true);
      expect(isDeepStrictEqual(snapshot.decode(2), { list: [...list, null] })).toBe(true);
    }
  });

  it('The decoder returns a number and the string that looks like it', () => {
    expect(roundTrip([1, '1', null, 'null', true, 'true'])).toStrictEqual([1, '1', null, 'null', true, 'true']);
  });

  it('The decoder returns a value with more distinct parts than the encoder shares', () => {
    const value = Array.from({ length: 20_000 }, (_, i) => ({ [`name${i}`]: `text${i}`, again: [i, `text${i}`] }));
    expect(isDeepStrictEqual(roundTrip(value), value)).toBe(true);
  });

  it('The decoder returns an object with more names than the encoder tries to share', () => {
    const value = Object.fromEntries(Array.from({ length: 1_000 }, (_, i) => [`name${i}`, i]));
    expect(isDeepStrictEqual(roundTrip([value, value]), [value, value])).toBe(true);
  });

  it.each([
    ['lists', (inner: OptionValue) => [inner]],
    ['objects', (inner: OptionValue) => ({ a: inner })],
    ['both in turn', (inner: OptionValue) => [{ a: inner }]],
  ])('The decoder returns 127 levels of %s', (_name, wrap) => {
    const value = nest(127, wrap);
    expect(isDeepStrictEqual(roundTrip(value), value)).toBe(true);
  });
});

describe('decoded objects', () => {
  it('An object has its names in the order of JSON.parse, integer-like names first', () => {
    const value: OptionValue = JSON.parse(
      '{ "b": 1, "10": 2, "a": 3, "2": 4, "": 5, "-1": 6, "__proto__": 7, "01": 8 }',
    );
    const result = roundTrip(value) as object;
    expect(Object.keys(result)).toStrictEqual(['2', '10', 'b', 'a', '', '-1', '__proto__', '01']);
    expect(Object.values(result)).toStrictEqual([4, 2, 1, 3, 5, 6, 7, 8]);
  });

  it('An object has `__proto__` as its own data, and the ordinary prototype', () => {
    const value: OptionValue = JSON.parse('{ "a": 1, "__proto__": { "polluted": true }, "z": 2 }');
    const result = roundTrip(value) as { [name: string]: OptionValue };
    expect(Object.getPrototypeOf(result)).toBe(Object.prototype);
    expect(Object.keys(result)).toStrictEqual(['a', '__proto__', 'z']);
    expect(Object.getOwnPropertyDescriptor(result, '__proto__')?.value).toStrictEqual({ polluted: true });
    expect(result.polluted).toBeUndefined();
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
  });

  it('Objects and lists have the ordinary prototypes', () => {
    const result = roundTrip([{}, [], [1], ['a'], { a: [] }]) as readonly object[];
    expect(result.map((item) => Object.getPrototypeOf(item))).toStrictEqual([
      Object.prototype,
      Array.prototype,
      Array.prototype,
      Array.prototype,
      Object.prototype,
    ]);
  });
});

describe('EncodedSnapshot.decode', () => {
  it('A decoded value is frozen at every depth', () => {
    const isFrozen = (value: unknown): boolean =>
      Object.isFrozen(value) && (typeof value !== 'object' || value === null || Object.values(value).every(isFrozen));
    expect(isFrozen(roundTrip(FLAG))).toBe(true);
    expect(isFrozen(roundTrip([[], {}, [1], ['a'], [null], JSON.parse('{ "__proto__": { "a": [] } }')]))).toBe(true);
  });

  it('decode returns a separate object for each option', () => {
    const snapshot = decode(encode([[], [], {}, {}]), 4);
    expect(snapshot.decode(0)).not.toBe(snapshot.decode(1));
    expect(snapshot.decode(2)).not.toBe(snapshot.decode(3));
  });

  it('A snapshot decodes from a view that begins at any multiple of four bytes', () => {
    const bytes = encode([FLAG, [1, -0.5], 'text']);
    const memory = new Uint8Array(bytes.length + 16).fill(0xff);
    memory.set(bytes, 4);
    const snapshot = decode(memory.subarray(4, 4 + bytes.length), 3);
    expect(snapshot.decode(0)).toStrictEqual(FLAG);
    expect(snapshot.decode(1)).toStrictEqual([1, -0.5]);
    expect(snapshot.decode(2)).toBe('text');
  });

  it('decode reads one option and no byte of another', () => {
    const encoder = new SegmentEncoder(2);
    encoder.set(0, { text: 'first', list: [1, 'a'], numbers: [1, 2] });
    const before = encoder.size;
    const second = { text: 'second', list: [2, 'b'], numbers: [3, 4] };
    encoder.set(1, second);
    const after = encoder.size;
    const segment = encoder.finish();
    const { bytes } = segment;
    // The encoder writes from the end to the beginning: the bytes between the two sizes are the second option.
    bytes.fill(0xff, bytes.length - after, bytes.length - before);

    const snapshot = decode(composeSnapshot({ generation: 1, segments: [segment] }), 2);
    expect(snapshot.isset(0)).toBe(true);
    expect(snapshot.decode(0)).toStrictEqual({ text: 'first', list: [1, 'a'], numbers: [1, 2] });
    let damaged: unknown;
    try {
      damaged = snapshot.decode(1);
    } catch (error) {
      damaged = error;
    }
    expect(damaged).not.toStrictEqual(second);
  });
});

describe('options of a snapshot', () => {
  it('An option that was not set is unset', () => {
    const snapshot = decode(encode([1, undefined, null, undefined]), 4);
    expect([0, 1, 2, 3].map((index) => snapshot.isset(index))).toStrictEqual([true, false, true, false]);
    expect([0, 1, 2, 3].map((index) => snapshot.decode(index))).toStrictEqual([1, undefined, null, undefined]);
  });

  it('An option that was not set still has a table inside the snapshot', () => {
    const { bytes } = encodeSegment([undefined, 1, undefined]);
    const root = Segment.getRootAsSegment(new ByteBuffer(bytes));
    for (const index of [0, 1, 2]) expect(root.values(index)?.bb_pos).toBeLessThan(bytes.length);
  });

  it.each([false, 0, '', null, [], {}])('An option that was set to %j is set', (value) => {
    expect(decode(encode([value]), 1).isset(0)).toBe(true);
  });

  it('Options can be set in any order, and the last value of each counts', () => {
    const encoder = new SegmentEncoder(3);
    encoder.set(2, 'c');
    encoder.set(0, 'x');
    encoder.set(0, 'a');
    const snapshot = decode(composeSnapshot({ generation: 1, segments: [encoder.finish()] }), 3);
    expect([0, 1, 2].map((index) => snapshot.decode(index))).toStrictEqual(['a', undefined, 'c']);
  });

  it('An index outside the options throws a RangeError', () => {
    const encoder = new SegmentEncoder(2);
    for (const index of [-1, 2, 0.5, Number.NaN]) expect(() => encoder.set(index, 1)).toThrow(RangeError);
    const snapshot = decode(composeSnapshot({ generation: 1, segments: [encoder.finish()] }), 2);
    for (const index of [-1, 2, Number.NaN]) {
      expect(() => snapshot.decode(index)).toThrow(RangeError);
      expect(() => snapshot.isset(index)).toThrow(RangeError);
    }
  });
});

describe('SegmentEncoder', () => {
  it('set encodes at once, so later changes of the tree have no effect', () => {
    const encoder = new SegmentEncoder(1);
    const tree = { list: [1, 2], text: 'before' };
    encoder.set(0, tree);
    tree.list.push(3);
    tree.text = 'after';
    expect(decode(composeSnapshot({ generation: 1, segments: [encoder.finish()] }), 1).decode(0)).toStrictEqual({
      list: [1, 2],
      text: 'before',
    });
  });

  it('size grows with the values that are set', () => {
    const encoder = new SegmentEncoder(2);
    expect(encoder.size).toBe(0);
    encoder.set(0, 'x'.repeat(1_000));
    expect(encoder.size).toBeGreaterThanOrEqual(1_000);
    expect(encoder.size).toBeLessThan(1_100);
    const before = encoder.size;
    encoder.set(1, 'y'.repeat(1_000_000));
    expect(encoder.size - before).toBeGreaterThanOrEqual(1_000_000);
    expect(encoder.finish().bytes.length).toBe(encoder.size);
  });

  it('The encoder writes equal values once', () => {
    const measureSize = (values: readonly OptionValue[]) => encodeSegment(values).bytes.length;
    // Each further option adds four bytes, which point to its element in the list, and nothing else.
    expect(measureSize(new Array(1_001).fill('a text')) - measureSize(['a text'])).toBeLessThanOrEqual(4_004);
    expect(measureSize(new Array(1_001).fill(0.5)) - measureSize([0.5])).toBeLessThanOrEqual(4_004);
    expect(measureSize(new Array(1_001).fill([])) - measureSize([[]])).toBeLessThanOrEqual(4_004);
    const unset = new SegmentEncoder(1_001).finish().bytes.length - new SegmentEncoder(1).finish().bytes.length;
    expect(unset).toBeLessThanOrEqual(4_004);
  });

  it('set throws a TypeError for a value that JSON cannot represent', () => {
    const encoder = new SegmentEncoder(1);
    for (const value of [undefined, 1n, () => 1, Symbol('s'), [undefined], { a: 1n }]) {
      expect(() => encoder.set(0, value as unknown as OptionValue)).toThrow(TypeError);
    }
  });
});

/** Composes the snapshot that follows `previous`, in which `changed` differ. */
function follow(previous: EncodedSnapshot, changed: readonly number[], generation: number): EncodedSnapshot {
  const values = [...previous.stamps.keys()].map((index) =>
    changed.includes(index) ? generation : previous.decode(index),
  );
  const segments = [encodeSegment(values)];
  return decode(composeSnapshot({ generation, segments, previous, changed }), values.length);
}

describe('EncodedSnapshot', () => {
  it('A snapshot has its generation', () => {
    expect(decode(encode([1], 42), 1).generation).toBe(42);
  });

  it('A snapshot without options decodes', () => {
    expect(() => decode(encode([]), 0)).not.toThrow();
    expect(
      () =>
        new EncodedSnapshot(composeSnapshot({ generation: 1, segments: [] }), { namespaceCount: 0, optionCount: 0 }),
    ).not.toThrow();
  });

  it('A snapshot has the options of each namespace at consecutive indexes, also around empty namespaces', () => {
    const parts = [[], ['a', undefined], [], [], [FLAG, -0, 'ф'], []];
    const segments = parts.map((values) => encodeSegment(values));
    const snapshot = new EncodedSnapshot(composeSnapshot({ generation: 1, segments }), {
      namespaceCount: 6,
      optionCount: 5,
    });
    expect([0, 1, 2, 3, 4].map((index) => snapshot.decode(index))).toStrictEqual(['a', undefined, FLAG, -0, 'ф']);
    segments.forEach((segment, ordinal) => {
      expect(snapshot.segment(ordinal)).toStrictEqual(segment);
    });
  });

  it('The first snapshot has one stamp for all options, and knows of no change before it', () => {
    const snapshot = decode(encode([1, 2], 7), 2);
    expect([...snapshot.stamps]).toStrictEqual([7, 7]);
    expect(snapshot.changedSince(7)).toHaveLength(0);
    expect(snapshot.changedSince(6)).toBeUndefined();
  });

  it('changedSince lists the options that changed after a generation, each once, the last change first', () => {
    let snapshot = decode(encode(['a', 'b', 'c', 'd']), 4);
    snapshot = follow(snapshot, [1, 2], 3);
    snapshot = follow(snapshot, [2, 3], 4);
    snapshot = follow(snapshot, [], 5);
    expect([...snapshot.stamps]).toStrictEqual([1, 3, 4, 4]);
    expect(snapshot.changedSince(0)).toBeUndefined();
    const lists = [1, 2, 3, 4, 5].map((generation) => [...(snapshot.changedSince(generation) ?? [])]);
    expect(lists).toStrictEqual([[2, 3, 1], [2, 3, 1], [2, 3], [], []]);
  });

  it('changedSince knows as many whole generations as its list holds', () => {
    const range = (start: number, end: number) => Array.from({ length: end - start }, (_, offset) => start + offset);
    let snapshot = decode(encode(new Array(3_000).fill(0)), 3_000);
    snapshot = follow(snapshot, range(0, 600), 2);
    snapshot = follow(snapshot, range(600, 1_024), 3);
    // All places are taken.
    expect(snapshot.changedSince(1)).toHaveLength(1_024);
    snapshot = follow(snapshot, range(1_024, 1_030), 4);
    // The list would have 1 030 options: those of generation 2 have no place any more, and none is left in it.
    expect(snapshot.changedSince(1)).toBeUndefined();
    expect(snapshot.changedSince(2)).toHaveLength(430);
    expect(snapshot.changes).toHaveLength(430);
    snapshot = follow(snapshot, range(0, 1_025), 5);
    expect(snapshot.changedSince(4)).toBeUndefined();
    expect(snapshot.changedSince(5)).toHaveLength(0);
    expect(snapshot.stamps.subarray(0, 1_040).reduce((sum, stamp) => sum + stamp, 0)).toBe(1_025 * 5 + 5 * 4 + 10);
    snapshot = follow(snapshot, range(0, 1_024), 6);
    expect(snapshot.changedSince(5)).toHaveLength(1_024);
  });

  it('The decoder rejects another magic number', () => {
    const bytes = encode([1]);
    bytes[1] = 'X'.charCodeAt(0);
    expect(() => decode(bytes, 1)).toThrow(SnapshotFormatError);
    expect(() => decode(bytes, 1)).toThrow('The bytes are not a snapshot');
  });

  it.each([0, 4, 8, 28, 40])('The decoder rejects %i bytes', (length) => {
    expect(() => decode(encode([1]).slice(0, length), 1).decode(0)).toThrow(SnapshotFormatError);
    expect(() => decode(new Uint8Array(length), 0)).toThrow(SnapshotFormatError);
  });

  it('The decoder rejects another version', () => {
    const bytes = encode([]);
    new Int32Array(bytes.buffer)[VERSION_WORD] = Layout.Version + 1;
    expect(() => decode(bytes, 0)).toThrow(SnapshotFormatError);
    expect(() => decode(bytes, 0)).toThrow(`must have version ${Layout.Version}; got ${Layout.Version + 1}`);
  });

  it('The decoder rejects a segment that is not one, or has another number of options', () => {
    const { bytes } = encodeSegment([1, 2]);
    const reads = [
      { bytes, count: 1, patternFlags: [] },
      { bytes: bytes.slice(0, 4), count: 2, patternFlags: [] },
      { bytes: bytes.slice(8), count: 2, patternFlags: [] },
    ];
    for (const segment of reads) {
      const snapshot = decode(composeSnapshot({ generation: 1, segments: [segment] }), segment.count);
      expect(() => snapshot.decode(0)).toThrow(SnapshotFormatError);
      expect(() => snapshot.isset(0)).toThrow(SnapshotFormatError);
    }
  });

  it.each([0, 1, 3])('The decoder rejects a snapshot of two options if the schemas have %i', (optionCount) => {
    expect(() => decode(encode([1, 2]), optionCount)).toThrow(SnapshotFormatError);
    expect(() => decode(encode([1, 2]), optionCount)).toThrow(
      `must have ${optionCount} options in 1 namespaces; got 2 in 1`,
    );
  });
});

describe('isSameValue', () => {
  it('Only values that a user cannot tell apart are the same', () => {
    const values: OptionValue[] = [
      null,
      0,
      -0,
      1,
      '',
      '0',
      false,
      [],
      {},
      [[]],
      [{}],
      [0],
      [-0],
      [0, 0],
      { a: 1 },
      { b: 1 },
      { a: 1, b: 2 },
      { b: 2, a: 1 },
      { 0: 0 },
      JSON.parse('{ "__proto__": 1 }'),
      JSON.parse('{ "__proto__": [] }'),
      FLAG,
    ];
    for (const [i, a] of values.entries()) {
      for (const [j, b] of values.entries()) {
        expect(isSameValue(a, roundTrip(b))).toBe(i === j);
      }
      expect(isSameValue(a, undefined)).toBe(false);
    }
    expect(isSameValue(undefined, undefined)).toBe(true);
  });
});
