/**
 * The code that a service could write by itself: read all values files, parse them, validate them with ajv and
 * validators that are compiled once, and keep a Map for each namespace. No shared memory, and no error with a position.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv } from 'ajv';

/** Compiles the schemas below `directory`. Returns a function that loads the values again, as Maps by namespace. */
export function openNaive(directory, settings = {}) {
  const ajv = new Ajv({ allErrors: true, ...settings });
  const namespaces = readdirSync(join(directory, 'schemas')).map((namespace) => {
    const { properties } = read(directory, 'schemas', namespace, 'schema.json');
    const validate = ajv.compile(makeObjectSchema(properties, { required: [], additionalProperties: true }));
    return { namespace, properties, validate };
  });
  return () =>
    new Map(
      namespaces.map(({ namespace, properties, validate }) => {
        const { options } = read(directory, 'values', namespace, 'values.json');
        if (!validate(options)) throw new Error(ajv.errorsText(validate.errors));
        const entries = Object.entries(properties).map(([key, option]) => [key, options[key] ?? option.default]);
        return [namespace, new Map(entries)];
      }),
    );
}

function read(...path) {
  return JSON.parse(readFileSync(join(...path), 'utf8'));
}

/** Makes the JSON schema of an object with `properties` as in the declaration of an option. */
function makeObjectSchema(properties, rest) {
  const entries = Object.entries(properties).map(([name, { type, items, properties: fields }]) => {
    if (type === 'array') return [name, { type, items: { type: items.type } }];
    if (type !== 'object') return [name, { type }];
    const required = Object.keys(fields).filter((field) => !fields[field].optional);
    return [name, makeObjectSchema(fields, { required, additionalProperties: false })];
  });
  return { type: 'object', properties: Object.fromEntries(entries), ...rest };
}
