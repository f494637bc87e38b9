/** Base directories on a real disk, with `schemas/` and `values/`. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { onTestFinished } from 'vitest';

/** Creates a directory that is removed when the test ends. */
export function temporaryDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'sentry-options-test-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

/** Options by name: the `properties` of a schema. */
export type Properties = Record<string, object>;

/** A base directory that is removed when the test ends. */
export class Base {
  readonly directory = temporaryDirectory();

  /** Declares `properties` for each namespace. */
  constructor(namespaces: Record<string, Properties>) {
    for (const [namespace, properties] of Object.entries(namespaces)) {
      this.writeSchema(namespace, JSON.stringify({ version: '1.0', type: 'object', properties }));
    }
  }

  valuesFile(namespace: string): string {
    return join(this.directory, 'values', namespace, 'values.json');
  }

  writeSchema(namespace: string, text: string): void {
    write(join(this.directory, 'schemas', namespace, 'schema.json'), text);
  }

  /** Writes the file in place, as an editor does. */
  writeValues(namespace: string, options: Record<string, unknown>): void {
    this.writeText(namespace, valuesText(options));
  }

  writeText(namespace: string, text: string): void {
    write(this.valuesFile(namespace), text);
  }

  removeValues(namespace: string): void {
    rmSync(this.valuesFile(namespace), { force: true });
  }
}

/** Returns the content of a values file. */
export function valuesText(options: Record<string, unknown>): string {
  return JSON.stringify({ options });
}

/** Returns the text of a schema that declares flags by pattern; and `properties`, if they are given. */
export function patternSchema(properties?: Properties): string {
  const patternProperties = { '^feature\\.': { $ref: '#/definitions/Feature' } };
  return JSON.stringify({ version: '1.0', type: 'object', properties, patternProperties });
}

/** Declares an option of type integer. */
export function integer(defaultValue: number): object {
  return { type: 'integer', default: defaultValue, description: 'a number' };
}

/** Declares an option of type string. */
export function string(defaultValue: string): object {
  return { type: 'string', default: defaultValue, description: 'a string' };
}

/** Declares an option of type boolean. */
export function boolean(defaultValue: boolean): object {
  return { type: 'boolean', default: defaultValue, description: 'a switch' };
}

function write(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}
