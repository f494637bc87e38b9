/** Tests loading all schemas: from a directory, from the settings, and from both. */

import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SchemaError } from '../../src/common/errors.js';
import { loadSchemas, type SchemaSources } from '../../src/schema/load-schemas.js';

const GOOD = { version: '1.0', type: 'object', properties: { o: { type: 'integer', default: 1, description: '' } } };
const BAD = { ...GOOD, version: 'x' };

let base: string;
let directory: string;

beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), 'schemas-'));
  directory = join(base, 'schemas');
  mkdirSync(directory);
});
afterEach(() => rmSync(base, { recursive: true }));

function write(path: string, content: object | string = GOOD): string {
  const file = join(directory, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content));
  return file;
}

function load(sources: Partial<SchemaSources> = {}): string[] {
  return loadSchemas({ directory, ...sources }).map(({ namespace }) => namespace);
}

/** Lists the issues as `FILE NAMESPACE MESSAGE`, with files relative to the directory. */
function listIssues(sources: Partial<SchemaSources> = {}): string[] {
  try {
    load(sources);
  } catch (error) {
    if (!(error instanceof SchemaError)) throw error;
    return error.issues.map(
      ({ file, namespace, message }) => `${file.replace(`${directory}/`, '')} ${namespace} ${message}`,
    );
  }
  return [];
}

