/**
 * The shape of a value: its type without default and description, and with what the family's validation adds to what is
 * written. Runs in the writer. Options of one shape share one validator, over all namespaces, because compiling
 * validators is what start-up costs: 10 000 integers need one.
 */
import { type JsonSchema, makePropertySchemas, makeValidator, type Validate } from './ajv.js';

/** A type as a schema writes it, already checked against the rules for schemas. */
export interface ValueType {
  readonly type: 'string' | 'integer' | 'number' | 'boolean' | 'array' | 'object';
  readonly items?: ValueType;
  readonly additionalProperties?: ValueType;
  readonly properties?: Readonly<Record<string, ValueType>>;
  readonly optional?: boolean;
}

/**
 * Which integers are taken: those that a JavaScript number can hold, or any. Whoever only passes values on need not
 * refuse what other implementations can read.
 */
export type IntegerRule = 'safe' | 'any';

/** By the text of the JSON schema. */
const validators = new Map<string, Validate>();

/** The validator for values of `type`, shared by all that ask for the same shape. */
export function getValidator(type: ValueType, integers: IntegerRule = 'safe'): Validate {
  const schema = toJsonSchema(type, integers);
  const key = JSON.stringify(schema);
  let validate = validators.get(key);
  if (validate === undefined) {
    validate = makeValidator(schema);
    validators.set(key, validate);
  }
  return validate;
}

/**
 * The JSON schema of `type`, with the same keys in the same order for the same shape. At every depth a struct's fields
 * are required unless they are optional, and an object that is no map refuses what it does not know.
 */
function toJsonSchema({ type, items, properties, additionalProperties }: ValueType, integers: IntegerRule): JsonSchema {
  switch (type) {
    case 'integer':
      if (integers === 'any') return { type };
      // A number beyond them is not the integer that was written.
      return { type, minimum: Number.MIN_SAFE_INTEGER, maximum: Number.MAX_SAFE_INTEGER };
    case 'array':
      return items === undefined ? { type } : { type, items: toJsonSchema(items, integers) };
    case 'object': {
      const fields = Object.entries(properties ?? {}).sort(([a], [b]) => (a < b ? -1 : 1));
      return {
        type,
        ...makePropertySchemas(new Map(fields.map(([name, field]) => [name, toJsonSchema(field, integers)]))),
        required: fields.filter(([, { optional }]) => optional !== true).map(([name]) => name),
        additionalProperties: additionalProperties === undefined ? false : toJsonSchema(additionalProperties, integers),
      };
    }
    default:
      return { type };
  }
}
