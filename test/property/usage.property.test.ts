/** Tests the numbers of flags by pattern over random reloads, against a `Map`. */
import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { findDifferences } from '../../src/codec/compare.js';
import { composeSnapshot } from '../../src/codec/compose.js';
import { EncodedSnapshot } from '../../src/codec/decode.js';
import { makePatternFlagId } from '../../src/names/option-id.js';
import { encodeSegment } from '../support/encoded.js';

const { SENTRY_OPTIONS_TEST_RUNS = '10' } = process.env;
const RUNS = 3 * Number(SENTRY_OPTIONS_TEST_RUNS);

/** How many options each of the namespaces lists. */
const LISTED = [1, 0, 2];
const SHAPE = { namespaceCount: LISTED.length, optionCount: 3 };

/** The flags of one namespace after a reload; undefined if its file has not changed. */
const flags = fc.dictionary(
  fc.constantFrom('a', 'b', 'c', '__proto__', '\uffff', '💥').map((name) => `feature.${name}`),
  fc.integer({ min: 0, max: 2 }),
);
const reload = fc.tuple(...LISTED.map(() => fc.option(flags, { nil: undefined })));

it('A flag by pattern keeps its number as long as it is set, and no number is used twice', () => {
  fc.assert(
    fc.property(fc.array(reload, { minLength: 1, maxLength: 12 }), (reloads) => {
      const live = new Map<string, number>();
      const used = new Set<number>();
      let previous: EncodedSnapshot | undefined;
      for (const [place, given] of reloads.entries()) {
        const generation = place + 1;
        // The first generation has all segments.
        const segments = given.map((each, ordinal) =>
          each === undefined && previous !== undefined
            ? undefined
            : encodeSegment(Array(LISTED[ordinal]).fill(7), each ?? {}),
        );
        const changed = segments.flatMap((segment, ordinal) =>
          segment === undefined || previous === undefined
            ? []
            : findDifferences(previous.segment(ordinal), segment).flags.map((name) => makePatternFlagId(ordinal, name)),
        );
        previous = new EncodedSnapshot(composeSnapshot({ generation, segments, previous, changed }), SHAPE);
        const { flags: table } = previous;
        for (const ordinal of LISTED.keys()) {
          const keys = table.keys(ordinal);
          const numbers = keys.map((key) => table.number(makePatternFlagId(ordinal, key)) as number);
          expect([...table.numbers(ordinal)]).toEqual(numbers);
          for (const id of live.keys()) {
            if (id.startsWith(`${ordinal}:`) && !keys.some((key) => makePatternFlagId(ordinal, key) === id)) {
              live.delete(id);
              expect(table.number(id)).toBeUndefined();
            }
          }
          for (const [at, key] of keys.entries()) {
            const id = makePatternFlagId(ordinal, key);
            const number = numbers[at] as number;
            const known = live.get(id);
            if (known === undefined) expect(used.has(number)).toBe(false);
            else expect(number).toBe(known);
            live.set(id, number);
            used.add(number);
            expect(number).toBeLessThan(table.nextNumber);
          }
          const segment = given[ordinal];
          if (segment !== undefined) expect(keys).toHaveLength(Object.keys(segment).length);
        }
        // None is skipped: 16 384 places are all that a store has.
        expect(table.nextNumber).toBe(used.size);
      }
    }),
    { numRuns: RUNS },
  );
});
