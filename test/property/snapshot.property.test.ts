/**
 * Tests that any JSON values pass through the snapshot codec unchanged, whatever the number of options, and the names of
 * flags by pattern.
 */

import { deepStrictEqual } from 'node:assert';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { composeSnapshot, measureFrame, measureSegment } from '../../src/codec/compose.js';
import { EncodedSnapshot } from '../../src/codec/decode.js';
import type { OptionValue } from '../../src/common/value.js';
import { makePatternFlagId } from '../../src/names/option-id.js';
import { encodeSegment, encodeValues, openValues } from '../support/encoded.js';

/** Finite doubles, including -0 and the extremes. */
const number = fc.oneof(
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.integer(),
  fc.constantFrom(0, -0, 5e-324, -5e-324, 1.7976931348623157e308, 2 ** 53 - 1),
);

/** Well-formed strings, including strings whose beginning looks like a byte-order mark. */
const string = fc.oneof(
  fc.string({ unit: 'grapheme' }),
  fc.string({ unit: 'binary' }),
  fc.string({ unit: 'binary', maxLength: 4 }).map((text) => `\ufeff${text}`),
  fc.constantFrom('', '__proto__', 'constructor', 'toString', '0', '10', '-1', 'a', 'b'),
);

/** Makes an object as `JSON.parse` does: a member named `__proto__` is data. */
function toObject(members: readonly (readonly [string, OptionValue])[]): OptionValue {
  const object = {};
  for (const [name, value] of members) {
    Object.defineProperty(object, name, { value, writable: true, enumerable: true, configurable: true });
  }
  return object;
}

const { value: tree } = fc.letrec<{ value: OptionValue }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.constantFrom(null, true, false),
    number,
    string,
    fc.array(number),
    fc.array(string),
    fc.array(tie('value')),
    fc.array(fc.tuple(string, tie('value'))).map(toObject),
  ),
}));

const json = fc.oneof(
  fc.jsonValue({ stringUnit: 'grapheme' }) as fc.Arbitrary<OptionValue>,
  fc.jsonValue({ stringUnit: 'binary' }) as fc.Arbitrary<OptionValue>,
);

/** Flags by pattern, by name. Names are text: a values file holds no half of a character. */
const flags = fc
  .uniqueArray(fc.oneof(string, fc.constantFrom('é', '日', '\uffff', '💥')), { maxLength: 8 })
  .map((names) => Object.fromEntries(names.map((name, place): [string, OptionValue] => [`feature.${name}`, place])));

function roundTrip(values: readonly (OptionValue | undefined)[]): EncodedSnapshot {
  return openValues(encodeValues(values), values.length);
}

/** Expects values that a user cannot tell apart: by Object.is, prototypes and the order of names; and frozen ones. */
function expectSame(actual: unknown, expected: unknown): void {
  deepStrictEqual(actual, expected);
  expectSameOrder(actual, expected);
}

function expectSameOrder(actual: unknown, expected: unknown): void {
  if (typeof actual !== 'object' || actual === null || typeof expected !== 'object' || expected === null) {
    expect(Object.is(actual, expected)).toBe(true);
    return;
  }
  expect(Object.isFrozen(actual)).toBe(true);
  expect(Object.getPrototypeOf(actual)).toBe(Object.getPrototypeOf(expected));
  const names = Object.keys(expected);
  deepStrictEqual(Object.keys(actual), names);
  const [a, e] = [actual, expected] as { [name: string]: unknown }[];
  for (const name of names) expectSameOrder(a?.[name], e?.[name]);
}

describe('snapshot codec', () => {
  it.each([
    ['any JSON value', json],
    ['any tree with doubles and hostile names', tree],
  ])('The codec returns %s unchanged', (_name, arbitrary) => {
    fc.assert(
      fc.property(arbitrary, (value) => {
        expectSame(roundTrip([value]).decode(0), value);
      }),
      { numRuns: 500 },
    );
  });

  it('The codec returns all of many options in any order of reads, and keeps unset options unset', () => {
    fc.assert(
      fc.property(
        fc.array(fc.option(fc.oneof(tree, json), { nil: undefined, freq: 3 }), { maxLength: 60 }),
        fc.boolean(),
        (values, isReversed) => {
          const snapshot = roundTrip(values);
          const indexes = [...values.keys()];
          for (const index of isReversed ? indexes.reverse() : indexes) {
            const value = values[index];
            expect(snapshot.isset(index)).toBe(value !== undefined);
            expectSame(snapshot.decode(index), value);
          }
        },
      ),
      { numRuns: 200 },
    );
  });

  it('The codec returns what JSON.parse returns for a string', () => {
    fc.assert(
      fc.property(fc.json({ stringUnit: 'binary' }), (text) => {
        expectSame(roundTrip([JSON.parse(text)]).decode(0), JSON.parse(text));
      }),
      { numRuns: 300 },
    );
  });

  it('The codec returns each flag by pattern by its name, and nothing for any other name', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.array(tree, { maxLength: 3 }), flags), { maxLength: 4 }),
        string,
        (parts, other) => {
          const segments = parts.map(([values, byName]) => encodeSegment(values, byName));
          const optionCount = parts.reduce((sum, [values]) => sum + values.length, 0);
          const bytes = composeSnapshot({ generation: 1, segments });
          const snapshot = new EncodedSnapshot(bytes, { namespaceCount: parts.length, optionCount });
          let index = 0;
          for (const [ordinal, [values, byName]] of parts.entries()) {
            for (const value of values) expectSame(snapshot.decode(index++), value);
            const names = Object.keys(byName).sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
            expect(snapshot.segment(ordinal).patternFlags).toEqual(names);
            const others = [`feature.${other}`, ...parts.flatMap(([, flags]) => Object.keys(flags))];
            for (const name of [...names, ...others]) {
              const id = makePatternFlagId(ordinal, name);
              expect(snapshot.isset(id)).toBe(Object.hasOwn(byName, name));
              expectSame(snapshot.decode(id), Object.hasOwn(byName, name) ? byName[name] : undefined);
            }
          }
        },
      ),
      { numRuns: 100 },
    );
  });

  it('No snapshot is larger than its measured parts', () => {
    const part = fc.tuple(fc.nat({ max: 3 }), flags);
    fc.assert(
      fc.property(fc.array(part, { maxLength: 5 }), fc.constantFrom<number>(1, 1, 1, 200), (parts, copies) => {
        const segments = Array.from({ length: copies }, () => parts).flatMap((list) =>
          list.map(([count, byName]) => encodeSegment(new Array(count).fill(0), byName)),
        );
        // As many as the list of changes can hold.
        segments.push(encodeSegment(new Array(1_024).fill(0)));
        const shape = {
          namespaceCount: segments.length,
          optionCount: segments.reduce((sum, { count }) => sum + count, 0),
        };
        const measured = segments.reduce((size, segment) => size + measureSegment(segment), measureFrame(shape));
        const first = composeSnapshot({ generation: 1, segments });
        const previous = new EncodedSnapshot(first, shape);
        const changed = Array.from({ length: 1_024 }, (_, index) => index);
        const second = composeSnapshot({ generation: 2, segments, previous, changed });
        expect(first.length).toBeLessThan(second.length);
        expect(second.length).toBeLessThanOrEqual(measured);
      }),
      { numRuns: 25, examples: [[[[0, { 'feature.日': true }]], 513]] },
    );
  });
});
