/** Creates a repository of values: schemas, and YAML files by namespace and target. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { temporaryDirectory } from './base.js';
import type { Outcome } from './run.js';
import { type RunCliOptions, runCli } from './run-cli.js';

/** Options by name: the `properties` of a schema. */
export type Properties = Readonly<Record<string, object>>;

/** Declares an option of any type. */
export function option(type: string, value: unknown, more: object = {}): object {
  return { type, default: value, description: 'an option', ...more };
}

/** Options that accept values of every kind. */
export const ANY: Properties = {
  text: option('string', ''),
  integer: option('integer', 0),
  number: option('number', 0),
  texts: option('object', {}, { additionalProperties: { type: 'string' } }),
  integers: option('object', {}, { additionalProperties: { type: 'integer' } }),
  numbers: option('object', {}, { additionalProperties: { type: 'number' } }),
  lists: option('array', [], { items: { type: 'array', items: { type: 'integer' } } }),
};

/** A temporary directory with `schemas/` and `values/`, in which commands run. */
export class ValuesTree {
  readonly directory = temporaryDirectory();

  /** @param properties the options of the namespace `shop` */
  constructor(properties: Properties = ANY) {
    this.write('schemas/shop/schema.json', JSON.stringify({ version: '1.0', type: 'object', properties }));
  }

  write(path: string, content: string | Uint8Array): void {
    const file = join(this.directory, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, content);
  }

  /** Writes the values of the target `default`: YAML below `options:`. */
  values(yaml: string): void {
    this.write('values/shop/default/values.yaml', `options:\n  ${yaml.replaceAll('\n', '\n  ')}\n`);
  }

  /** Runs a command on both directories. */
  async run(command: string, args: readonly string[] = [], options: RunCliOptions = {}): Promise<Outcome> {
    const roots = command === 'validate-schema' ? [] : ['--root', 'values'];
    return await runCli([command, '--schemas', 'schemas', ...roots, ...args], { cwd: this.directory, ...options });
  }
}
