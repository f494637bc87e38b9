/**
 * The JSON schema of a `schema.json`, for editors. Data only. It has the rules of `src/schema/schema-rules.ts`, in the
 * form that gives editors the best messages: `if` selects a rule, instead of alternatives that all fail.
 */
import type { JsonSchema } from '../../schema/ajv.js';
import { FEATURE_REF } from '../../schema/feature-rules.js';
import { DOCUMENT_RULES, FLAG_PATTERN, TYPES } from '../../schema/schema-rules.js';
import { COMMENT, DRAFT } from './values-schema.js';

const VALUE_TYPE = { $ref: '#/definitions/valueType' };

const TYPE_PROPERTIES: Readonly<Record<string, JsonSchema>> = {
  type: {
    description: 'The type of the value.',
    enum: TYPES,
    enumDescriptions: [
      'Text.',
      'A whole number.',
      'Any number.',
      'true or false.',
      'A list, whose entries "items" declares.',
      'A map, whose values "additionalProperties" declares, or an object, whose fields "properties" declares.',
    ],
  },
  items: { ...VALUE_TYPE, description: 'The type of the entries of a list.' },
  additionalProperties: { ...VALUE_TYPE, description: 'The type of the values of a map.' },
  properties: {
    type: 'object',
    description: 'The fields of an object, each with its type.',
    additionalProperties: VALUE_TYPE,
  },
};

/** A list declares its entries. An object declares its fields, unless it is a map. */
const TYPE_RULES: readonly JsonSchema[] = [
  when(isType('array'), { required: ['items'] }),
  when({ ...isType('object'), not: { required: ['additionalProperties'] } }, { required: ['properties'] }),
];

const FLAG: JsonSchema = {
  type: 'object',
  description: 'A feature flag.',
  properties: { $ref: { type: 'string', enum: [FEATURE_REF] } },
  required: ['$ref'],
  additionalProperties: false,
};

const OPTION_KEYS = ['type', 'default', 'description'];

const OPTION: JsonSchema = {
  type: 'object',
  description: 'An option.',
  properties: {
    ...TYPE_PROPERTIES,
    default: { description: 'The value if the values file sets none.' },
    description: { type: 'string', description: 'What the option is for.' },
  },
  required: OPTION_KEYS,
  additionalProperties: false,
  allOf: [
    ...TYPE_RULES,
    ...TYPES.map((type) => when(isType(type), { properties: { default: ofType(type) } })),
    // One level deep: a schema cannot follow types that are nested any deeper, or compare the names of fields.
    ...TYPES.map((type) =>
      when(
        { properties: { type: { const: 'array' }, items: isType(type) }, required: ['type', 'items'] },
        { properties: { default: { items: ofType(type) } } },
      ),
    ),
    ...TYPES.map((type) =>
      when(
        {
          properties: { type: { const: 'object' }, additionalProperties: isType(type) },
          required: ['type', 'additionalProperties'],
          not: { required: ['properties'] },
        },
        { properties: { default: { additionalProperties: ofType(type) } } },
      ),
    ),
  ],
};

const { version } = DOCUMENT_RULES.properties as Readonly<Record<string, JsonSchema>>;

/** The schema of a `schema.json`. */
export const META_SCHEMA: JsonSchema = {
  $schema: DRAFT,
  $comment: COMMENT,
  type: 'object',
  properties: {
    version: {
      ...version,
      description: 'The version of the schema, such as "1.0".',
      patternErrorMessage: 'Write two numbers, such as "1.0".',
    },
    type: { enum: ['object'], description: 'Always "object".' },
    properties: {
      type: 'object',
      description: 'The options by name. The name of a flag begins with "feature.".',
      patternProperties: { [FLAG_PATTERN]: { $ref: '#/definitions/flagOrOption' } },
      additionalProperties: { $ref: '#/definitions/option' },
    },
    patternProperties: {
      type: 'object',
      description: 'Declares every name that begins with "feature." as a flag.',
      properties: { [FLAG_PATTERN]: { $ref: '#/definitions/flag' } },
      required: [FLAG_PATTERN],
      additionalProperties: false,
    },
    additionalProperties: { type: 'boolean', description: 'Has no effect.' },
  },
  required: ['version', 'type'],
  anyOf: [{ required: ['properties'] }, { required: ['patternProperties'] }],
  additionalProperties: false,
  definitions: {
    valueType: {
      type: 'object',
      properties: {
        ...TYPE_PROPERTIES,
        optional: { type: 'boolean', description: 'Whether the field may be absent.' },
      },
      required: ['type'],
      additionalProperties: false,
      allOf: TYPE_RULES,
    },
    flag: FLAG,
    option: OPTION,
    // Without flags by pattern, the prefix alone does not make a flag.
    flagOrOption: {
      if: { anyOf: OPTION_KEYS.map((key) => ({ required: [key] })) },
      // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON schemas.
      then: { $ref: '#/definitions/option' },
      else: { $ref: '#/definitions/flag' },
    },
  },
  allOf: [
    when(
      { required: ['patternProperties'] },
      { properties: { properties: { patternProperties: { [FLAG_PATTERN]: { $ref: '#/definitions/flag' } } } } },
    ),
  ],
};

function isType(type: string): JsonSchema {
  return { properties: { type: { const: type } }, required: ['type'] };
}

/** Accepts the values of a type. The JSON language server says of 1.0 that it is no integer. */
function ofType(type: string): JsonSchema {
  return type === 'integer' ? { type: 'number', multipleOf: 1 } : { type };
}

function when(condition: JsonSchema, then: JsonSchema): JsonSchema {
  return { if: condition, then };
}
