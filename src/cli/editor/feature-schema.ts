/** The JSON schema of a flag's value for editors, made from the rules for flags. Data only. */
import type { JsonSchema } from '../../schema/ajv.js';
import { FEATURE_RULES, OPERATORS } from '../../schema/feature-rules.js';

/** What each field of a flag means, by its path; `*` is an entry of a list. */
const DESCRIPTIONS: Readonly<Record<string, string>> = {
  '': 'A feature flag. The first segment whose conditions are all met decides. If no segment matches, the flag is off.',
  name: 'Has no effect.',
  description: 'What the flag is for. Has no effect.',
  experiment_mode: 'Has no effect.',
  enabled: 'False: the flag is off for everybody.',
  created_at: 'When the flag was created: 2026-01-31, or 2026-01-31T12:00:00+00:00. Do not change it during a rollout.',
  owner: 'Who decides about the flag.',
  'owner.team': 'The team that owns the flag.',
  'owner.email': 'How to reach the team.',
  segments: 'Groups of contexts, in the order in which they are tried.',
  'segments.*': 'A group of contexts: those that meet all conditions.',
  'segments.*.name': 'The name, for explanations.',
  'segments.*.rollout': 'The percentage of the segment that has the flag on: 0 to 100. Default: 100.',
  'segments.*.conditions': 'All must be met. Without a condition, everybody is in the segment.',
};

/** What the servers say instead of the pattern. */
const CREATED_AT = 'Write a date, such as 2026-01-31, or a time, such as 2026-01-31T12:00:00+00:00.';

/** What each operator compares. */
const OPERATOR_DESCRIPTIONS: Readonly<Record<string, string>> = {
  in: 'The property is an entry of the list.',
  not_in: 'The property is no entry of the list.',
  contains: 'The property is a list, and the value is one of its entries.',
  not_contains: 'The property is a list, and the value is none of its entries.',
  equals: 'The property equals the value.',
  not_equals: 'The property does not equal the value.',
  matches: 'A glob of the list matches all of the property. Only * is special.',
  not_matches: 'No glob of the list matches all of the property. Only * is special.',
};

/**
 * The schema of a condition. The rules have a branch for each operator, of which an editor would report all. Here, the
 * operator selects the rule for the value.
 */
const CONDITION: JsonSchema = {
  type: 'object',
  description: 'A comparison of one property of the context.',
  properties: {
    name: { type: 'string', description: 'Has no effect.' },
    property: { type: 'string', description: 'The property of the context.' },
    operator: {
      type: 'string',
      description: 'How the property is compared with the value.',
      enum: [...OPERATORS.keys()],
      enumDescriptions: [...OPERATORS.keys()].map((operator) => OPERATOR_DESCRIPTIONS[operator] as string),
    },
    value: { description: 'What the property is compared with.' },
  },
  required: ['property', 'operator', 'value'],
  additionalProperties: false,
  allOf: [...OPERATORS].map(([operator, value]) => ({
    if: { properties: { operator: { const: operator } }, required: ['operator'] },
    // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON schemas.
    then: { properties: { value } },
  })),
};

/** The schema of a flag's value. */
export const FEATURE_SCHEMA: JsonSchema = describe(FEATURE_RULES, '');

/** Adds descriptions to the rules at `path`, and replaces the rules for conditions. */
function describe(rules: JsonSchema, path: string): JsonSchema {
  const below = (name: string): string => (path === '' ? name : `${path}.${name}`);
  const { properties, items } = rules as { properties?: Record<string, JsonSchema>; items?: JsonSchema };
  const description = DESCRIPTIONS[path];
  return {
    ...rules,
    ...(description === undefined ? {} : { description }),
    ...(path === 'created_at' ? { patternErrorMessage: CREATED_AT } : {}),
    ...(properties && {
      properties: Object.fromEntries(
        Object.entries(properties).map(([name, field]) => [name, describe(field, below(name))]),
      ),
    }),
    ...(items && { items: path === 'segments.*.conditions' ? CONDITION : describe(items, below('*')) }),
  };
}
