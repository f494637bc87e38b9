/**
 * Makes validators from types, with the rules that all clients add to a written schema. Runs with ajv, never in a
 * reader. Options of one shape share one validator, across namespaces: compiling validators dominates startup, and
 * 10 000 integers need one.
 */
import { type JsonSchema, makePropertySchemas, makeValidator, type Validate } from './ajv.js';

/** A type as a schema writes it, already validated against the rules for schemas. */
export interface ValueType {
  readonly type: 'string' | 'integer' | 'number' | 'boolean' | 'array' | 'object';
  readonly items?: ValueType;
  readonly additionalProperties?: ValueType;
  readonly properties?: Readonly<Record<string, ValueType>>;
  readonly optional?: boolean;
}

/**
 * Which integers are valid: those that a JavaScript number can hold, or any. A command that only passes values on need
 * not reject integers that the Rust and Python clients can read.
 */
export type IntegerRule = 'safe' | 'any';

/** Validators by the JSON of their schema. */
const validators = new Map<string, Validate>();

/** Returns the validator for values of `type`. Types of one shape share it. */
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
 * Converts `type` to a JSON schema, with the same keys in the same order for the same shape. At every depth, a struct's
 * fields are required unless they are optional, and an object that is not a map rejects undeclared fields.
 */
export function toJsonSchema(
  { type, items, properties, additionalProperties }: ValueType,
  integers: IntegerRule,
): JsonSchema {
  switch (type) {
    case 'integer':
      if (integers === 'any') return { type };
      // A number beyond these limits is not the integer that was written.
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
