/** The JSON language server's own code, and what it says of schemas and of values. */
import { getLanguageService, type LanguageService, TextDocument } from 'vscode-json-languageservice';
import { META_SCHEMA } from '../../src/cli/editor/meta-schema.js';
import { makeSettings } from '../../src/cli/editor/settings.js';
import { makeValuesSchema } from '../../src/cli/editor/values-schema.js';
import { compileSchema, type NamespaceSchema } from '../../src/schema/namespace-schema.js';
import { findRejected, writeCase } from './editor-corpus.js';
import { EVERY_TYPE } from './editor-mutations.js';

export const URI = 'file:///home/me/shop/sentry-options/schemas/shop/schema.json';

/** The JSON language server's own code, with a schema for the files that the printed settings name. */
export function makeService(schema: object): LanguageService {
  const service = getLanguageService({});
  const places = { schemas: 'sentry-options/schemas', out: 'editor', root: undefined };
  const settings = makeSettings([], places) as { 'json.schemas': { fileMatch: string[] }[] };
  const schemas = settings['json.schemas'].map(({ fileMatch }) => ({
    uri: 'file:///editor/a.json',
    fileMatch,
    schema,
  }));
  service.configure({ schemas });
  return service;
}

/** Returns the lines of the errors in a `schema.json`, or in what has its place; from 1. */
export async function findRed(service: LanguageService, text: string): Promise<number[]> {
  const document = TextDocument.create(URI, 'json', 1, text);
  const parsed = service.parseJSONDocument(document);
  const found = await service.doValidation(document, parsed, {
    comments: 'error',
    trailingCommas: 'error',
    schemaValidation: 'error',
  });
  return [...new Set(found.filter(({ severity }) => severity === 1).map(({ range }) => range.start.line + 1))];
}

function compile(schema: unknown): ReturnType<typeof compileSchema> {
  return compileSchema('shop', 'schema.json', Buffer.from(JSON.stringify(schema)), 'any');
}

/**
 * Compares the verdicts on schemas. Returns the texts where they differ, and the options whose default only we reject.
 */
export async function compareSchemas(texts: readonly string[]): Promise<{ different: string[]; defaults: string[] }> {
  const service = makeService(META_SCHEMA);
  const different: string[] = [];
  const defaults = new Set<string>();
  for (const text of texts) {
    const isRed = (await findRed(service, text)).length > 0;
    const result = compile(JSON.parse(text));
    const issues = 'issues' in result ? result.issues : [];
    if (issues.length > 0 === isRed) continue;
    if (!isRed && issues.every(({ message }) => message.startsWith('default value does not match schema'))) {
      for (const { pointer } of issues) defaults.add(pointer);
    } else {
      different.push(`${isRed ? 'red' : 'not red'}: ${text}`);
    }
  }
  return { different, defaults: [...defaults].sort() };
}

/** Compares the verdicts on values, of which it writes copies to `directory`. Returns the texts where they differ. */
export async function compareValues(
  directory: string,
  texts: readonly string[],
): Promise<{ different: string[]; rejected: number }> {
  writeCase(directory, JSON.stringify(EVERY_TYPE));
  const { schema } = compile(EVERY_TYPE) as { schema: NamespaceSchema };
  const service = makeService(makeValuesSchema(schema));
  const rejected = findRejected(directory, texts);
  const different: string[] = [];
  for (const [index, text] of texts.entries()) {
    const isRed = (await findRed(service, text)).length > 0;
    if (isRed !== rejected[index]) different.push(`${isRed ? 'red' : 'not red'}: ${text}`);
  }
  return { different, rejected: rejected.filter(Boolean).length };
}
