/**
 * What a feature flag's value has to look like, as a JSON schema. Data only; used by the writer.
 *
 * A condition has one branch for each operator, all of them tried, so that a fault names what each operator would have
 * taken. Nothing is referred to by name: wording puts faults into order by their place in the schema, which a reference
 * would cut off.
 */
import type { JsonSchema } from './ajv.js';

/** What `$ref` of an option has to say for it to be a feature flag. */
export const FEATURE_REF = '#/definitions/Feature';

// Their order is that in which the family's other implementations tell faults.
const LIST_VALUES: readonly JsonSchema[] = [listOf('integer'), listOf('number'), listOf('string')];
const SCALAR_VALUES: readonly JsonSchema[] = [{ type: 'integer' }, { type: 'string' }, { type: 'number' }];
const ANY_VALUES: readonly JsonSchema[] = [
  { type: 'integer' },
  { type: 'number' },
  { type: 'string' },
  { type: 'boolean' },
  ...LIST_VALUES,
];

/** What each operator compares with. */
const OPERATORS: ReadonlyMap<string, JsonSchema> = new Map([
  ['in', { anyOf: LIST_VALUES }],
  ['not_in', { anyOf: LIST_VALUES }],
  ['contains', { anyOf: SCALAR_VALUES }],
  ['not_contains', { anyOf: SCALAR_VALUES }],
  ['equals', { anyOf: ANY_VALUES }],
  ['not_equals', { anyOf: ANY_VALUES }],
  ['matches', listOf('string')],
  ['not_matches', listOf('string')],
]);

const OWNER = closedObject(['team'], {
  team: { type: 'string', minLength: 1 },
  email: { type: ['string', 'null'] },
});

const SEGMENT = closedObject(['name', 'conditions'], {
  name: { type: 'string', minLength: 1 },
  rollout: { type: 'integer', minimum: 0, maximum: 100 },
  conditions: {
    type: 'array',
    items: { oneOf: [...OPERATORS].map(([operator, value]) => condition(operator, value)) },
  },
});

/** The schema of a feature flag's value. */
export const FEATURE: JsonSchema = closedObject(['owner', 'segments', 'created_at'], {
  name: { type: 'string' },
  owner: OWNER,
  // A date, or a time with seconds, with or without the zone's offset.
  created_at: {
    type: 'string',
    pattern: '^[0-9]{4}-[0-9]{2}-[0-9]{2}(?:T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\\.[0-9]+)?(?:[-+][0-9]{2}:?[0-9]{2})?)?$',
  },
  enabled: { type: 'boolean' },
  description: { type: 'string' },
  experiment_mode: { type: ['string', 'null'], enum: ['simple', null] },
  segments: { type: 'array', items: SEGMENT },
});

function condition(operator: string, value: JsonSchema): JsonSchema {
  return closedObject(['property', 'operator', 'value'], {
    name: { type: 'string' },
    property: { type: 'string' },
    operator: { type: 'string', enum: [operator] },
    value,
  });
}

function listOf(type: string): JsonSchema {
  return { type: 'array', items: { type } };
}

function closedObject(required: readonly string[], properties: Readonly<Record<string, JsonSchema>>): JsonSchema {
  return { type: 'object', properties, required, additionalProperties: false };
}
