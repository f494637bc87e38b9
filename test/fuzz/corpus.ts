/** The documents that the fuzzer mutates: a schema with an option of each kind, and values as people write them. */

/** A valid schema. */
export const SCHEMA: string = JSON.stringify(
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

/** Valid values for {@link SCHEMA}. */
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
