/** Tests the parts of flags with their own rules: globs, times, identity strings, buckets. */

import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { compareCodePoints } from '../../src/common/text.js';
import { computeBucket, computeShortBucket } from '../../src/features/bucket.js';
import { compileFlag } from '../../src/features/compile.js';
import { ContextReader } from '../../src/features/context-limits.js';
import { UNCOUNTED } from '../../src/features/counter.js';
import { parseCreatedAt } from '../../src/features/created-at.js';
import { decide } from '../../src/features/evaluate.js';
import type { Feature } from '../../src/features/feature.js';
import { FeatureContext } from '../../src/features/feature-context.js';
import { compileGlob } from '../../src/features/glob.js';
import { formatIdentityValue } from '../../src/features/identity-text.js';

describe('compileGlob', () => {
  it.each([
    ['', '', 'x'],
    ['a', 'a', 'aa'],
    ['*', '', undefined],
    ['**', 'anything', undefined],
    ['a*', 'a', 'ba'],
    ['*a', 'ba', 'ab'],
    ['a*a', 'aa', 'a'],
    ['*ab*ab*', 'xababx', 'xabx'],
    ['a*b*c', 'abbc', 'acb'],
    ['[a].?+(b)', '[a].?+(b)', 'a'],
    ['*aab', 'aaaab', 'aaba'],
    ['*a*ba', 'aba', 'ba'],
  ])('The glob %j matches %j', (glob, matching, other) => {
    expect(compileGlob(glob)(matching)).toBe(true);
    if (other !== undefined) expect(compileGlob(glob)(other)).toBe(false);
  });

  it('A glob with forty stars finishes on ten thousand characters', () => {
    // A regular expression, or a matcher that backtracks to earlier stars, would not finish.
    const text = 'a'.repeat(10_000);
    const stars = Array.from({ length: 40 }, () => 'a').join('*');
    expect(compileGlob(`*${stars}*b`)(text)).toBe(false);
    expect(compileGlob(`*${stars}b*`)(text)).toBe(false);
    expect(compileGlob(`*${stars}*`)(text)).toBe(true);
    expect(compileGlob(`${'a*'.repeat(39)}b`)(`${text}b`)).toBe(true);
    const long = `${'a'.repeat(200)}b`;
    expect(compileGlob(`*${Array.from({ length: 40 }, () => long).join('*')}*`)(text)).toBe(false);
  });
});

describe('parseCreatedAt', () => {
  it.each([
    ['2026-10-06', '2026-10-06T00:00:00Z'],
    ['2026-10-06T12:34:56', '2026-10-06T12:34:56Z'],
    // Fractions of a second are ignored.
    ['2026-10-06T12:34:56.999999999999', '2026-10-06T12:34:56Z'],
    ['2026-10-06T12:34:56+01:30', '2026-10-06T11:04:56Z'],
    ['2026-10-06T12:34:56.5-0130', '2026-10-06T14:04:56Z'],
    ['2026-10-06T00:00:00+23:59', '2026-10-05T00:01:00Z'],
    ['2028-02-29', '2028-02-29T00:00:00Z'],
    ['2026-10-05T23:59:60', '2026-10-05T23:59:59Z'],
    ['2026-10-05T12:34:60.5', '2026-10-05T12:34:59Z'],
    ['0000-01-01', '0000-01-01T00:00:00Z'],
    ['0099-12-31', '0099-12-31T00:00:00Z'],
  ])('parseCreatedAt reads %s as %s', (text, expected) => {
    expect(parseCreatedAt(text)).toBe(Date.parse(expected));
  });

  it.each([
    '2026-00-01',
    '2026-13-01',
    '2026-01-00',
    '2026-01-32',
    '2026-04-31',
    '2026-02-29',
    '2026-01-01T24:00:00',
    '2026-01-01T23:60:00',
    '2026-01-01T23:59:61',
    '2026-01-01T00:00:00+24:00',
    '2026-01-01T00:00:00+00:60',
    'yesterday',
  ])('parseCreatedAt returns undefined for %s', (text) => {
    expect(parseCreatedAt(text)).toBeUndefined();
  });
});

