/**
 * The documents that the fuzzer mutates: a schema with an option of each kind, one that declares flags by pattern, and
 * values as people write them.
 */

/** A valid schema, and valid values for it. */
export interface Documents {
  readonly schema: string;
  readonly values: string;
}

const SCHEMA: string = JSON.stringify(
  {
    version: '1.0',
    type: 'object',
    properties: {
      enabled: { type: 'boolean', default: false, description: 'A switch.' },
      retries: { type: 'integer', default: 3, description: 'A number of times.' },
      ratio: { type: 'number', default: 0.5, description: 'A part.' },
      greeting: { type: 'string', default: 'Grüße, “世界” \u{1f30d}', description: 'A text.' },
      hosts: { type: 'array', items: { type: 'string' }, default: ['localhost'], description: 'Where to.' },
      weights: { type: 'array', items: { type: 'number' }, default: [], description: 'How much.' },
      limits: {
        type: 'object',
        properties: { perMinute: { type: 'integer' }, burst: { type: 'integer', optional: true } },
        default: { perMinute: 100 },
        description: 'How many.',
      },
      'by-region': {
        type: 'object',
        additionalProperties: { type: 'object', properties: { ids: { type: 'array', items: { type: 'integer' } } } },
        default: {},
        description: 'Where.',
      },
      open: {
        type: 'object',
        properties: { name: { type: 'string' } },
        additionalProperties: { type: 'number' },
        default: { name: '' },
        description: 'Fields, and others.',
      },
      'feature.plain': { type: 'integer', default: 0, description: 'An option with the name of a flag.' },
      'feature.rollout': { $ref: '#/definitions/Feature' },
    },
  },
  null,
  2,
);

export const VALUES: string = JSON.stringify(
  {
    options: {
      enabled: true,
      retries: 5,
      ratio: 1e-7,
      greeting: 'a\\b "c" \n \ufeff',
      hosts: ['a.example', 'b.example'],
      weights: [1, 1.5, -0.25, 1e300],
      limits: { perMinute: 250, burst: 9007199254740991 },
      'by-region': { eu: { ids: [1, 2, 3] }, us: { ids: [] } },
      open: { name: 'x', a: 1, b: 2 },
      'feature.plain': -1,
      'feature.rollout': {
        owner: { team: 'a', email: null },
        created_at: '2026-01-01T00:00:00+00:00',
        segments: [
          {
            name: 'some',
            rollout: 50,
            conditions: [
              { property: 'org', operator: 'in', value: [1, 2] },
              { property: 'email', operator: 'matches', value: ['*@example.com'] },
              { property: 'plan', operator: 'not_equals', value: 'free' },
              { property: 'tags', operator: 'contains', value: 'beta' },
            ],
          },
        ],
      },
      unknown: { anything: [null] },
    },
    generated_at: '2026-01-21T18:30:00.123456+00:00',
  },
  null,
  1,
);

const FLAG_REF = { $ref: '#/definitions/Feature' };
const FLAG = { owner: { team: 'a' }, created_at: '2026-01-01', segments: [] };

const OPEN_SCHEMA: string = JSON.stringify(
  {
    version: '1.0',
    type: 'object',
    properties: {
      retries: { type: 'integer', default: 3, description: 'A number of times.' },
      greeting: { type: 'string', default: 'Grüße', description: 'A text.' },
      hosts: { type: 'array', items: { type: 'string' }, default: ['localhost', ''], description: 'Where to.' },
      ratio: { type: 'number', default: 0.5, description: 'A part.' },
      'feature.listed': FLAG_REF,
    },
    patternProperties: { '^feature\\.': FLAG_REF },
  },
  null,
  2,
);

const OPEN_VALUES: string = JSON.stringify(
  {
    options: {
      retries: 5,
      'feature.': FLAG,
      'feature.organizations:new-thing': {
        ...FLAG,
        enabled: false,
        segments: [
          { name: 'some', rollout: 50, conditions: [{ property: 'org', operator: 'in', value: [1, 2] }] },
          { name: 'none', conditions: [{ property: 'plan', operator: 'not_equals', value: 'free' }] },
        ],
      },
      'feature.\uffff': FLAG,
      'feature.\u{1f30d}': { ...FLAG, owner: { team: 'b', email: null } },
      'feature.listed': FLAG,
      features: 1,
    },
  },
  null,
  1,
);

/** What the fuzzer mutates. */
export const CORPUS: readonly Documents[] = [
  { schema: SCHEMA, values: VALUES },
  { schema: OPEN_SCHEMA, values: OPEN_VALUES },
];
