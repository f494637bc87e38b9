/** Tests what a compiled schema accepts as the value of a flag, and its messages for everything else. */

import { describe, expect, it } from 'vitest';
import { compileSchema, findOption, type NamespaceSchema } from '../../src/schema/namespace-schema.js';

const FLAG = { $ref: '#/definitions/Feature' };

/** Compiles a schema whose options are valid. */
function mustCompile(properties: object | string): NamespaceSchema {
  const text = typeof properties === 'string' ? properties : JSON.stringify(properties);
  const source = `{"version":"1.0","type":"object","properties":${text}}`;
  const result = compileSchema('ns', '/schema.json', Buffer.from(source));
  if ('issues' in result) throw new Error(JSON.stringify(result.issues));
  return result.schema;
}

describe('validate of a flag', () => {
  const FEATURE = { owner: { team: 't' }, created_at: '2024-01-01', segments: [] };
  const { options } = mustCompile({ 'feature.f': FLAG });
  const check = (value: object) =>
    (options.get('feature.f')?.validate(value as never) ?? []).map(({ pointer, message }) => `${pointer} ${message}`);
  const checkCondition = (operator: string, value: unknown) =>
    check({ ...FEATURE, segments: [{ name: 's', conditions: [{ property: 'p', operator, value }] }] });

  it('The value of a flag must be a Feature object', () => {
    expect(check(FEATURE)).toEqual([]);
    expect(
      check({
        ...FEATURE,
        name: 'n',
        enabled: false,
        description: '',
        experiment_mode: null,
        owner: { team: 't', email: null },
      }),
    ).toEqual([]);
    for (const [part, issues] of [
      [{ owner: { team: '' } }, ['feature.f/owner/team "" is shorter than 1 character']],
      [{ owner: { team: 't', email: 1 } }, ['feature.f/owner/email 1 is not of types "null", "string"']],
      [{ experiment_mode: 'x' }, ['feature.f/experiment_mode "x" is not one of "simple" or null']],
      [{ enabled: 1 }, ['feature.f/enabled 1 is not of type "boolean"; write true']],
      [
        { x: 1 },
        [
          "feature.f Additional properties are not allowed ('x' was unexpected); allowed: 'name', 'owner', 'created_at', 'enabled', 'description', 'experiment_mode', 'segments'",
        ],
      ],
      [
        { segments: [{ name: 's', rollout: 101, conditions: [] }] },
        ['feature.f/segments/0/rollout 101 is greater than the maximum of 100'],
      ],
      [
        { segments: [{ name: 's', rollout: -1, conditions: [] }] },
        ['feature.f/segments/0/rollout -1 is less than the minimum of 0'],
      ],
      [
        { segments: [{ name: 's', rollout: 1.5, conditions: [] }] },
        ['feature.f/segments/0/rollout 1.5 is not of type "integer"; write a whole number from 0 to 100'],
      ],
      [{ segments: [{ name: 's' }] }, ['feature.f/segments/0 "conditions" is a required property']],
    ] as const) {
      expect(check({ ...FEATURE, ...part })).toEqual(issues);
    }
    for (const key of ['owner', 'created_at', 'segments']) {
      expect(check({ ...FEATURE, [key]: undefined })).toEqual([`feature.f "${key}" is a required property`]);
    }
  });

  it('created_at must be a date, or a date with a time', () => {
    for (const date of [
      '2024-01-01',
      '2024-01-01T10:00:00',
      '2024-01-01T10:00:00.123456',
      '2024-01-01T10:00:00+01:00',
    ]) {
      expect(check({ ...FEATURE, created_at: date })).toEqual([]);
    }
    for (const date of [
      '2024-1-1',
      '2024-01-01T10:00',
      '2024-01-01 10:00:00',
      '',
      '2024-01-01T10:00:00.',
      '٢٠٢٤-01-01',
    ]) {
      expect(check({ ...FEATURE, created_at: date })).toHaveLength(1);
    }
  });

  it('A condition must have a value that its operator can compare', () => {
    const values = {
      list: [1],
      strings: ['a'],
      mixed: [1, 'a'],
      numbers: [1.5],
      integer: 1,
      number: 1.5,
      string: 'a',
      boolean: true,
      null: null,
      object: {},
    };
    const listAccepted = (operator: string) =>
      Object.entries(values)
        .filter(([, value]) => checkCondition(operator, value).length === 0)
        .map(([name]) => name);
    expect(listAccepted('in')).toEqual(['list', 'strings', 'numbers']);
    expect(listAccepted('not_in')).toEqual(listAccepted('in'));
    expect(listAccepted('contains')).toEqual(['integer', 'number', 'string']);
    expect(listAccepted('not_contains')).toEqual(listAccepted('contains'));
    expect(listAccepted('equals')).toEqual(['list', 'strings', 'numbers', 'integer', 'number', 'string', 'boolean']);
    expect(listAccepted('not_equals')).toEqual(listAccepted('equals'));
    expect(listAccepted('matches')).toEqual(['strings']);
    expect(listAccepted('not_matches')).toEqual(listAccepted('matches'));
    expect(listAccepted('IN')).toEqual([]);
  });

  it('A condition may have a long list of strings, although none of them is an integer', () => {
    const many = Array.from({ length: 20_000 }, (_, i) => `org-${i}`);
    expect(checkCondition('in', many)).toEqual([]);
    expect(checkCondition('equals', many)).toEqual([]);
    expect(checkCondition('matches', many)).toEqual([]);
  });

  it('Each issue is reported once, with its path', () => {
    const issues = checkCondition('in', 'x');
    expect(issues).toEqual([
      'feature.f/segments/0/conditions/0/value "x" is not a list of strings or a list of numbers, which the operator "in" needs; write a list: ["x"]',
    ]);
  });
});

