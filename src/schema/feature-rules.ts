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
const LIST_VALUES: readonly JsonSchema[] = [makeList('integer'), makeList('number'), makeList('string')];
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
  ['matches', makeList('string')],
  ['not_matches', makeList('string')],
]);

const OWNER = makeClosedObject(['team'], {
  team: { type: 'string', minLength: 1 },
  email: { type: ['string', 'null'] },
});

const SEGMENT = makeClosedObject(['name', 'conditions'], {
  name: { type: 'string', minLength: 1 },
  rollout: { type: 'integer', minimum: 0, maximum: 100 },
  conditions: {
    type: 'array',
    items: { oneOf: [...OPERATORS].map(([operator, value]) => makeCondition(operator, value)) },
  },
});

/** The schema of a feature flag's value. */
export const FEATURE_RULES: JsonSchema = makeClosedObject(['owner', 'segments', 'created_at'], {
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
