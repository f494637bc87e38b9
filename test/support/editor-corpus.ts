/**
 * The values files and the schemas of all cases in `test/vectors/cli/`, each alone, with what our commands say of it:
 * the tests of the language servers compare their answers.
 */
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect } from 'vitest';
import { writeEditorSchemas } from '../../src/cli/editor/editor-schemas.js';
import { readSchemas } from '../../src/cli/schemas/read.js';
import { CommandError, CommandErrors } from '../../src/cli/terminal/errors.js';
import { Output } from '../../src/cli/terminal/output.js';
import { loadTargetValues } from '../../src/cli/values/load.js';
import { type CliCase, cliCases } from './cli-cases.js';
import { ACCEPTED, type EditorException, type LineException, REJECTED } from './editor-exceptions.js';

/** A file of the corpus, and our answer. */
export interface EditorCase {
  /** The topic and the name of the first case that has the file. */
  readonly name: string;
  readonly text: string;
  readonly schema: string;
  /** The folder with `schemas/shop/schema.json`, `values/shop/default/values.yaml` and `editor/`. */
  readonly folder: string;
  /** The lines that our errors name, from 1; 0 for an error without a line. Empty if we accept the file. */
  readonly lines: readonly number[];
}

/** All topics of cases. */
const TOPICS = readdirSync(new URL('../vectors/cli/', import.meta.url)).map((name) => name.replace('.json', ''));

const quiet = new Output({ isQuiet: true });

/** Runs `action`, and returns the lines that its errors name. */
function linesOf(action: () => void): number[] {
  try {
    action();
    return [];
  } catch (error) {
    const messages = error instanceof CommandErrors ? error.messages : [(error as CommandError).message];
    if (!(error instanceof CommandErrors || error instanceof CommandError)) throw error;
    const lines = messages.flatMap((message) =>
      [...message.matchAll(/\.(?:yaml|json):(\d+):\d+|at line (\d+) column/g)].map(([, a, b]) => Number(a ?? b)),
    );
    return lines.length === 0 ? [0] : [...new Set(lines)];
  }
}

/** Calls `action` without what it would print to stderr: warnings, which no test of editors reads. */
export function silently<T>(action: () => T): T {
  const { write } = process.stderr;
  process.stderr.write = () => true;
  try {
    return action();
  } finally {
    process.stderr.write = write;
  }
}

function toText(content: CliCase['files'][string]): string | undefined {
  if (typeof content === 'string') return content;
  if ('link' in content) return undefined;
  if ('base64' in content) return Buffer.from(content.base64, 'base64').toString();
  return content.before + content.repeat.repeat(content.times) + content.after;
}

/** Lists the files of all cases, and of their commits. */
function* listFiles(): Generator<{ name: string; path: string; text: string; of: CliCase }> {
  for (const topic of TOPICS) {
    for (const of of cliCases(topic)) {
      const trees = [of.files, ...(of.commits ?? []).map(({ write }) => write)];
      for (const [path, content] of trees.flatMap((tree) => Object.entries(tree))) {
        const text = toText(content);
        if (text !== undefined) yield { name: `${topic}: ${of.name}`, path, text, of };
      }
    }
  }
}

