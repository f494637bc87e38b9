/**
 * The differences from the Rust command line in validating and writing values. `docs/compatibility.md` links to each
 * test by its title.
 */
import { existsSync, mkdirSync, readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { runCliInServer } from '../support/cli-server.js';
import { runCli } from '../support/run-cli.js';
import { option, ValuesTree } from '../support/values-tree.js';

/** Runs `write`, and returns the options in the file that it writes. */
async function writeOptions(tree: ValuesTree, warning = ''): Promise<string> {
  const { code, stderr } = await tree.run('write', ['--out', 'out', '--quiet']);
  expect({ code, stderr }).toEqual({ code: 0, stderr: warning });
  const text = readFileSync(join(tree.directory, 'out/sentry-options-shop-default.json'), 'utf8');
  return text.replace(/^\{"generated_at":"[^"]+","options":(.*)\}$/s, '$1');
}

/** Runs `write` on `yaml`, expects that it writes nothing, and returns its stderr. */
async function readRejection(yaml: string): Promise<string> {
  const tree = new ValuesTree();
  tree.values(yaml);
  const { code, stdout, stderr } = await tree.run('write', ['--out', 'out']);
  expect({ code, stdout, out: existsSync(join(tree.directory, 'out')) }).toEqual({ code: 1, stdout: '', out: false });
  return stderr;
}

describe('issues', () => {
  it('A command reports all issues of all values files, each with its line and column', async () => {
    const tree = new ValuesTree({
      limit: option('integer', 1),
      hosts: option('array', [], { items: { type: 'string' } }),
    });
    tree.write('schemas/cart/schema.json', readFileSync(join(tree.directory, 'schemas/shop/schema.json')));
    tree.write('values/cart/eu/a.yaml', 'options: {limit: x, hosts: [a, 2, 3]}\n');
    tree.write('values/shop/default/a.yaml', 'options:\n  limit: 1\n  limit: 2\n  <<: {a: 1}\n');
    tree.write('values/shop/default/b.yaml', 'options:\n  limit: 1\nmore: 1\n');
    tree.write('values/shop/default/c.yaml', 'options: [\n');
    tree.write('values/shop/EU/a.yaml', 'options: {}\n');
    tree.write('values/shop/old.yml', '');
    tree.write('values/bakery/default/a.yaml', 'options: {}\n');
    const { code, stderr } = await tree.run('validate-values');
    expect(code).toBe(1);
    expect(stderr.split(/^(?=ERROR)/m)).toEqual([
      "ERROR sentry-options: Unknown namespace 'bakery' in file values/bakery/default/a.yaml. No schema found for this namespace. Add it to --schemas, or correct the name of the folder\n",
      'ERROR sentry-options: In file values/cart/eu/a.yaml: Value error for cart:\n' +
        '\thosts/1 2 is not of type "string"; quote it: "2" (values/cart/eu/a.yaml:1:32)\n' +
        '\thosts/2 3 is not of type "string"; quote it: "3" (values/cart/eu/a.yaml:1:35)\n' +
        '\tlimit "x" is not of type "integer" (values/cart/eu/a.yaml:1:18)\n',
      "ERROR sentry-options: Invalid target name 'EU': character 'E' not allowed. Use lowercase alphanumeric or '-', in file values/shop/EU/a.yaml\n",
      'ERROR sentry-options: YAML parse error in values/shop/default/a.yaml:\n' +
        '\toptions: duplicate key "limit"; the first one is in line 2 (values/shop/default/a.yaml:3:3)\n',
      'ERROR sentry-options: In file values/shop/default/a.yaml: Value error for shop:\n' +
        "\tthe merge key '<<' is not supported; write the keys out, or quote '<<' if it is a name (values/shop/default/a.yaml:4:3)\n",
      "ERROR sentry-options: Invalid YAML structure in values/shop/default/b.yaml: expected only top-level keys 'options' and optional 'definitions', found unexpected keys [\"more\"] (values/shop/default/b.yaml:3:1)\n",
      expect.stringMatching(
        /^ERROR sentry-options: YAML parse error in values\/shop\/default\/c.yaml:\n\t.*c.yaml:1:10\)\n$/,
      ),
      'ERROR sentry-options: Invalid file values/shop/old.yml: expected .yaml, found .yml; rename it\n',
      "ERROR sentry-options: Namespace 'cart' is missing required 'default' target: add values/cart/default/values.yaml, which may be as short as 'options: {}'\n",
      "ERROR sentry-options: Duplicate key 'limit' found in values/shop/default/a.yaml:3:3 and values/shop/default/b.yaml:2:3; remove it from one of them\n",
    ]);
  });

  it('A command reports all issues of all schemas, each with its line and column', async () => {
    const tree = new ValuesTree({ a: { type: 'text', default: 1, description: 'an option' } });
    tree.write(
      'schemas/cart/schema.json',
      '{\n  "version": "1",\n  "type": "object",\n  "properties": {\n    "b": {"type": "array", "items": {"type": "integer"},\n          "default": [1, "2"], "description": "an option"}\n  }\n}\n',
    );
    tree.write('schemas/empty/README.md', '');
    tree.write(
      'schemas/open/schema.json',
      '{"version": "1.0", "type": "object",\n "patternProperties": {\n  "^feature\\\\.": {"$ref": 1}}}\n',
    );
    const { code, stderr } = await tree.run('validate-schema');
    expect(code).toBe(1);
    expect(stderr).toBe(
      'ERROR sentry-options: Schema error in schemas/cart/schema.json:\n' +
        '\t"version" "1" is not two numbers with a point between them, as "1.0"; write "1.0" (schemas/cart/schema.json:2:14)\n' +
        '\tb default value does not match schema: "2" is not of type "integer"; write 2 without quotes (at default/1) (schemas/cart/schema.json:6:26)\n' +
        'ERROR sentry-options: Schema error in schemas/empty/schema.json:\n' +
        '\tschema.json is missing; each directory here must have one, so add it or remove the directory\n' +
        'ERROR sentry-options: Schema error in schemas/open/schema.json:\n' +
        '\t"patternProperties/^feature\\\\./$ref" 1 is not of type "string"; it must be "#/definitions/Feature" (schemas/open/schema.json:3:27)\n' +
        'ERROR sentry-options: Schema error in schemas/shop/schema.json:\n' +
        '\ta/type "text" is not one of "string", "integer", "number", "boolean", "array" or "object"; did you mean "string"? (schemas/shop/schema.json:1:60)\n',
    );
  });
});

describe('values', () => {
  it('A command rejects .inf and .nan', async () => {
    expect(await readRejection('numbers: {a: .inf, b: -.INF, c: .nan}')).toBe(
      'ERROR sentry-options: In file values/shop/default/values.yaml: Value error for shop:\n' +
        '\tnumbers/a .inf is a number that JSON cannot represent; quote it if it is a string (values/shop/default/values.yaml:2:16)\n' +
        '\tnumbers/b -.INF is a number that JSON cannot represent; quote it if it is a string (values/shop/default/values.yaml:2:25)\n' +
        '\tnumbers/c .nan is a number that JSON cannot represent; quote it if it is a string (values/shop/default/values.yaml:2:35)\n',
    );
  });

  it('A command rejects custom tags', async () => {
    expect(await readRejection('text: !secret x\nlists: !own [[1]]')).toBe(
      'ERROR sentry-options: In file values/shop/default/values.yaml: Value error for shop:\n' +
        '\tlists has the tag !own, which is not supported; remove the tag, or quote the value (values/shop/default/values.yaml:3:15)\n' +
        '\ttext has the tag !secret, which is not supported; remove the tag, or quote the value (values/shop/default/values.yaml:2:17)\n',
    );
  });

  it('A command rejects the merge key << unless it is quoted', async () => {
    expect(await readRejection('integers: {<<: {a: 1}, b: 2}')).toContain(
      "\tintegers the merge key '<<' is not supported; write the keys out, or quote '<<' if it is a name (values/shop/default/values.yaml:2:14)\n",
    );
    const tree = new ValuesTree();
    tree.values('integers: {"<<": 1}');
    expect(await writeOptions(tree)).toBe('{"integers":{"<<":1}}');
  });

  it('A command warns of integers that a Node.js service rejects', async () => {
    const tree = new ValuesTree({
      huge: option('integer', 0),
      ids: option('array', [], { items: { type: 'integer' } }),
      number: option('number', 0),
    });
    // More integers than a list of issues holds.
    const ids = Array.from({ length: 600 }, (_, index) => 2n ** 60n + BigInt(index));
    tree.values(`huge: -9007199254740993\nids: [${ids.join(', ')}]\nnumber: 1.0e+20`);
    const { code, stderr } = await tree.run('write', ['--out', 'out']);
    expect(code).toBe(0);
    expect(stderr).toContain(
      ' WARN sentry-options: A Node.js service would reject values/shop/default/values.yaml:\n' +
        '\thuge -9007199254740993 is beyond ±(2^53 - 1), the integers that a JavaScript number can hold; lower it, or declare a string (values/shop/default/values.yaml:2:9)\n' +
        '\tids/0 1152921504606846976 is beyond',
    );
    expect(stderr).toMatch(/\n\tand \d+ more\n/);
    const text = readFileSync(join(tree.directory, 'out/sentry-options-shop-default.json'), 'utf8');
    expect(text).toContain(`"options":{"huge":-9007199254740993,"ids":[${ids.join(',')}],"number":1e20}}`);
  });

  it('A command rejects integers of more than 64 bits, with any number of digits', async () => {
    for (const literal of [String(2n ** 64n), String(-(2n ** 63n) - 1n), '1'.repeat(50), `0x${'f'.repeat(40)}`]) {
      expect(await readRejection(`number: ${literal}`)).toMatch(
        /^ERROR .*:\n\toptions.number: the integer \S+ must be between -2\^63 and 2\^64 - 1; lower it, or declare a string and quote it/,
      );
    }
  });

  it('A command rejects more than 127 nested levels, and aliases that expand to more than 8 MiB', async () => {
    expect(await readRejection(`deep: ${'['.repeat(126)}${']'.repeat(126)}`)).toContain('more than 127 nested levels');
    expect(await readRejection(`deep: ${'['.repeat(9_000)}`)).toContain('more than 127 nested levels');
    const text = `&text "${'x'.repeat(1024 * 1024)}"`;
    expect(await readRejection(`text: ${text}\nlists: [${'*text, '.repeat(8)}]`)).toMatch(
      /options\.lists\[7\]: repetition limit exceeded: the aliases up to \*text expand to more than 8388608 characters/,
    );
  });

  it('A command rejects a values file of more than 8 MiB or two million tokens', async () => {
    const tree = new ValuesTree();
    tree.values(`text: "${'x'.repeat(8 * 1024 * 1024)}"`);
    const { code, stderr } = await tree.run('validate-values');
    expect(code).toBe(1);
    expect(stderr).toMatch(/values\.yaml must have at most 8388608 bytes; got \d+/);
    expect(await readRejection(`lists: [[${'1,'.repeat(1_000_000)}]]`)).toContain('more than 2000000 tokens');
  });

  it('A command warns of values that a Node.js service rejects by default', async () => {
    const tree = new ValuesTree();
    tree.values(`text: "${'x'.repeat(2 ** 20)}"`);
    expect((await tree.run('validate-values')).stderr).not.toContain('WARN');
    tree.values(`text: "${'x'.repeat(2 ** 20 + 2 ** 16)}"`);
    const { code, stderr } = await tree.run('validate-values');
    expect(code).toBe(0);
    expect(stderr).toMatch(/\. Its largest option is 'text'\n/);
    expect(stderr).toContain(
      ' WARN sentry-options: A Node.js service would reject the values of shop/default, unless it raises maxFileBytes: ' +
        'values.json must have at most 1114112 bytes; got 11',
    );
    tree.values(`lists: [${'[],'.repeat(2 ** 18)}]`);
    expect((await tree.run('validate-values')).stderr).toContain(
      'unless it raises maxFileBytes in a container with enough memory: ' +
        'values.json must take at most 17.0 MiB of memory once parsed; got about',
    );
  });

  it('A command follows YAML 1.2 if versions differ', async () => {
    const tree = new ValuesTree();
    // An escape of JSON, and a character that YAML 1.1 treats as a line break.
    tree.values('text: "\\uD83D\\uDE00"\ntexts: {a: "b\u0085c"}');
    expect(await writeOptions(tree)).toBe('{"text":"😀","texts":{"a":"b\u0085c"}}');
    expect(await readRejection('text: &a x\ntexts: {*a: y}')).toContain('YAML parse error');
  });
});

describe('messages', () => {
  it('A message escapes line breaks and control characters of files', async () => {
    const tree = new ValuesTree();
    tree.values('"new\\nERROR line\\e[2J": 1\ntexts: {"\\e]0;x\\a": 1}');
    const { code, stderr } = await tree.run('validate-values');
    expect(code).toBe(1);
    expect(stderr.split('\n').filter((line) => line.startsWith('ERROR'))).toHaveLength(1);
    expect(stderr).toContain('key=new\\nERROR line\\u001b[2J');
    expect(stderr).toContain('texts/\\u001b]0;x\\u0007 1 is not of type "string"; quote it: "1"');
    expect(await readRejection('integer: "\\x7F\\L"')).toContain('integer "\\u007f\\u2028" is not of type "integer"');
  });

  it('A message quotes a value as the file has it, not as JavaScript formats it', async () => {
    expect(await readRejection('text: 1.0')).toContain('text 1.0 is not of type "string"; quote it: "1.0"');
    expect(await readRejection('text: 18446744073709551615')).toContain(
      'text 18446744073709551615 is not of type "string"; quote it: "18446744073709551615"',
    );
    expect(await readRejection('text: {10: 1e3, 9: 1, b: 2}')).toContain(
      'text {"10":1000.0,"9":1,"b":2} is not of type',
    );
    expect(await readRejection(`text: [${'1.0, '.repeat(90)}]`)).toContain(
      `text [${'1.0,'.repeat(24)}1.0… is not of type`,
    );
  });
});

describe('a check that checked nothing', () => {
  it.each([
    ['validate-schema', 'none', 'No namespace has a schema: none must have a directory for each namespace'],
    ['validate-schema', 'schemas/shop', 'Did you mean --schemas schemas?'],
    ['generate-types', 'none', 'it has no entries'],
    ['validate-schema', 'linked', '"shop" (a symbolic link to ../schemas/shop; only links through `..data`'],
  ])('A command fails if there is no schema: %s --schemas %s', async (command, schemas, message) => {
    const tree = new ValuesTree();
    tree.write('linked/README.md', '');
    mkdirSync(join(tree.directory, 'none'));
    symlinkSync('../schemas/shop', join(tree.directory, 'linked/shop'));
    const { code, stderr } = await runCli([command, '--schemas', schemas], { cwd: tree.directory });
    expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringContaining(message) });
  });

  it.each(['validate-values', 'write'])('A command fails if there are no values: %s', async (command) => {
    const tree = new ValuesTree();
    const out = command === 'write' ? ['--out', 'out'] : [];
    mkdirSync(join(tree.directory, 'values'));
    const empty = await tree.run(command, out);
    expect([empty.code, empty.stderr]).toEqual([
      1,
      expect.stringContaining('values has no values; expected NAMESPACE/'),
    ]);
    tree.write('values/shop/default/values.json', '{}');
    symlinkSync('../../schemas', join(tree.directory, 'values/shop/eu'));
    symlinkSync('default/values.json', join(tree.directory, 'values/shop/README'));
    const { code, stderr } = await tree.run(command, out);
    expect([code, stderr]).toEqual([
      1,
      expect.stringContaining(
        'that no command reads: values/shop/README, values/shop/default/values.json, values/shop/eu',
      ),
    ]);
    expect(existsSync(join(tree.directory, 'out'))).toBe(false);
  });

  it('A command prints how many schemas and files it read', async () => {
    const tree = new ValuesTree();
    tree.values('integer: 1');
    tree.write('values/shop/eu/a.yaml', 'options: {}\n');
    symlinkSync('shop', join(tree.directory, 'schemas/other'));
    const schema = await tree.run('validate-schema');
    expect(schema.stderr).toContain('No schema is read from links in schemas: "other" (a symbolic link to shop; ');
    expect(schema.stderr).toContain('Schema validation successful schemas=1\n');
    expect((await tree.run('validate-values')).stderr).toContain('Values validation successful schemas=1 files=2\n');
    expect((await tree.run('write', ['--out', 'out'])).stderr).toContain('num_files=2 schemas=1 files=2\n');
  });

  it('A command reads schemas that the kubelet mounts', async () => {
    const tree = new ValuesTree();
    tree.write('mounted/..2026_02_03/shop/schema.json', readFileSync(join(tree.directory, 'schemas/shop/schema.json')));
    symlinkSync('..2026_02_03', join(tree.directory, 'mounted/..data'));
    symlinkSync('..data/shop', join(tree.directory, 'mounted/shop'));
    const { code, stderr } = await runCli(['validate-schema', '--schemas', 'mounted'], { cwd: tree.directory });
    expect({ code, stderr }).toEqual({ code: 0, stderr: expect.stringContaining('successful schemas=1\n') });
  });
});

