/** Valid values, and a valid schema, with one thing changed: far more cases than the corpus has, for language servers. */
import { OPERATORS } from '../../src/schema/feature-rules.js';
import { option } from './values-tree.js';

const FLAG = { $ref: '#/definitions/Feature' };

/** The schema of {@link mutateValues}: every type, nested. */
export const EVERY_TYPE = {
  version: '1.0',
  type: 'object',
  properties: {
    text: option('string', 'a'),
    whole: option('integer', 1),
    ratio: option('number', 0.5),
    open: option('boolean', false),
    tags: option('array', ['a'], { items: { type: 'string' } }),
    grid: option('array', [[1]], { items: { type: 'array', items: { type: 'integer' } } }),
    db: option(
      'object',
      { host: 'a', port: 1 },
      { properties: { host: { type: 'string' }, port: { type: 'integer' }, note: { type: 'string', optional: true } } },
    ),
    quotas: option('object', { gold: 1 }, { additionalProperties: { type: 'integer' } }),
    mixed: option(
      'object',
      { id: 'a', other: 1 },
      { properties: { id: { type: 'string' } }, additionalProperties: { type: 'integer' } },
    ),
    'feature.dark': FLAG,
  },
  patternProperties: { '^feature\\.': FLAG },
};

/** The schema without flags by pattern, where an option may have the prefix of a flag. */
export const WITHOUT_PATTERN = {
  version: '1.0',
  type: 'object',
  properties: { 'feature.dark': FLAG, 'feature.limit': option('integer', 1) },
  additionalProperties: false,
};

const VALUES: unknown = {
  options: {
    text: 'b',
    whole: 2,
    ratio: 0.25,
    open: true,
    tags: ['b'],
    grid: [[2], []],
    db: { host: 'b', port: 2, note: 'c' },
    quotas: { gold: 2 },
    mixed: { id: 'b', other: 2 },
    'feature.dark': {
      name: 'dark',
      owner: { team: 'web', email: null },
      created_at: '2026-02-03',
      enabled: true,
      description: 'd',
      experiment_mode: 'simple',
      segments: [
        {
          name: 'a',
          rollout: 50,
          conditions: [
            { name: 'a', property: 'plan', operator: 'in', value: ['a'] },
            ...[...OPERATORS.keys()].map((operator) => ({
              property: 'plan',
              operator,
              value: /^(not_)?(in|matches)$/.test(operator) ? ['a'] : 'a',
            })),
          ],
        },
      ],
    },
    'feature.by-pattern': { owner: { team: 'web' }, created_at: '2026-02-03T04:05:06+01:00', segments: [] },
  },
  definitions: { anything: [1, null] },
};

/** What a value is replaced with. */
const REPLACEMENTS: readonly unknown[] = [
  null,
  true,
  1,
  -1,
  101,
  1.5,
  '',
  'a',
  [],
  {},
  ['a'],
  [1],
  [0.5],
  [true],
  { a: 1 },
];

/** Cases that no sample may miss. */
const VALUES_FIRST: readonly unknown[] = [
  {},
  { definitions: {} },
  { options: {} },
  { options: { unknown: 1 } },
  { options: {}, more: {} },
  { options: { definitions: 1 }, definitions: { options: 1 } },
];
const SCHEMAS_FIRST: readonly unknown[] = [
  WITHOUT_PATTERN,
  { ...WITHOUT_PATTERN, patternProperties: EVERY_TYPE.patternProperties },
  { ...WITHOUT_PATTERN, properties: { 'feature.dark': { ...FLAG, type: 'string' } } },
  { ...WITHOUT_PATTERN, properties: { 'feature.dark': {} } },
  { version: '1.0', type: 'object', patternProperties: EVERY_TYPE.patternProperties },
  { version: '1.0', type: 'object' },
];

/** How many of the results are {@link VALUES_FIRST} or {@link SCHEMAS_FIRST}. */
export const FIRST = SCHEMAS_FIRST.length;

/** Returns the values, and all copies that differ in one place. */
export function mutateValues(): string[] {
  return [...VALUES_FIRST.map((value) => JSON.stringify(value)), ...mutate(VALUES)];
}

/** Returns the schemas, and all copies that differ in one place. */
export function mutateSchemas(): string[] {
  const first = SCHEMAS_FIRST.map((schema) => JSON.stringify(schema));
  return [...first, ...mutate(EVERY_TYPE, ['array', 'object', 'integer', 'text']), ...mutate(WITHOUT_PATTERN)];
}

function mutate(document: unknown, more: readonly unknown[] = []): string[] {
  const texts = [...change(document, [...REPLACEMENTS, ...more])].map((value) => JSON.stringify(value));
  return [...new Set([JSON.stringify(document), ...texts])];
}

/** Yields copies of `value`: replaced, without a member, with one more, and with each part changed. */
function* change(value: unknown, replacements: readonly unknown[]): Generator<unknown> {
  yield* replacements;
  if (Array.isArray(value)) {
    for (const [index, entry] of value.entries()) {
      for (const changed of change(entry, replacements)) yield value.with(index, changed);
    }
  } else if (typeof value === 'object' && value !== null) {
    yield { ...value, extra: 1 };
    for (const [name, member] of Object.entries(value)) {
      const { [name]: _, ...rest } = value as Record<string, unknown>;
      yield rest;
      for (const changed of change(member, replacements)) yield { ...value, [name]: changed };
    }
  }
}
