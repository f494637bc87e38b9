/**
 * The rules for a `schema.json`, as JSON schemas, with keywords that the validator ignores: `form` is what a pattern
 * matches, `example` is the only valid value, `advice` is the end of a message, and an issue of an alternative is not
 * reported, since another one says it. Data only; the validator uses them, never a reader.
 */

import type { JsonSchema } from './ajv.js';
import { FEATURE_REF } from './feature-rules.js';
import { VERSION_FORM } from './forms.js';

/** The only pattern that `patternProperties` of a schema may have: it declares flags. */
export const FLAG_PATTERN = '^feature\\.';

/** The types of values. */
export const TYPES = ['string', 'integer', 'number', 'boolean', 'array', 'object'];

/** The keys of a type: of an option, of a list's entries, of a map's values, of a struct's field. */
const TYPE_PROPERTIES: Readonly<Record<string, JsonSchema>> = {
  type: { enum: TYPES },
  items: { $ref: '#/$defs/valueType' },
  additionalProperties: { $ref: '#/$defs/valueType' },
  properties: { type: 'object', additionalProperties: { $ref: '#/$defs/valueType' } },
};

/** A list declares its entries. An object declares its fields, unless it is a map. */
const TYPE_RULES: readonly JsonSchema[] = [
  {
    anyOf: [
      { not: matchType('array') },
      { required: ['items'], advice: '; write the type of the entries, as "items": {"type": "string"}' },
    ],
  },
  {
    anyOf: [
      { not: { ...matchType('object'), not: { required: ['additionalProperties'] } } },
      // The only branch that reports an issue: a map would be valid, too, but most people forgot `properties`.
      { required: ['properties'], advice: '; write the fields, or "additionalProperties" for a map' },
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

/** The rules for one feature flag. The caller checks that `$ref` has nothing around the pattern. */
export const FLAG_RULES: JsonSchema = {
  type: 'object',
  properties: { $ref: { type: 'string', pattern: FEATURE_REF, form: `"${FEATURE_REF}"` } },
  required: ['$ref'],
  additionalProperties: false,
  example: `{"$ref": "${FEATURE_REF}"}`,
};

/** The rules for the document, without its options. */
export const DOCUMENT_RULES: JsonSchema = {
  type: 'object',
  properties: {
    version: {
      type: 'string',
      pattern: VERSION_FORM.source,
      form: 'two numbers with a point between them, as "1.0"',
    },
    type: { const: 'object' },
    properties: { type: 'object' },
    patternProperties: {
      type: 'object',
      properties: { [FLAG_PATTERN]: FLAG_RULES },
      required: [FLAG_PATTERN],
      additionalProperties: false,
    },
    additionalProperties: { type: 'boolean' },
  },
  required: ['version', 'type'],
  anyOf: [
    { required: ['properties'], advice: '; or "patternProperties", for flags by pattern' },
    { required: ['patternProperties'], isAlternative: true },
  ],
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

/** Matches a definition of the type `type`. A definition without a type has one issue, not also those of each type. */
function matchType(type: string): JsonSchema {
  return { properties: { type: { const: type } }, required: ['type'] };
}