describe('a wrong path or name', () => {
  it.each([
    ['validate-schema', '--schemas .', '--schemas: no folder in . has a schema.json; did you mean --schemas schemas?'],
    ['validate-schema', '--schemas schemas/shop/schema.json', 'did you mean --schemas schemas?\n'],
    ['validate-schema', '--schemas schemas/shop', 'Did you mean --schemas schemas?\n'],
    ['validate-schema', '--schemas schemsa', '--schemas: schemsa does not exist; did you mean --schemas schemas?\n'],
    ['validate-schema', '--schemas upp/schemas', 'did you mean --schemas up/schemas?\n'],
    ['validate-schema', '--schemas else', 'The schemas directory does not exist; correct --schemas, or create it\n'],
    ['validate-values', '--root valeus', 'The values directory valeus does not exist; did you mean values?\n'],
    ['validate-values', '--root values/shop', 'did you mean --root values?'],
    ['validate-values', '--root values/shop/default', 'did you mean --root values?'],
    ['validate-values', '--root up', 'did you mean --root up/values?'],
    [
      'validate-values',
      '--root values/shop/default/values.yaml',
      '--root must be a directory; got the file values/shop/',
    ],
    [
      'write',
      '--root values --out schemas/shop/schema.json',
      'schemas/shop/schema.json cannot be written (is not a directory)',
    ],
    ['write', '--root values --output-format configmap --namespace shpo --target eu', 'there are values of shop'],
    [
      'write',
      '--root values --output-format configmap --namespace shop --target us',
      'there are values of default, eu',
    ],
  ])('A command says what may be meant: %s %s', async (command, options, message) => {
    const tree = new ValuesTree();
    tree.values('integer: 1');
    tree.write('values/shop/eu/a.yaml', 'options: {}\n');
    tree.write('up/values/shop/eu/a.yaml', 'options: {}\n');
    tree.write('up/schemas/shop/schema.json', readFileSync(join(tree.directory, 'schemas/shop/schema.json')));
    const schemas = options.includes('--schemas') ? [] : ['--schemas', 'schemas'];
    const { code, stderr } = await runCliInServer([command, ...schemas, ...options.split(' ')], {
      cwd: tree.directory,
    });
    expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringContaining(message) });
  });
});
