/** `sentry-options editor-schemas`: its files, its settings, and what the JSON language server does with the schemas. */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Position, TextDocument } from 'vscode-json-languageservice';
import { META_SCHEMA } from '../../src/cli/editor/meta-schema.js';
import { compareVerdicts, schemaCases } from '../support/editor-corpus.js';
import { ACCEPTED, JSON_EXCEPTIONS, JSON_LINES, YAML_EXCEPTIONS } from '../support/editor-exceptions.js';
import { FIRST, mutateSchemas, mutateValues } from '../support/editor-mutations.js';
import { compareSchemas, compareValues, findRed, makeService, URI } from '../support/json-server.js';
import { option, ValuesTree } from '../support/values-tree.js';

let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'sentry-options-test-'));
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

/** Returns the first ones and every 25th: `npm run test:editors` checks all. */
function sample(texts: readonly string[]): readonly string[] {
  return texts.filter((_, index) => index < FIRST || index % 25 === 0);
}

describe('the JSON language server', () => {
  it('A schema has an error in the editor if and only if validate-schema has one there, except as listed', async () => {
    const service = makeService(META_SCHEMA);
    const checked = await Promise.all(
      schemaCases(directory).map(async (one) => ({ ...one, red: await findRed(service, one.text) })),
    );
    compareVerdicts(checked, JSON_EXCEPTIONS, JSON_LINES);
  });

  it('Of schemas with one change, a sample has errors where ours have', async () => {
    const { different } = await compareSchemas(sample(mutateSchemas()));
    expect(different).toEqual([]);
  });

  it('Of values with one change, a sample has errors where ours have', async () => {
    const { different, rejected } = await compareValues(directory, sample(mutateValues()));
    expect(different).toEqual([]);
    expect(rejected).toBeGreaterThan(20);
  });

  it('Completes the keys of an option, and explains them', async () => {
    const service = makeService(META_SCHEMA);
    const text = '{"properties": {"limit": {"type": "integer", }}}';
    const document = TextDocument.create(URI, 'json', 1, text);
    const parsed = service.parseJSONDocument(document);
    const list = await service.doComplete(document, Position.create(0, text.indexOf(' }}}') + 1), parsed);
    const found = list?.items.find(({ label }) => label === 'default');
    expect(found?.documentation).toBe('The value if the values file sets none.');
    const hover = await service.doHover(document, Position.create(0, text.indexOf('"type"') + 2), parsed);
    expect(hover?.contents).toEqual(['The type of the value\\.\n\n`integer`: A whole number\\.']);
  });
});

describe('editor-schemas', () => {
  const NAMESPACES = ['cart', 'schema', 'shop'];

  function makeTree(): ValuesTree {
    const tree = new ValuesTree({ limit: option('integer', 10, { description: 'Items of a page.' }) });
    for (const name of NAMESPACES) {
      tree.write(`schemas/${name}/schema.json`, readFileSync(join(tree.directory, 'schemas/shop/schema.json')));
    }
    return tree;
  }

  it('Writes a file for each namespace and one for schema.json, and prints the settings of the editor', async () => {
    const tree = makeTree();
    const { code, stdout, stderr } = await tree.run('editor-schemas', ['--out', 'editor/schemas']);
    expect(stderr).toBe(' INFO sentry-options: Wrote schemas for editors path=editor/schemas files=4\n');
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toEqual({
      'yaml.schemas': {
        './editor/schemas/cart.values.schema.json': 'values/cart/*/*.yaml',
        './editor/schemas/schema.values.schema.json': 'values/schema/*/*.yaml',
        './editor/schemas/shop.values.schema.json': 'values/shop/*/*.yaml',
      },
      'json.schemas': [{ fileMatch: ['schemas/*/schema.json'], url: './editor/schemas/schema.schema.json' }],
    });
    const files = readdirSync(join(tree.directory, 'editor/schemas')).sort();
    expect(files).toEqual(['schema.schema.json', ...NAMESPACES.map((name) => `${name}.values.schema.json`)].sort());
    const written = JSON.parse(readFileSync(join(tree.directory, 'editor/schemas/shop.values.schema.json'), 'utf8'));
    expect(written.properties.options.properties).toEqual({
      limit: { description: 'Items of a page.\n\nDefault: 10', default: 10, type: 'integer' },
    });
    expect(readdirSync(tree.directory).sort()).toEqual(['editor', 'schemas']);
  });

  it('Characters that mislead are escaped in the files', async () => {
    const description = 'a \u001b[2K \u009b \u202e b';
    const tree = new ValuesTree({ ['__proto__']: option('integer', 1, { description }) });
    await tree.run('editor-schemas', ['--out', 'editor']);
    const text = readFileSync(join(tree.directory, 'editor/shop.values.schema.json'), 'utf8');
    expect(text).not.toMatch(/[^\n\x20-\x7e]/);
    const { properties, patternProperties } = JSON.parse(text).properties.options;
    expect(properties).toEqual({});
    expect(patternProperties['^__proto__$'].description).toBe(`${description}\n\nDefault: 1`);
  });

  it('With --check, writes nothing, and fails if a file is not up to date', async () => {
    const tree = makeTree();
    const missing = await tree.run('editor-schemas', ['--out', 'my editor', '--check']);
    expect(missing.code).toBe(1);
    expect(missing.stdout).toBe('');
    expect(missing.stderr).toContain('my editor/schema.schema.json does not exist; my editor/cart.values');
    expect(missing.stderr).toContain("  sentry-options editor-schemas --schemas schemas --out 'my editor'\n");
    expect(existsSync(join(tree.directory, 'my editor'))).toBe(false);

    await tree.run('editor-schemas', ['--out', 'editor']);
    const current = await tree.run('editor-schemas', ['--out', 'editor', '--check']);
    expect([current.code, current.stdout]).toEqual([0, '']);
    expect(current.stderr).toBe(' INFO sentry-options: Schemas for editors are up to date path=editor files=4\n');

    tree.write('schemas/cart/schema.json', '{"version": "1.0", "type": "object", "properties": {}}');
    const stale = await tree.run('editor-schemas', ['--out', 'editor', '--check']);
    expect(stale.code).toBe(1);
    expect(stale.stderr).toContain('ERROR sentry-options: editor/cart.values.schema.json is not up to date');
    expect(stale.stderr).not.toContain('shop');
  });

  it('Writes nothing if a schema is invalid', async () => {
    const tree = makeTree();
    tree.write('schemas/cart/schema.json', '{}');
    const { code, stdout } = await tree.run('editor-schemas', ['--out', 'editor']);
    expect([code, stdout, existsSync(join(tree.directory, 'editor'))]).toEqual([1, '', false]);
  });

  it('A namespace whose name is not one cannot choose where a file is written', async () => {
    const tree = makeTree();
    tree.write('schemas/..evil/schema.json', '{"version": "1.0", "type": "object", "properties": {}}');
    const { code } = await tree.run('editor-schemas', ['--out', 'editor']);
    expect([code, existsSync(join(tree.directory, 'editor'))]).toEqual([1, false]);
  });

  it('The page lists where an editor and the commands differ', () => {
    const page = readFileSync(new URL('../../docs/cli.md', import.meta.url), 'utf8').replaceAll(/\s+/g, ' ');
    for (const [file, exceptions] of [
      ['values', YAML_EXCEPTIONS],
      ['`schema.json`', JSON_EXCEPTIONS],
    ] as const) {
      for (const { what, verdict } of exceptions) {
        expect(page).toContain(`| ${file} | ${what} | ${verdict === ACCEPTED ? 'shows no error' : 'shows an error'} |`);
      }
    }
  });
});