describe('loadSchemas', () => {
  it('loadSchemas sorts the namespaces by name, and reports each file that it reads', () => {
    write('b/schema.json');
    write('a-1/schema.json');
    write('c/schema.json');
    const files: string[] = [];
    const schemas = loadSchemas({ directory, onFile: (path) => files.push(path) });
    expect(schemas.map(({ namespace, file }) => [namespace, file])).toEqual(
      ['a-1', 'b', 'c'].map((name) => [name, join(directory, name, 'schema.json')]),
    );
    expect(files).toEqual([directory, ...['a-1', 'b', 'c'].map((name) => join(directory, name, 'schema.json'))]);
  });

  it('loadSchemas returns nothing for an empty directory', () => {
    expect(load()).toEqual([]);
  });

  it('loadSchemas skips files, links to directories without a schema, and the entries of Kubernetes', () => {
    write('a/schema.json');
    write('README.md', 'hello');
    write('schema.json', 'no JSON');
    write('..2024_01_01/a/schema.json', 'no JSON');
    symlinkSync('..2024_01_01', join(directory, '..data'));
    mkdirSync(join(base, 'elsewhere'));
    symlinkSync('../elsewhere', join(directory, 'linked'));
    symlinkSync('../nowhere', join(directory, 'Dangling'));
    expect(load()).toEqual(['a']);
  });

  it('loadSchemas reads a schema.json that is a symbolic link', () => {
    mkdirSync(join(directory, 'a'));
    writeFileSync(join(base, 'real.json'), JSON.stringify(GOOD));
    symlinkSync('../../real.json', join(directory, 'a', 'schema.json'));
    expect(load()).toEqual(['a']);
  });

  it('loadSchemas reports all issues of all files', () => {
    write('good/schema.json');
    write('bad/schema.json', BAD);
    write('worse/schema.json', '{');
    write('Upper/schema.json', 'never read');
    mkdirSync(join(directory, 'empty'));
    expect(listIssues()).toEqual([
      "Upper Upper Invalid namespace name 'Upper': character 'U' not allowed. Use lowercase alphanumeric or '-'",
      'bad/schema.json bad "version" "x" is not two numbers with a point between them, as "1.0"',
      'empty/schema.json empty schema.json is missing; each directory here must have one, so add it or remove the directory',
      'worse/schema.json worse Failed to parse JSON: EOF while parsing an object at line 1 column 2',
    ]);
  });

  it('The message of the error has a block for each file', () => {
    const file = write('bad/schema.json', { ...BAD, properties: { o: 1 } });
    expect(() => load()).toThrow(
      `Schema error in ${file}:\n\t"version" "x" is not two numbers with a point between them, as "1.0"\n\to 1 is not of type "object"; write an object with 'type', 'default', 'description'`,
    );
  });

  it('loadSchemas rejects a missing directory, and a file in place of the directory', () => {
    expect(listIssues({ directory: join(base, 'nowhere') })).toEqual([
      `${join(base, 'nowhere')}  The schemas directory does not exist; create it, or set the base directory that holds it (SENTRY_OPTIONS_DIR or \`directory\`)`,
    ]);
    const file = write('file');
    expect(listIssues({ directory: file })[0]).toMatch(/^file {2}The schemas directory cannot be read \(ENOTDIR/);
  });

  it('loadSchemas rejects a schema.json that is too large or not a regular file', () => {
    truncateSync(write('huge/schema.json'), 8 * 2 ** 20 + 1);
    mkdirSync(join(directory, 'folder', 'schema.json'), { recursive: true });
    mkdirSync(join(directory, 'fifo'));
    execFileSync('mkfifo', [join(directory, 'fifo', 'schema.json')]);
    expect(listIssues()).toEqual([
      'fifo/schema.json fifo schema.json is a FIFO, not a regular file',
      'folder/schema.json folder schema.json is a directory, not a regular file',
      'huge/schema.json huge schema.json must have at most 8388608 bytes; got 8388609',
    ]);
  });
});

describe('loadSchemas with schemas from the settings', () => {
  it('The setting schemas replaces the directory', () => {
    write('a/schema.json', BAD);
    const nowhere = join(base, 'nowhere');
    expect(load({ schemas: { z: GOOD, b: JSON.stringify(GOOD) } })).toEqual(['b', 'z']);
    expect(load({ schemas: { z: GOOD }, directory: nowhere })).toEqual(['z']);
    expect(load({ schemas: {}, directory: nowhere })).toEqual([]);
    expect(loadSchemas({ directory, schemas: { z: GOOD } })[0]?.file).toBe('<schemas.z>');
  });

  it('The setting additionalSchemas adds namespaces, and replaces none', () => {
    write('b/schema.json');
    expect(load({ additionalSchemas: { c: GOOD, a: GOOD } })).toEqual(['a', 'b', 'c']);
    expect(load({ schemas: { x: GOOD }, additionalSchemas: { a: GOOD } })).toEqual(['a', 'x']);
    const duplicate = "Duplicate namespace 'b': an additional schema cannot replace an existing schema; rename it";
    expect(listIssues({ additionalSchemas: { b: GOOD } })).toEqual([`<schemas.b> b ${duplicate}`]);
    // Also if the existing schema is invalid.
    expect(listIssues({ schemas: { b: BAD }, additionalSchemas: { b: GOOD } })).toEqual([
      '<schemas.b> b "version" "x" is not two numbers with a point between them, as "1.0"',
      `<schemas.b> b ${duplicate}`,
    ]);
  });

  it('loadSchemas reports all issues of all schemas from the settings', () => {
    const circular: { self?: object } = {};
    circular.self = circular;
    const found = listIssues({
      schemas: {
        a: '{"a":1,}',
        b: '"\ud800"',
        c: circular,
        d: (() => 1) as unknown as object,
        'e.f': GOOD,
        g: ' '.repeat(8 * 2 ** 20 + 1),
        h: BAD,
      },
    });
    expect(found).toEqual([
      '<schemas.a> a Failed to parse JSON: trailing comma at line 1 column 8',
      '<schemas.b> b must not contain a lone surrogate, which UTF-8 cannot encode',
      expect.stringMatching(
        /^<schemas\.c> c must be .*; JSON\.stringify\(\) threw TypeError: Converting circular structure to JSON/,
      ),
      '<schemas.d> d must be an object or a JSON string; got function',
      "<schemas.e.f> e.f Invalid namespace name 'e.f': character '.' not allowed. Use lowercase alphanumeric or '-'",
      '<schemas.g> g must have at most 8388608 bytes; got 8388609',
      '<schemas.h> h "version" "x" is not two numbers with a point between them, as "1.0"',
    ]);
  });
});
