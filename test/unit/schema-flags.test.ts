import { describe, expect, it } from 'vitest';
import { compileSchema, type NamespaceSchema } from '../../src/schema/namespace-schema.js';

const FLAG = { $ref: '#/definitions/Feature' };

/** The schema of good options. */
function schemaOf(properties: object | string): NamespaceSchema {
  const text = typeof properties === 'string' ? properties : JSON.stringify(properties);
  const source = `{"version":"1.0","type":"object","properties":${text}}`;
  const result = compileSchema('ns', '/schema.json', Buffer.from(source));
  if ('issues' in result) throw new Error(JSON.stringify(result.issues));
  return result.schema;
}

describe('values of a flag', () => {
  const FEATURE = { owner: { team: 't' }, created_at: '2024-01-01', segments: [] };
  const { options } = schemaOf({ 'feature.f': FLAG });
  const check = (value: object) =>
    (options.get('feature.f')?.validate(value as never) ?? []).map(({ pointer, message }) => `${pointer} ${message}`);
  const condition = (operator: string, value: unknown) =>
    check({ ...FEATURE, segments: [{ name: 's', conditions: [{ property: 'p', operator, value }] }] });

  it('are Feature objects', () => {
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
      [{ enabled: 1 }, ['feature.f/enabled 1 is not of type "boolean"']],
      [{ x: 1 }, ["feature.f Additional properties are not allowed ('x' was unexpected)"]],
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
        ['feature.f/segments/0/rollout 1.5 is not of type "integer"'],
      ],
      [{ segments: [{ name: 's' }] }, ['feature.f/segments/0 "conditions" is a required property']],
    ] as const) {
      expect(check({ ...FEATURE, ...part })).toEqual(issues);
    }
    for (const key of ['owner', 'created_at', 'segments']) {
      expect(check({ ...FEATURE, [key]: undefined })).toEqual([`feature.f "${key}" is a required property`]);
    }
  });

  it('are dated', () => {
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

  it('have conditions that compare with what their operator can', () => {
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
    const taken = (operator: string) =>
      Object.entries(values)
        .filter(([, value]) => condition(operator, value).length === 0)
        .map(([name]) => name);
    expect(taken('in')).toEqual(['list', 'strings', 'numbers']);
    expect(taken('not_in')).toEqual(taken('in'));
    expect(taken('contains')).toEqual(['integer', 'number', 'string']);
    expect(taken('not_contains')).toEqual(taken('contains'));
    expect(taken('equals')).toEqual(['list', 'strings', 'numbers', 'integer', 'number', 'string', 'boolean']);
    expect(taken('not_equals')).toEqual(taken('equals'));
    expect(taken('matches')).toEqual(['strings']);
    expect(taken('not_matches')).toEqual(taken('matches'));
    expect(taken('IN')).toEqual([]);
  });

  it('may have long lists of strings, though each of them is no integer', () => {
    const many = Array.from({ length: 20_000 }, (_, i) => `org-${i}`);
    expect(condition('in', many)).toEqual([]);
    expect(condition('equals', many)).toEqual([]);
    expect(condition('matches', many)).toEqual([]);
  });

  it('tell each issue once, and where', () => {
    const issues = condition('in', 'x');
    expect(new Set(issues).size).toBe(issues.length);
    expect(issues[0]).toBe('feature.f/segments/0/conditions/0/value "x" is not of type "array"');
    expect(issues.some((line) => line.includes('oneOf') || line.includes('anyOf'))).toBe(false);
  });
});
