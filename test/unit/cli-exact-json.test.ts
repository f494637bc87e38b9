/** JSON with numbers exactly as written. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type ExactJson,
  equalsExactJson,
  formatExactJson,
  formatIndentedJson,
  parseExactJson,
  toExactJson,
  toPlainValue,
} from '../../src/cli/yaml/exact-json.js';
import type { YamlNode } from '../../src/cli/yaml/node.js';
import { parseYaml } from '../../src/cli/yaml/parse.js';
import { compareCodePoints } from '../../src/common/text.js';

const same = (a: string, b: string): boolean => equalsExactJson(parseExactJson(a), parseExactJson(b));

describe('exact JSON', () => {
  it.each([
    ['1', '1'],
    ['9007199254740993', '9007199254740993'],
    ['-9223372036854775808', '-9223372036854775808'],
    ['18446744073709551615', '18446744073709551615'],
    ['18446744073709551616', '1.8446744073709552e19'],
    ['1.0', '1.0'],
    ['-0', '-0.0'],
    ['0.00001', '0.00001'],
    ['0.000001', '1e-6'],
    ['1000000000000000.0', '1000000000000000.0'],
    ['1E+16', '1e16'],
    ['1.5e300', '1.5e300'],
    ['{"b": [1, 1.0, null, true], "a": "\\u0001\\"é\u2028"}', '{"a":"\\u0001\\"é\u2028","b":[1,1.0,null,true]}'],
    ['{"\\uffff": 1, "😀": 2, "__proto__": 3}', '{"__proto__":3,"\uffff":1,"😀":2}'],
    ['{"a": 1, "a": 2.0}', '{"a":2.0}'],
  ])('%s is formatted as %s', (text, expected) => {
    expect(formatExactJson(parseExactJson(text))).toBe(expected);
  });

  it.each([
    ['1', '1', true],
    ['1', '1.0', false],
    ['1.0', '1e0', true],
    ['0.0', '-0', true],
    ['9007199254740992', '9007199254740993', false],
    ['{"a": 1, "b": [2]}', '{"b": [2], "a": 1}', true],
    ['{"a": 1}', '{"a": 1, "b": null}', false],
    ['{"a": null}', '{"b": null}', false],
    ['[1, 2]', '[2, 1]', false],
    ['[]', '{}', false],
    ['null', 'false', false],
    ['{"__proto__": 1}', '{}', false],
  ])('Comparing %s with %s returns %s', (a, b, expected) => {
    expect([same(a, b), same(b, a)]).toEqual([expected, expected]);
  });

  it('Any value from JSON or from YAML is formatted, indented and converted without a loss', () => {
    const sort = (value: unknown): unknown => {
      if (Array.isArray(value)) return value.map(sort);
      if (typeof value !== 'object' || value === null) return value;
      const entries = Object.entries(value).sort(([a], [b]) => compareCodePoints(a, b));
      return Object.fromEntries(entries.map(([key, member]) => [key, sort(member)]));
    };
    // A name that is a whole number comes first in every JavaScript object.
    const key = fc.oneof(fc.string({ unit: 'binary' }), fc.constant('__proto__')).filter((name) => !/^\d/.test(name));
    const scalar = fc.oneof(fc.string({ unit: 'binary' }), fc.boolean(), fc.constant(null), fc.maxSafeInteger());
    const { value: values } = fc.letrec((tie) => ({
      value: fc.oneof({ maxDepth: 2 }, scalar, fc.array(tie('value')), fc.dictionary(key, tie('value'))),
    }));
    fc.assert(
      fc.property(values, (value) => {
        const text = JSON.stringify(value);
        const exact = parseExactJson(text);
        expect(formatExactJson(exact)).toBe(JSON.stringify(sort(value)));
        expect(formatIndentedJson(exact, '')).toBe(JSON.stringify(sort(value), undefined, 2));
        expect(JSON.stringify(toPlainValue(exact))).toBe(text);
        const { root, issues } = parseYaml(Buffer.from(`[${text}]`));
        // YAML does not accept all that JSON does: DEL, and keys of more than 1024 characters.
        if (issues.length === 0) expect(toExactJson(root as YamlNode)).toEqual([exact]);
      }),
      { numRuns: 40 },
    );
  });

  it('A missing value differs from null', () => {
    expect(equalsExactJson(undefined, undefined)).toBe(true);
    expect(equalsExactJson(undefined, null as ExactJson)).toBe(false);
  });

  it('Keys are sorted by code point, not by UTF-16 unit', () => {
    expect(['😀', '\uffff', 'b', 'a.c', 'a', 'B'].sort(compareCodePoints)).toEqual([
      'B',
      'a',
      'a.c',
      'b',
      '\uffff',
      '😀',
    ]);
  });
});