describe('formatIdentityValue', () => {
  // The answers of the Rust core, called through the Python client, version 1.2.17.
  it.each<[unknown, string]>([
    ['x', 'x'],
    ['', ''],
    [true, 'True'],
    [false, 'False'],
    [null, 'None'],
    [0, '0'],
    [-0, '-0.0'],
    [42, '42'],
    [-7, '-7'],
    [2 ** 53 - 1, '9007199254740991'],
    [2 ** 53, '9007199254740992.0'],
    [0.1, '0.1'],
    [-2.25, '-2.25'],
    [123456789.125, '123456789.125'],
    [1e21, '1000000000000000000000.0'],
    // All digits of the double, not its shortest digits followed by zeros.
    [1e23, '99999999999999991611392.0'],
    [1e300, `${BigInt(1e300)}.0`],
    [1e-7, '0.0000001'],
    [-1.25e-10, '-0.000000000125'],
    [5e-324, `0.${'0'.repeat(323)}5`],
    [9007199254740993n, '9007199254740993'],
    [[], '[]'],
    [[1, 1.5, 'a b', true, null, [2]], '[1, 1.5, a b, True, None, [2]]'],
    [{}, '{}'],
    [{ b: 1, a: [1, 'x'], '\ue000': null, '😀': false }, '{"a":[1,"x"],"b":1,"\ue000":null,"😀":false}'],
    [[{ b: 'q"\\/\n\u0001\u007fé' }], '[{"b":"q\\"\\\\/\\n\\u0001\u007fé"}]'],
    // Inside an object, numbers have the format of Rust's JSON.
    [
      { a: 1e16, b: 1e21, c: 1e-5, d: 1e-6, e: 1.25e-7, f: 2 ** 53, g: -0, h: 0.1 },
      '{"a":1e16,"b":1e21,"c":0.00001,"d":1e-6,"e":1.25e-7,"f":9007199254740992.0,"g":-0.0,"h":0.1}',
    ],
  ])('The value %o is formatted as %s', (value, expected) => {
    expect(formatIdentityValue(value, new ContextReader())).toBe(expected);
  });

  // Values that cannot be passed to the Rust core.
  it.each<[unknown, string]>([
    [Number.NaN, 'None'],
    [Number.POSITIVE_INFINITY, 'None'],
    [[undefined, () => 1, Symbol('s'), Number.NaN], '[None, None, None, None]'],
    // biome-ignore lint/suspicious/noSparseArray: the test needs a hole.
    [[, 1], '[None, 1]'],
    [{ a: undefined, b: Number.NaN, c: () => 1, d: [undefined], e: 10n }, '{"b":null,"d":[null],"e":10}'],
    [2n ** 64n, '18446744073709551616'],
  ])('The value %o, which JSON cannot represent, is formatted as %s', (value, expected) => {
    expect(formatIdentityValue(value, new ContextReader())).toBe(expected);
  });

  it('compareCodePoints sorts by code point', () => {
    const sorted = ['', 'A', 'a', 'aa', 'ab', 'é', '\ud7ff', '\ue000', '\uffff', '😀', '😀a', '😁', '\u{10ffff}'];
    expect([...sorted].reverse().sort(compareCodePoints)).toEqual(sorted);
    expect([...sorted].sort()).not.toEqual(sorted);
  });
});

describe('compileFlag', () => {
  it('Two stores that count nothing share no flag of the same value: each warns of its own contexts', () => {
    const feature: Feature = {
      enabled: true,
      owner: { team: 'a' },
      segments: [{ name: 'all', rollout: 50, conditions: [] }],
      created_at: '2026-01-01T00:00:00Z',
    };
    const warned: string[] = [];
    const compile = (store: string) =>
      compileFlag('x', feature, UNCOUNTED, 'seer', { missingIdentity: () => void warned.push(store) });
    const flags = ['first', 'second'].map(compile);
    for (const flag of flags) decide(flag, new FeatureContext({ plan: 'team' }, { identityFields: ['user_id'] }));
    expect(warned).toEqual(['first', 'second']);
  });
});

describe('computeBucket', () => {
  it('The bucket is the SHA-1 of the string as an integer, modulo 10^9, modulo 100', () => {
    const seen = new Set<number>();
    for (let id = 0; id < 2_000; id++) {
      const text = `organization_id:${id}:é😀`;
      const digest = BigInt(`0x${createHash('sha1').update(text).digest('hex')}`);
      const expected = Number((digest % 10n ** 9n) % 100n);
      expect(computeBucket(text)).toBe(expected);
      seen.add(expected);
    }
    expect(seen.size).toBe(100);
  });
});

describe('computeShortBucket', () => {
  it('A short text has the bucket of the whole string, whatever was hashed before', () => {
    const heads = [
      ['', 'id'],
      ['flag:', 'user_id'],
      ['', 'a'],
      ['', ''],
      ['checkout:', 'organization_id'],
    ] as const;
    const compared = new Set<number>();
    for (let round = 0; round < 3; round++) {
      for (let length = 0; length <= 60; length++) {
        // A head twice in a row, and after another one.
        for (const [prefix, field] of [...heads, ...heads.flatMap((head) => [head, head])]) {
          const value = Array.from({ length }, (_, index) =>
            String.fromCharCode(round === 0 ? 0x7f : (index * 31 + length * 7 + round) % 0x80),
          ).join('');
          const text = `${prefix}${field}:${value}`;
          expect(computeShortBucket(prefix, field, value)).toBe(text.length > 55 ? -1 : computeBucket(text));
          compared.add(text.length);
        }
      }
    }
    expect(compared.size).toBeGreaterThan(55);
  });

  it('A text with other characters than ASCII has no short form, wherever they are', () => {
    for (const [prefix, field, value] of [
      ['', 'id', 'é'],
      ['', 'idé', 'a'],
      ['é:', 'id', 'a'],
      ['', 'id', '\u{1f600}'],
      ['', 'id', '\u0080'],
    ] as const) {
      expect(computeShortBucket(prefix, field, value)).toBe(-1);
      expect(computeShortBucket(prefix, field, value)).toBe(-1);
      expect(computeShortBucket('', 'id', 'a')).toBe(computeBucket('id:a'));
    }
  });
});
