/** Tests which options a reload changes: for readers' caches, and for the list of reloads. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { findDifferences, SegmentView } from '../../src/codec/compare.js';
import { EncodedSnapshot } from '../../src/codec/decode.js';
import { isSameValue, type OptionValue } from '../../src/common/value.js';
import { compileSchema, type NamespaceSchema } from '../../src/schema/namespace-schema.js';
import { encodeNamespace } from '../../src/schema/share-schemas.js';
import { composeFirst, composeReload } from '../../workers/values/changes.js';
import { integer, string } from '../support/base.js';
import { encodeSegment } from '../support/encoded.js';

const FLAG = { $ref: '#/definitions/Feature' };

function mustCompile(namespace: string, properties: Record<string, object>): NamespaceSchema {
  const source = Buffer.from(JSON.stringify({ version: '1.0', type: 'object', properties }));
  const compiled = compileSchema(namespace, '<test>', source);
  if ('issues' in compiled) throw new Error(JSON.stringify(compiled.issues));
  return compiled.schema;
}

type Values = Record<string, OptionValue>;

/** Two namespaces, of which only the second one changes. */
const SCHEMAS = [
  mustCompile('relay', { number: integer(0) }),
  mustCompile('seer', { 'feature.f': FLAG, number: integer(1), text: string('a'), other: integer(3) }),
] as const;
const SHAPE = { namespaceCount: 2, optionCount: 5 };

const encode = (values: Values) => encodeNamespace(SCHEMAS[1], new Map(Object.entries(values)));

/** Returns the keys that a reload lists as changed, and the stamps of all options of the second namespace. */
function reload(before: Values, after: Values) {
  const first = composeFirst([encodeNamespace(SCHEMAS[0], new Map()), encode(before)]);
  const published = { generation: 6, snapshot: new EncodedSnapshot(first.payload as Uint8Array, SHAPE) };
  const { payload, changes } = composeReload(SCHEMAS, [undefined, encode(after)], published);
  const stamps = payload && [...new EncodedSnapshot(payload, SHAPE).stamps].slice(1);
  return { keys: changes.get('seer'), stamps };
}

describe('composeReload', () => {
  it('The changed keys are the options that read as another value, in the order of the schema', () => {
    expect(reload({}, { other: 4, text: 'b', number: 2 }).keys).toEqual(['number', 'text', 'other']);
    expect(reload({ number: 2 }, {}).keys).toEqual(['number']);
    expect(reload({}, { 'feature.f': { segments: [] } }).keys).toEqual(['feature.f']);
    expect(reload({ 'feature.f': { segments: [] } }, {}).keys).toEqual(['feature.f']);
  });

  it('The stamps are those of the options whose value changed, or whether they are set', () => {
    expect(reload({ number: 2 }, { number: 2, other: 4 }).stamps).toEqual([1, 1, 1, 7]);
    // To the value that it had.
    expect(reload({}, { number: 1, text: 'a' })).toEqual({ keys: [], stamps: [1, 7, 7, 1] });
    expect(reload({ number: 1 }, {})).toEqual({ keys: [], stamps: [1, 7, 1, 1] });
  });

  it('Without a change of any option, there is no payload', () => {
    expect(reload({ number: 1 }, { number: 1 })).toEqual({ keys: [], stamps: undefined });
  });
});

describe('SegmentView', () => {
  const names = fc.constantFrom('a', 'b', '__proto__', '10', '9');
  const { value } = fc.letrec<{ value: OptionValue }>((tie) => ({
    value: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      fc.constantFrom<OptionValue>(null, true, false, 0, -0, 1, '', 'a', '\ufeffa', 'a long text'.repeat(9), [], {}),
      fc.array(fc.constantFrom(0, -0, 1), { maxLength: 2 }),
      fc.array(fc.constantFrom('', 'a', 'b'), { maxLength: 2 }),
      fc.array(tie('value'), { maxLength: 2 }),
      fc.array(fc.tuple(names, tie('value')), { maxLength: 2 }).map((members) => JSON.parse(write(members))),
    ),
  }));
  const write = (members: readonly (readonly [string, OptionValue])[]) =>
    `{${members.map(([name, member]) => `${JSON.stringify(name)}:${JSON.stringify(member)}`).join()}}`;

  it('Two encoded values are the same exactly if isSameValue() says so of the decoded ones', () => {
    let same = 0;
    fc.assert(
      fc.property(fc.array(fc.tuple(value, value), { minLength: 1, maxLength: 40 }), (pairs) => {
        const [before, after] = [0, 1].map((side) => encodeSegment(pairs.map((pair) => pair[side])));
        if (before === undefined || after === undefined) throw new Error('No segments');
        const expected = [...pairs.keys()].filter(
          (place) => !isSameValue(...(pairs[place] as [OptionValue, OptionValue])),
        );
        expect(findDifferences(before, after)).toEqual({ places: expected, flags: [] });
        const view = new SegmentView(after);
        expect(pairs.every((_, place) => view.equals(place, view) && view.isset(place))).toBe(true);
        same += pairs.length - expected.length;
      }),
      { numRuns: 300 },
    );
    // Both answers occur.
    expect(same).toBeGreaterThan(0);
  });
});
