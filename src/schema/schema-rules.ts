/** The rules for a `schema.json`, as JSON schemas. Data only; used by the writer. */
import type { JsonSchema } from './ajv.js';
import { FEATURE_REF } from './feature-rules.js';

/** The types that a value can have. */
const TYPES = ['string', 'integer', 'number', 'boolean', 'array', 'object'];

/** What makes up a type: of an option, of a list's entries, of a map's values, of a struct's field. */
const TYPE_PROPERTIES: Readonly<Record<string, JsonSchema>> = {
  type: { enum: TYPES },
  items: { $ref: '#/$defs/valueType' },
  additionalProperties: { $ref: '#/$defs/valueType' },
  properties: { type: 'object', additionalProperties: { $ref: '#/$defs/valueType' } },
};

/** A list says what its entries are; an object says what its fields are, unless it is a map. */
const TYPE_RULES: readonly JsonSchema[] = [
  { anyOf: [{ not: matchType('array') }, { required: ['items'] }] },
  {
    anyOf: [
      { not: { ...matchType('object'), not: { required: ['additionalProperties'] } } },
      // The one branch with a fault to tell: a map would be another way out, but not what most people forgot.
      { required: ['properties'] },
    ],
  },
];

const DEFINITIONS: Readonly<Record<string, JsonSchema>> = {
  valueType: {
    type: 'object',
    properties: { ...TYPE_PROPERTIES, optional: { type: 'boolean' } },
    required: ['type'],
    additionalProperties: false,
    allOf: TYPE_RULES,
  },
};

/** The rules for the document, except for the options in it. */
export const DOCUMENT_RULES: JsonSchema = {
  type: 'object',
  properties: {
    version: { type: 'string', pattern: '^[0-9]+\\.[0-9]+$' },
    type: { const: 'object' },
    properties: { type: 'object' },
    additionalProperties: { type: 'boolean' },
  },
  required: ['version', 'type', 'properties'],
  additionalProperties: false,
};

/** The rules for one option. */
export const OPTION_RULES: JsonSchema = {
  type: 'object',
  properties: { ...TYPE_PROPERTIES, default: {}, description: { type: 'string' } },
  required: ['type', 'default', 'description'],
  additionalProperties: false,
  allOf: TYPE_RULES,
  $defs: DEFINITIONS,
};

/** The rules for one feature flag; that nothing stands around the reference is for the caller to see. */
export const FLAG_RULES: JsonSchema = {
  type: 'object',
  properties: { $ref: { type: 'string', pattern: FEATURE_REF } },
  required: ['$ref'],
  additionalProperties: false,
};

/** A schema's `type` that is missing has every type: then both rules speak, and the fault is told thrice. */
function matchType(type: string): JsonSchema {
  return { properties: { type: { const: type } } };
}