describe('flags by pattern', () => {
  const PATTERN = { '^feature\\.': FLAG };
  const compile = (document: object) =>
    compileSchema('ns', '/schema.json', Buffer.from(JSON.stringify({ version: '1.0', type: 'object', ...document })));
  const issuesOf = (document: object) => {
    const result = compile(document);
    return 'issues' in result ? result.issues.map(({ pointer, message }) => `${pointer} ${message}`) : [];
  };

  it('Every name that begins with the prefix is a flag, and no other name', () => {
    const result = compile({ patternProperties: PATTERN });
    if ('issues' in result) throw new Error(JSON.stringify(result.issues));
    expect(result.schema.options.size).toBe(0);
    for (const name of ['feature.', 'feature.a', 'feature.__proto__', 'feature.feature.a']) {
      expect(findOption(result.schema, name)).toMatchObject({ name, isFlag: true, defaultValue: undefined });
      expect(findOption(result.schema, name)?.validate([])).toEqual([
        {
          pointer: name,
          message: `[] is not of type "object"; write an object with 'owner', 'segments', 'created_at'`,
        },
      ]);
    }
    for (const name of ['', 'feature', 'Feature.a', ' feature.a', '__proto__']) {
      expect(findOption(result.schema, name), name).toBeUndefined();
    }
  });

  it('Without the pattern, only names in properties are flags', () => {
    const schema = mustCompile({ 'feature.a': FLAG });
    expect(findOption(schema, 'feature.a')?.isFlag).toBe(true);
    expect(findOption(schema, 'feature.b')).toBeUndefined();
  });

  it('With the pattern, a name in properties that begins with the prefix cannot be an option', () => {
    const option = { type: 'integer', default: 1, description: '' };
    expect(issuesOf({ properties: { 'feature.n': option } })).toEqual([]);
    expect(issuesOf({ properties: { 'feature.n': option }, patternProperties: PATTERN })).toEqual([
      "feature.n Additional properties are not allowed ('default', 'description', 'type' were unexpected); a feature flag has only a \"$ref\", and is off until values set it",
    ]);
  });

  it('The reference must be exact', () => {
    const $ref = 'x#/definitions/Feature';
    expect(issuesOf({ patternProperties: { '^feature\\.': { $ref } } })).toEqual([
      ` "patternProperties" "${$ref}" must be exactly "#/definitions/Feature"`,
    ]);
  });
});
