/** The exact numbers of `sentry-options eval`: in conditions and in identities. The Rust client gave the answers. */
import { describe, expect, it } from 'vitest';
import { ExactContext } from '../../src/cli/inspect/exact-context.js';
import { compileExactFlag } from '../../src/cli/inspect/exact-flag.js';
import { parseExactJson, toPlainValue } from '../../src/cli/yaml/exact-json.js';
import { decide, explain } from '../../src/features/evaluate.js';
import type { Feature, FeatureOperator } from '../../src/features/feature.js';
import { FeatureContext } from '../../src/features/feature-context.js';

function makeContext(json: string, identityFields: readonly string[] = []): ExactContext {
  return new ExactContext(parseExactJson(json) as Map<string, never>, identityFields);
}

function makeFlag(operator: FeatureOperator, json: string): Feature {
  const value = toPlainValue(parseExactJson(json));
  const segments = [{ name: 's', conditions: [{ property: 'v', operator, value }] }];
  return { owner: { team: 't' }, created_at: '2026-01-21', segments } as unknown as Feature;
}

function isOn(operator: FeatureOperator, expected: string, actual: string): boolean {
  const context = makeContext(`{"v": ${actual}}`);
  return decide(compileExactFlag('f', makeFlag(operator, expected), context), context);
}

describe('conditions of eval', () => {
  it.each([
    ['equals', '9007199254740993', '9007199254740992', false],
    ['equals', '9007199254740993', '9007199254740993', true],
    ['equals', '9007199254740993', '9007199254740992.0', true],
    ['equals', '1e16', '10000000000000001', true],
    ['equals', '10000000000000001', '1e16', true],
    ['equals', '18446744073709551615', '18446744073709551614', false],
    ['not_equals', '9007199254740993', '9007199254740992', true],
    ['in', '[1, 9007199254740993]', '9007199254740992', false],
    ['in', '[1, 9007199254740993]', '9007199254740993', true],
    ['in', '[9007199254740993, 9007199254740995]', '[9007199254740992, 9007199254740995]', true],
    ['in', '[9007199254740993, 9007199254740995]', '[9007199254740992, 9007199254740996, 0.5, 1.5]', false],
    ['not_in', '[9007199254740993]', '9007199254740992', true],
    ['contains', '9007199254740993', '[9007199254740992]', false],
    ['contains', '9007199254740993', '[9007199254740993]', true],
    ['equals', '[9007199254740993, 9007199254740992]', '[9007199254740993, 9007199254740992]', true],
    ['equals', '[9007199254740993, 9007199254740992]', '[9007199254740992, 9007199254740993]', false],
    ['not_equals', '[9007199254740993, 9007199254740992]', '[9007199254740992, 9007199254740993]', true],
    ['equals', '1', '1.0', true],
    ['equals', '0.5', '9007199254740993', false],
  ] as const)(
    'eval compares integers of 64 bits exactly: %s %s, the context has %s',
    (operator, expected, actual, on) => {
      expect(isOn(operator, expected, actual)).toBe(on);
    },
  );

  it('A failed condition shows its integers as they are written', () => {
    const context = makeContext('{"v": 9007199254740992}');
    const flag = compileExactFlag('f', makeFlag('in', '[9007199254740993]'), context);
    expect(explain(flag, context).conditions).toEqual([
      { segment: 's', property: 'v', operator: 'in', expected: [9007199254740993n], actual: 9007199254740992n },
    ]);
  });
});

describe('identities of eval', () => {
  it.each([
    ['7', 'a:7'],
    ['7.0', 'a:7.0'],
    ['-0', 'a:-0.0'],
    ['1e3', 'a:1000.0'],
    ['1e21', 'a:1000000000000000000000.0'],
    ['1e-7', 'a:0.0000001'],
    ['9007199254740993', 'a:9007199254740993'],
    ['9223372036854775807', 'a:9223372036854775807'],
    // Beyond 63 bits, the Rust client formats a double.
    ['9223372036854775808', 'a:9223372036854775808.0'],
    ['18446744073709551616', 'a:18446744073709551616.0'],
    ['[1, 1.0, [true, null], "x", {"b": 1.0, "a": [2, 1e-7]}]', 'a:[1, 1.0, [True, None], x, {"a":[2,1e-7],"b":1.0}]'],
    ['{"__proto__": 18446744073709551615}', 'a:{"__proto__":18446744073709551615}'],
  ])('eval hashes a number as it is written: %s', (json, identity) => {
    expect(makeContext(`{"b": 1, "a": ${json}}`, ['a']).formatIdentity()).toBe(identity);
  });

  it.each([
    [['z', 'a'], 'a:1:z:2'],
    [['a', 'none'], 'a:1'],
    [['none'], ' a:4:__proto__:3:a:1:z:2'],
    [['__proto__'], '__proto__:3'],
    [['', 'toString'], ' a:4:__proto__:3:a:1:z:2'],
    [[' a'], ' a:4'],
  ])('eval hashes the identity fields that the context has, else all fields: %j', (fields, identity) => {
    const context = makeContext('{"z": 2, "a": 1, "__proto__": 3, " a": 4}', fields);
    expect(context.formatIdentity()).toBe(identity);
  });

  it('The bucket is that of the library if no number is a whole double', () => {
    const data = { a: 5, b: 'x', c: [1, 0.5, null], d: { e: true }, f: -3 };
    for (const identityFields of [['a'], ['b'], ['c', 'd'], [], ['none']]) {
      const exact = makeContext(JSON.stringify(data), identityFields);
      const plain = new FeatureContext(data, { identityFields });
      for (const prefix of ['', 'new-ui:']) expect(exact.bucket({ prefix })).toBe(plain.bucket({ prefix }));
    }
  });
});
