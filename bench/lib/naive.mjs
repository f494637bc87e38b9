/**
 * What a service would write for itself: read all values files, parse them, validate them with ajv, by validators that
 * are compiled once, and keep a Map for each namespace. No shared memory, and no error that says where.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv } from 'ajv';

/** Compiles the schemas below `directory`; what comes back loads the values anew at each call, as Maps by namespace. */
export function openNaive(directory, settings = {}) {
  const ajv = new Ajv({ allErrors: true, ...settings });
  const namespaces = readdirSync(join(directory, 'schemas')).map((namespace) => {
    const { properties } = read(directory, 'schemas', namespace, 'schema.json');
    const validate = ajv.compile(objectSchema(properties, { required: [], additionalProperties: true }));
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

/** The JSON schema of an object with `properties` as options are declared. */
function objectSchema(properties, rest) {
  const entries = Object.entries(properties).map(([name, { type, items, properties: fields }]) => {
    if (type === 'array') return [name, { type, items: { type: items.type } }];
    if (type !== 'object') return [name, { type }];
    const required = Object.keys(fields).filter((field) => !fields[field].optional);
    return [name, objectSchema(fields, { required, additionalProperties: false })];
  });
  return { type: 'object', properties: Object.fromEntries(entries), ...rest };
}
