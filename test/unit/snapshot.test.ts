/** Tests the snapshot codec: the decoder returns what the encoder was given, one option at a time. */

import { isDeepStrictEqual } from 'node:util';
import { Builder, ByteBuffer } from 'flatbuffers';
import { describe, expect, it } from 'vitest';
import { DecodedSnapshot, SnapshotFormatError } from '../../src/codec/decode.js';
import { SNAPSHOT_VERSION, SnapshotEncoder } from '../../src/codec/encode.js';
import { Snapshot } from '../../src/codec/generated/snapshot.js';
import type { OptionValue } from '../../src/common/value.js';

/** Encodes a snapshot whose options have `values`, in this order; undefined leaves an option unset. */
function encode(values: readonly (OptionValue | undefined)[]): Uint8Array {
  const encoder = new SnapshotEncoder(values.length);
  values.forEach((value, index) => {
    if (value !== undefined) encoder.set(index, value);
  });
  return encoder.finish();
}

function decode(bytes: Uint8Array, optionCount: number): DecodedSnapshot {
  return new DecodedSnapshot(1, bytes, optionCount);
}

function roundTrip(value: OptionValue): OptionValue | undefined {
  return decode(encode([value]), 1).value(0);
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
      expect(isDeepStrictEqual(snapshot.value(index), value)).toBe(true);
    });
  });

  it('The decoder returns 0 and -0 side by side, in either order', () => {
    for (const list of [
      [0, -0],
      [-0, 0],
    ]) {
      const snapshot = decode(encode([...list, { list: [...list, null] }]), 3);
      expect(Object.is(snapshot.value(0), list[0])).toBe(true);
      expect(Object.is(snapshot.value(1), list[1])).toBe(true);
      expect(isDeepStrictEqual(snapshot.value(2), { list: [...list, null] })).toBe(true);
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

describe('DecodedSnapshot.value', () => {
  it('A decoded value is frozen at every depth', () => {
    const isFrozen = (value: unknown): boolean =>
      Object.isFrozen(value) && (typeof value !== 'object' || value === null || Object.values(value).every(isFrozen));
    expect(isFrozen(roundTrip(FLAG))).toBe(true);
    expect(isFrozen(roundTrip([[], {}, [1], ['a'], [null], JSON.parse('{ "__proto__": { "a": [] } }')]))).toBe(true);
  });

  it('value returns the same object on each call', () => {
    const snapshot = decode(encode([FLAG, [1], { a: [] }]), 3);
    for (const index of [0, 1, 2]) expect(snapshot.value(index)).toBe(snapshot.value(index));
  });

  it('value returns a separate object for each option', () => {
    const snapshot = decode(encode([[], [], {}, {}]), 4);
    expect(snapshot.value(0)).not.toBe(snapshot.value(1));
    expect(snapshot.value(2)).not.toBe(snapshot.value(3));
  });

  it('A snapshot decodes from a view that begins at any byte', () => {
    const bytes = encode([FLAG, [1, -0.5], 'text']);
    const memory = new Uint8Array(bytes.length + 16).fill(0xff);
    memory.set(bytes, 3);
    const snapshot = decode(memory.subarray(3, 3 + bytes.length), 3);
    expect(snapshot.value(0)).toStrictEqual(FLAG);
    expect(snapshot.value(1)).toStrictEqual([1, -0.5]);
    expect(snapshot.value(2)).toBe('text');
  });

  it('value reads one option and no byte of another', () => {
    const encoder = new SnapshotEncoder(2);
    encoder.set(0, { text: 'first', list: [1, 'a'], numbers: [1, 2] });
    const before = encoder.size;
    const second = { text: 'second', list: [2, 'b'], numbers: [3, 4] };
    encoder.set(1, second);
    const after = encoder.size;
    const bytes = encoder.finish();
    // The encoder writes from the end to the beginning: the bytes between the two sizes are the second option.
    bytes.fill(0xff, bytes.length - after, bytes.length - before);

    const snapshot = decode(bytes, 2);
    expect(snapshot.isset(0)).toBe(true);
    expect(snapshot.value(0)).toStrictEqual({ text: 'first', list: [1, 'a'], numbers: [1, 2] });
    let damaged: unknown;
    try {
      damaged = snapshot.value(1);
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
    expect([0, 1, 2, 3].map((index) => snapshot.value(index))).toStrictEqual([1, undefined, null, undefined]);
  });

  it('An option that was not set still has a table inside the snapshot', () => {
    const bytes = encode([undefined, 1, undefined]);
    const root = Snapshot.getRootAsSnapshot(new ByteBuffer(bytes));
    for (const index of [0, 1, 2]) expect(root.values(index)?.bb_pos).toBeLessThan(bytes.length);
  });

  it.each([false, 0, '', null, [], {}])('An option that was set to %j is set', (value) => {
    expect(decode(encode([value]), 1).isset(0)).toBe(true);
  });

  it('Options can be set in any order, and the last value of each counts', () => {
    const encoder = new SnapshotEncoder(3);
    encoder.set(2, 'c');
    encoder.set(0, 'x');
    encoder.set(0, 'a');
    const snapshot = decode(encoder.finish(), 3);
    expect([0, 1, 2].map((index) => snapshot.value(index))).toStrictEqual(['a', undefined, 'c']);
  });

  it('An index outside the options throws a RangeError', () => {
    const encoder = new SnapshotEncoder(2);
    for (const index of [-1, 2, 0.5, Number.NaN]) expect(() => encoder.set(index, 1)).toThrow(RangeError);
    const snapshot = decode(encoder.finish(), 2);
    for (const index of [-1, 2, Number.NaN]) {
      expect(() => snapshot.value(index)).toThrow(RangeError);
      expect(() => snapshot.isset(index)).toThrow(RangeError);
    }
  });
});

describe('SnapshotEncoder', () => {
  it('set encodes at once, so later changes of the tree have no effect', () => {
    const encoder = new SnapshotEncoder(1);
    const tree = { list: [1, 2], text: 'before' };
    encoder.set(0, tree);
    tree.list.push(3);
    tree.text = 'after';
    expect(decode(encoder.finish(), 1).value(0)).toStrictEqual({ list: [1, 2], text: 'before' });
  });

  it('size grows with the values that are set', () => {
    const encoder = new SnapshotEncoder(2);
    expect(encoder.size).toBe(0);
    encoder.set(0, 'x'.repeat(1_000));
    expect(encoder.size).toBeGreaterThanOrEqual(1_000);
    expect(encoder.size).toBeLessThan(1_100);
    const before = encoder.size;
    encoder.set(1, 'y'.repeat(1_000_000));
    expect(encoder.size - before).toBeGreaterThanOrEqual(1_000_000);
    expect(encoder.finish().length).toBe(encoder.size);
  });

  it('The encoder writes equal values once', () => {
    const measureSize = (values: readonly OptionValue[]) => encode(values).length;
    // Each further option adds four bytes, which point to its element in the list, and nothing else.
    expect(measureSize(new Array(1_001).fill('a text')) - measureSize(['a text'])).toBeLessThanOrEqual(4_004);
    expect(measureSize(new Array(1_001).fill(0.5)) - measureSize([0.5])).toBeLessThanOrEqual(4_004);
    expect(measureSize(new Array(1_001).fill([])) - measureSize([[]])).toBeLessThanOrEqual(4_004);
    const unset = new SnapshotEncoder(1_001).finish().length - new SnapshotEncoder(1).finish().length;
    expect(unset).toBeLessThanOrEqual(4_004);
  });

  it('set throws a TypeError for a value that JSON cannot represent', () => {
    const encoder = new SnapshotEncoder(1);
    for (const value of [undefined, 1n, () => 1, Symbol('s'), [undefined], { a: 1n }]) {
      expect(() => encoder.set(0, value as unknown as OptionValue)).toThrow(TypeError);
    }
  });
});

describe('DecodedSnapshot', () => {
  it('A decoded snapshot has its generation', () => {
    expect(new DecodedSnapshot(42, encode([1]), 1).generation).toBe(42);
  });

  it('A snapshot without options decodes', () => {
    expect(() => decode(encode([]), 0)).not.toThrow();
  });

  it('The decoder rejects another identifier', () => {
    const bytes = encode([1]);
    expect(String.fromCharCode(...bytes.subarray(4, 8))).toBe('SOSN');
    bytes[7] = 'X'.charCodeAt(0);
    expect(() => decode(bytes, 1)).toThrow(SnapshotFormatError);
    expect(() => decode(bytes, 1)).toThrow('The bytes are not a snapshot');
  });

  it.each([0, 4, 8, 12])('The decoder rejects %i bytes', (length) => {
    expect(() => decode(encode([1]).slice(0, length), 1)).toThrow(SnapshotFormatError);
    expect(() => decode(new Uint8Array(length), 0)).toThrow(SnapshotFormatError);
  });

  it('The decoder rejects another version', () => {
    const build = (version: number) => {
      const builder = new Builder();
      const values = Snapshot.createValuesVector(builder, []);
      Snapshot.finishSnapshotBuffer(builder, Snapshot.createSnapshot(builder, version, values));
      return builder.asUint8Array();
    };
    expect(() => decode(build(SNAPSHOT_VERSION), 0)).not.toThrow();
    expect(() => decode(build(SNAPSHOT_VERSION + 1), 0)).toThrow(SnapshotFormatError);
    expect(() => decode(build(SNAPSHOT_VERSION + 1), 0)).toThrow('must have version 1; got 2');
  });

  it.each([0, 1, 3])('The decoder rejects a snapshot of two options if the schemas have %i', (optionCount) => {
    expect(() => decode(encode([1, 2]), optionCount)).toThrow(SnapshotFormatError);
    expect(() => decode(encode([1, 2]), optionCount)).toThrow(`must have ${optionCount} options; got 2`);
  });
});