/** Writes a case below `folder`: the schema and, if there are some, the values. Returns whether the schema is valid. */
export function writeCase(folder: string, schema: string, values?: string): void {
  const write = (path: string, text: string): void => {
    const file = join(folder, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  };
  write('schemas/shop/schema.json', schema);
  if (values !== undefined) write('values/shop/default/values.yaml', values);
}

/** Compares a server's verdicts with ours, as the exceptions name them. `red` are the lines of the server's errors. */
export function compareVerdicts(
  cases: readonly (EditorCase & { readonly red: readonly number[] })[],
  exceptions: readonly EditorException[],
  lines: Readonly<Record<string, LineException>>,
): void {
  const named = [...exceptions.flatMap(({ cases: names }) => names), ...Object.keys(lines)];
  const nameOf = ({ name }: EditorCase): string => named.find((known) => `${name}: `.startsWith(`${known}: `)) ?? name;
  const differences = cases
    .filter(({ lines: ours, red }) => (ours.length === 0) !== (red.length === 0))
    .map((one) => `${one.red.length === 0 ? ACCEPTED : REJECTED}: ${nameOf(one)}`);
  const expected = exceptions.flatMap(({ verdict, cases: names }) => names.map((name) => `${verdict}: ${name}`));
  expect(differences.sort()).toEqual(expected.sort());
  const places = cases.filter(({ lines: ours, red }) => ours.length > 0 && red.length > 0);
  const without = (a: readonly number[], b: readonly number[]) =>
    a.filter((line) => !b.includes(line)).sort((x, y) => x - y);
  const elsewhere = places.map(
    (one) => [nameOf(one), { ours: without(one.lines, one.red), server: without(one.red, one.lines) }] as const,
  );
  expect(Object.fromEntries(elsewhere.filter(([, { ours, server }]) => ours.length + server.length > 0))).toEqual(
    Object.fromEntries(Object.entries(lines).map(([name, { ours, server }]) => [name, { ours, server }])),
  );
}

/** Returns the lines of our errors in the values of a folder that {@link writeCase} has written. */
export function checkValuesOf(folder: string): number[] {
  const schemas = silently(() => readSchemas(join(folder, 'schemas'), quiet));
  return linesOf(() => void silently(() => loadTargetValues(join(folder, 'values'), schemas, quiet)));
}

/** Returns whether we reject each of `texts`, values of the namespace of a folder that {@link writeCase} has written. */
export function findRejected(folder: string, texts: readonly string[]): boolean[] {
  const schemas = silently(() => readSchemas(join(folder, 'schemas'), quiet));
  const root = join(folder, 'many');
  for (const [index, text] of texts.entries()) {
    // Each is a target, so that one run checks all and none has an option of another.
    const target = join(root, `shop/t-${index}`);
    mkdirSync(target, { recursive: true });
    writeFileSync(join(target, 'values.yaml'), text);
  }
  try {
    silently(() => loadTargetValues(root, schemas, quiet));
    return texts.map(() => false);
  } catch (error) {
    if (!(error instanceof CommandErrors)) throw error;
    const all = error.messages.join('\n');
    const rejected = new Set([...all.matchAll(/\/t-(\d+)\/values\.yaml:\d+:/g)].map(([, index]) => Number(index)));
    return texts.map((_, index) => rejected.has(index));
  }
}

/** Returns the lines of our errors in the schema of a folder that {@link writeCase} has written. */
export function checkSchemaOf(folder: string): number[] {
  return linesOf(() => void silently(() => readSchemas(join(folder, 'schemas'), quiet)));
}

/** Writes every different schema of the corpus to a folder of its own below `directory`. */
export function schemaCases(directory: string): EditorCase[] {
  const cases = new Map<string, EditorCase>();
  for (const { name, path, text } of listFiles()) {
    if (!path.endsWith('/schema.json') || cases.has(text)) continue;
    const folder = join(directory, `schema-${cases.size}`);
    writeCase(folder, text);
    cases.set(text, { name, text, schema: text, folder, lines: checkSchemaOf(folder) });
  }
  return [...cases.values()];
}

/** Writes every different pair of values and a valid schema to a folder of its own below `directory`. */
export function valuesCases(directory: string): EditorCase[] {
  const cases = new Map<string, EditorCase>();
  const invalid = new Set<string>();
  for (const { name, path, text, of } of listFiles()) {
    const [, namespace] = /([^/]+)\/[^/]+\/[^/]+\.yaml$/.exec(path) ?? [];
    if (namespace === undefined) continue;
    const schema = findSchema(of, namespace);
    if (schema === undefined || invalid.has(schema)) continue;
    const key = JSON.stringify([schema, text]);
    if (cases.has(key)) continue;
    const folder = join(directory, `values-${cases.size}`);
    writeCase(folder, schema, text);
    if (checkSchemaOf(folder).length > 0) {
      invalid.add(schema);
      continue;
    }
    cases.set(key, { name, text, schema, folder, lines: checkValuesOf(folder) });
  }
  return [...cases.values()];
}

function findSchema({ files }: CliCase, namespace: string): string | undefined {
  const content = files[`schemas/${namespace}/schema.json`];
  return content === undefined ? undefined : toText(content);
}

/** Runs `editor-schemas` on a case, without what it prints. */
export async function writeSchemasOf(folder: string): Promise<void> {
  const out = join(folder, 'editor');
  const silent = Object.assign(new Output({ isQuiet: true }), { data: async () => {} });
  await writeEditorSchemas(join(folder, 'schemas'), { out, root: undefined, isCheck: false, output: silent });
}
