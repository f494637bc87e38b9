/** Writes the JSON schemas of values files and of `schema.json` for editors. Runs in the command line's main thread. */
import { join } from 'node:path';
import { escapeControlCharsInLines } from '../../common/text.js';
import { readSchemas } from '../schemas/read.js';
import { writeGenerated } from '../terminal/generated-files.js';
import type { Output } from '../terminal/output.js';
import { META_SCHEMA } from './meta-schema.js';
import { META_FILE, makeSettings, valuesSchemaFile } from './settings.js';
import { makeValuesSchema } from './values-schema.js';

/** The options of {@link writeEditorSchemas}. */
interface EditorSchemasOptions {
  readonly out: string;
  /** The directory with the values, for the settings. */
  readonly root: string | undefined;
  readonly isCheck: boolean;
  readonly output: Output;
}

/**
 * Writes the files into the directory `out`, and prints the settings of an editor. With `isCheck`, does neither.
 *
 * @throws {CommandError} if a schema is invalid; with `isCheck`, also if a file is not up to date
 */
export async function writeEditorSchemas(
  schemas: string,
  { out, root, isCheck, output }: EditorSchemasOptions,
): Promise<void> {
  const namespaces = readSchemas(schemas, output);
  const texts = new Map([[join(out, META_FILE), format(META_SCHEMA)]]);
  for (const schema of namespaces.values()) {
    texts.set(join(out, valuesSchemaFile(schema.namespace)), format(makeValuesSchema(schema)));
  }
  const command = ['sentry-options', 'editor-schemas', '--schemas', schemas, '--out', out];
  const written = await writeGenerated(texts, { isCheck, command, output });
  if (!isCheck) await output.data(format(makeSettings(namespaces.keys(), { schemas, out, root })));
  const message = written === 0 ? 'Schemas for editors are up to date' : 'Wrote schemas for editors';
  output.info(message, { path: out, files: texts.size });
}

function format(value: object): string {
  // In JSON, an escaped character is the same character; unescaped, it could mislead who reviews the file.
  return escapeControlCharsInLines(`${JSON.stringify(value, undefined, 2)}\n`);
}
