/**
 * The schemas of `editor-schemas` in the YAML language server, which is what editors run: all values files of the
 * corpus, completion and hover. The settings are those that the command prints.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeSettings } from '../../src/cli/editor/settings.js';
import {
  compareVerdicts,
  type EditorCase,
  findRejected,
  valuesCases,
  writeCase,
  writeSchemasOf,
} from '../support/editor-corpus.js';
import { YAML_EXCEPTIONS, YAML_LINES } from '../support/editor-exceptions.js';
import { EVERY_TYPE, mutateValues } from '../support/editor-mutations.js';
import { INSTALL_TIMEOUT, installLocked } from '../support/install-locked.js';
import { option } from '../support/values-tree.js';
import { type Completion, YamlServer } from './yaml-server.js';

const HOSTILE = 'See [docs](command:rm) ![x](https://a.example/x.png) `code` # no *heading*';
const SCHEMA = JSON.stringify({
  version: '1.0',
  type: 'object',
  properties: {
    limit: option('integer', 10, { description: 'How many items a page has.' }),
    hostile: option('string', '', { description: HOSTILE }),
    list: option('array', ['$CLIPBOARD', '$TM_FILENAME'], { items: { type: 'string' } }),
    'feature.dark': { $ref: '#/definitions/Feature' },
  },
  patternProperties: { '^feature\\.': { $ref: '#/definitions/Feature' } },
});

let server: YamlServer;
let directory: string;
let cases: readonly EditorCase[];
let folder: string;
/** The folder with an option of every type. */
let every: string;

beforeAll(async () => {
  const installed = await installLocked('test/editors', 'editors');
  const program = join(installed, 'node_modules/yaml-language-server/bin/yaml-language-server');
  directory = mkdtempSync(join(tmpdir(), 'sentry-options-test-'));
  cases = valuesCases(directory);
  folder = join(directory, 'mine');
  writeCase(folder, SCHEMA);
  every = join(directory, 'every');
  writeCase(every, JSON.stringify(EVERY_TYPE));
  const folders = [...cases.map(({ folder: path }) => path), folder, every];
  for (const one of folders) await writeSchemasOf(one);
  server = await YamlServer.start(program, directory, {
    schemas: Object.assign({}, ...folders.map(settingsOf)),
    schemaStore: { enable: false },
    validate: true,
    hover: true,
    completion: true,
  });
  // The server reads its settings on its own time: until then, it accepts everything.
  await check('values/shop/default/probe.yaml', 'options: 1\n');
  await server.until(() => server.diagnosticsOf(uriOf('values/shop/default/probe.yaml'))?.[0]);
}, INSTALL_TIMEOUT);

afterAll(async () => {
  await server?.end();
  rmSync(directory, { recursive: true, force: true });
});

/** The printed `yaml.schemas` for the folder of a case, in an editor that has `directory` open. */
function settingsOf(path: string): object {
  const before = process.cwd();
  process.chdir(directory);
  const name = basename(path);
  const places = { schemas: join(name, 'schemas'), out: join(name, 'editor'), root: join(name, 'values') };
  const settings = makeSettings(['shop'], places) as { 'yaml.schemas': object };
  process.chdir(before);
  return settings['yaml.schemas'];
}

function uriOf(path: string): string {
  return pathToFileURL(join(folder, path)).href;
}

/** Opens a document, and returns its errors, as `LINE: MESSAGE`. */
async function check(path: string, text: string): Promise<string[]> {
  const diagnostics = await server.check(uriOf(path), text);
  return diagnostics
    .filter(({ severity }) => severity === 1)
    .map(({ range, message }) => `${range.start.line + 1}: ${message}`);
}

let documents = 0;

/** Opens a document, and asks for what the server knows at the place of `|`. */
async function askAt(method: string, marked: string): Promise<unknown> {
  const path = `values/shop/default/asked-${++documents}.yaml`;
  const before = marked.slice(0, marked.indexOf('|')).split('\n');
  await check(path, marked.replace('|', ''));
  const position = { line: before.length - 1, character: before.at(-1)?.length ?? 0 };
  return await server.ask(`textDocument/${method}`, { textDocument: { uri: uriOf(path) }, position });
}

async function complete(marked: string): Promise<readonly Completion[]> {
  return ((await askAt('completion', marked)) as { items: readonly Completion[] }).items;
}

async function hover(marked: string): Promise<string> {
  return ((await askAt('hover', marked)) as { contents: { value: string } }).contents.value;
}

