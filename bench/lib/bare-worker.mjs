/**
 * What a service would write that wants its options validated in a thread of its own, and nothing more: no reload, no
 * shared memory, no error that says where. It loads ajv, compiles a validator for each namespace, validates the values
 * files, and posts them. Bundled to a text, and started with `eval`, as the library's own thread is.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { workerData } from 'node:worker_threads';
import { Ajv } from 'ajv';

const { directory, port, ready, trustsSchemas } = workerData;
// By default ajv checks a schema before it compiles it, as the library does by rules of its own.
const ajv = new Ajv({ allErrors: true, ...(trustsSchemas && { meta: false, validateSchema: false }) });
const namespaces = new Map();

for (const namespace of readdirSync(join(directory, 'schemas'))) {
  const { properties } = read('schemas', namespace, 'schema.json');
  const validate = ajv.compile(objectSchema(properties, { required: [], additionalProperties: true }));
  const { options } = read('values', namespace, 'values.json');
  if (!validate(options)) throw new Error(ajv.errorsText(validate.errors));
  const entries = Object.entries(properties).map(([key, option]) => [key, options[key] ?? option.default]);
  namespaces.set(namespace, new Map(entries));
}
port.postMessage(namespaces);
Atomics.store(ready, 0, 1);
Atomics.notify(ready, 0);

function read(...path) {
  return JSON.parse(readFileSync(join(directory, ...path), 'utf8'));
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
