/**
 * The rules for a feature flag's value, as a JSON schema. Data only; the validator uses them, never a reader. They must
 * not contain references: `error-order.ts` sorts errors by their place in the schema, which a reference cuts off. The
 * validator ignores the keywords `form` and `isPercentage`, which messages use.
 */

import type { JsonSchema } from './ajv.js';
import { CREATED_AT_FORM } from './forms.js';

/** The `$ref` that declares an option as a feature flag. */
export const FEATURE_REF = '#/definitions/Feature';

// Ordered as the Rust and Python clients report issues.
const LIST_VALUES: readonly JsonSchema[] = [makeList('integer'), makeList('number'), makeList('string')];
const SCALAR_VALUES: readonly JsonSchema[] = [{ type: 'integer' }, { type: 'string' }, { type: 'number' }];
const ANY_VALUES: readonly JsonSchema[] = [
  { type: 'integer' },
  { type: 'number' },
  { type: 'string' },
  { type: 'boolean' },
  ...LIST_VALUES,
];

/** The value that each operator compares with. */
export const OPERATORS: ReadonlyMap<string, JsonSchema> = new Map([
  ['in', { anyOf: LIST_VALUES }],
  ['not_in', { anyOf: LIST_VALUES }],
  ['contains', { anyOf: SCALAR_VALUES }],
  ['not_contains', { anyOf: SCALAR_VALUES }],
  ['equals', { anyOf: ANY_VALUES }],
  ['not_equals', { anyOf: ANY_VALUES }],
  ['matches', makeList('string')],
  ['not_matches', makeList('string')],
]);

const OWNER = makeClosedObject(['team'], {
  team: { type: 'string', minLength: 1 },
  email: { type: ['string', 'null'] },
});

const SEGMENT = makeClosedObject(['name', 'conditions'], {
  name: { type: 'string', minLength: 1 },
  rollout: { type: 'integer', minimum: 0, maximum: 100, isPercentage: true },
  conditions: {
    type: 'array',
    // One branch per operator. All are tried, so that the issues name what each operator accepts.
    items: { oneOf: [...OPERATORS].map(([operator, value]) => makeCondition(operator, value)) },
  },
});

/** The schema of a feature flag's value. */
export const FEATURE_RULES: JsonSchema = makeClosedObject(['owner', 'segments', 'created_at'], {
  name: { type: 'string' },
  owner: OWNER,
  // A date, or a time with seconds and an optional offset.
  created_at: {
    type: 'string',
    pattern: CREATED_AT_FORM.source,
    form: 'a date, as 2026-01-31, or a time, as 2026-01-31T12:00:00 or 2026-01-31T12:00:00+00:00',
  },
  enabled: { type: 'boolean' },
  description: { type: 'string' },
  experiment_mode: { type: ['string', 'null'], enum: ['simple', null] },
  segments: { type: 'array', items: SEGMENT },
});

function makeCondition(operator: string, value: JsonSchema): JsonSchema {
  return makeClosedObject(['property', 'operator', 'value'], {
    name: { type: 'string' },
    property: { type: 'string' },
    operator: { type: 'string', enum: [operator] },
    value,
  });
}

function makeList(type: string): JsonSchema {
  return { type: 'array', items: { type } };
}

function makeClosedObject(required: readonly string[], properties: Readonly<Record<string, JsonSchema>>): JsonSchema {
  return { type: 'object', properties, required, additionalProperties: false };
}