describe('the YAML language server', () => {
  it('Values have an error in the editor if and only if validate-values has one there, except as listed', async () => {
    const found = cases.map(async (one) => {
      const uri = pathToFileURL(join(one.folder, 'values/shop/default/values.yaml')).href;
      const errors = (await server.check(uri, one.text)).filter(({ severity }) => severity === 1);
      return { ...one, red: [...new Set(errors.map(({ range }) => range.start.line + 1))] };
    });
    const checked = await Promise.all(found);
    console.log(`${checked.length} values files, ${checked.filter(({ red }) => red.length > 0).length} with errors`);
    compareVerdicts(checked, YAML_EXCEPTIONS, YAML_LINES);
  });

  it('Values with one change have an error if and only if ours have one', async () => {
    const texts = mutateValues();
    const rejected = findRejected(every, texts);
    const red = await Promise.all(
      texts.map(async (text, index) => {
        const uri = pathToFileURL(join(every, `values/shop/changed/${index}.yaml`)).href;
        return (await server.check(uri, text)).some(({ severity }) => severity === 1);
      }),
    );
    const different = texts.filter((_, index) => red[index] !== rejected[index]);
    expect(different).toEqual([]);
  });

  it('Completes the name of an option, with its description and its default', async () => {
    const items = await complete('options:\n  |');
    expect(items.map(({ label }) => label)).toEqual(expect.arrayContaining(['limit', 'hostile', 'feature.dark']));
    const limit = items.find(({ label }) => label === 'limit');
    expect(limit?.insertText).toMatch(/^limit: \$\{1:10\}$/);
    expect(limit?.documentation).toBe('How many items a page has.\n\nDefault: 10');
  });

  it('Completes the operators of a condition', async () => {
    const flag =
      'options:\n  feature.dark:\n    segments:\n      - name: a\n        conditions:\n          - operator: |';
    const labels = (await complete(flag)).map(({ label }) => label);
    expect(labels).toEqual(expect.arrayContaining(['in', 'not_in', 'equals', 'matches']));
  });

  it('Shows the description of an option on hover', async () => {
    expect(await hover('options:\n  li|mit: 3\n')).toMatch(/^How many items a page has\.\n\nDefault: 10\n/);
  });

  it('Says the form of created_at, not its pattern', async () => {
    const flag = 'options:\n  feature.dark:\n    owner: {team: web}\n    segments: []\n    created_at: yesterday\n';
    const errors = await check('values/shop/eu/created.yaml', flag);
    expect(errors).toEqual([expect.stringMatching(/^5: Write a date, such as 2026-01-31, or a time/)]);
  });

  it('Shows on hover that the schema does not declare an option, and no error', async () => {
    expect(await hover('options:\n  li|mits: 3\n')).toMatch(/^The schema does not declare this option/);
    expect(await check('values/shop/eu/unknown.yaml', 'options:\n  limits: 3\n')).toEqual([]);
  });

  it('Shows the description of the fields of a flag by pattern', async () => {
    expect(await hover('options:\n  feature.other:\n    ena|bled: false\n')).toMatch(/^False: the flag is off/);
  });

  it('A description cannot show links, pictures and headings', async () => {
    const shown = await hover('options:\n  hos|tile: a\n');
    const escaped = 'See \\[docs\\](command:rm) \\!\\[x\\](https://a.example/x.png) \\`code\\` \\# no \\*heading\\*';
    expect(shown.startsWith(escaped)).toBe(true);
    const items = await complete('options:\n  |');
    // Not Markdown, by the protocol: a string.
    expect(items.find(({ label }) => label === 'hostile')?.documentation).toBe(`${HOSTILE}\n\nDefault: ""`);
  });

  it('A default cannot insert variables of the editor', async () => {
    const inserted = (await complete('options:\n  |')).find(({ label }) => label === 'list')?.insertText;
    expect(inserted).toContain('list:');
    expect(inserted).not.toMatch(/CLIPBOARD|TM_FILENAME/);
  });

  it('A comment in the file names the schema, too', async () => {
    const comment = '# yaml-language-server: $schema=../editor/shop.values.schema.json\n';
    expect(await check('elsewhere/a.yaml', `${comment}options:\n  limit: many\n`)).toEqual([
      '3: Incorrect type. Expected "integer".',
    ]);
    expect(await check('elsewhere/b.yaml', 'options:\n  limit: many\n')).toEqual([]);
  });

  it('The schemas are valid JSON schemas of draft 7 for the server', async () => {
    const text = readFileSync(join(folder, 'editor/shop.values.schema.json'), 'utf8');
    expect(JSON.parse(text).$schema).toBe('http://json-schema.org/draft-07/schema#');
    const errors = await server.check(uriOf('values/shop/default/valid.yaml'), 'options:\n  limit: 1\n');
    expect(errors).toEqual([]);
  });
});
