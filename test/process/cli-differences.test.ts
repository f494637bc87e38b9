/**
 * Where the command line answers otherwise than the family's when it checks and writes values: each difference of
 * `docs/compatibility.md` has its test here.
 */
import { existsSync, readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { option, ValuesTree } from '../support/values-tree.js';

/** What `values` are, as written to `values.json`. */
async function written(tree: ValuesTree): Promise<string> {
  const { code, stderr } = await tree.run('write', ['--out', 'out', '--quiet']);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  const text = readFileSync(join(tree.directory, 'out/sentry-options-shop-default.json'), 'utf8');
  return text.replace(/^\{"generated_at":"[^"]+","options":(.*)\}$/s, '$1');
}

/** The lines in which `yaml` is refused. */
async function rejection(yaml: string): Promise<string> {
  const tree = new ValuesTree();
  tree.values(yaml);
  const { code, stdout, stderr } = await tree.run('write', ['--out', 'out']);
  expect({ code, stdout, out: existsSync(join(tree.directory, 'out')) }).toEqual({ code: 1, stdout: '', out: false });
  return stderr;
}

describe('issues', () => {
  it('are told of all files at once, each with its line and column', async () => {
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
      "ERROR sentry-options: Unknown namespace 'bakery' in file values/bakery/default/a.yaml. No schema found for this namespace.\n",
      'ERROR sentry-options: In file values/cart/eu/a.yaml: Value error for cart:\n' +
        '\thosts/1 2 is not of type "string" (values/cart/eu/a.yaml:1:32)\n' +
        '\thosts/2 3 is not of type "string" (values/cart/eu/a.yaml:1:35)\n' +
        '\tlimit "x" is not of type "integer" (values/cart/eu/a.yaml:1:18)\n',
      "ERROR sentry-options: Invalid target name 'EU': character 'E' not allowed. Use lowercase alphanumeric or '-', in file values/shop/EU/a.yaml\n",
      'ERROR sentry-options: YAML parse error in values/shop/default/a.yaml:\n' +
        '\toptions: duplicate key "limit" (values/shop/default/a.yaml:3:3)\n',
      'ERROR sentry-options: In file values/shop/default/a.yaml: Value error for shop:\n' +
        "\tthe key '<<' merges nothing here; write the keys out, or quote it if it is one (values/shop/default/a.yaml:4:3)\n",
      'ERROR sentry-options: Invalid YAML structure in values/shop/default/b.yaml: expected exactly one top level key \'options\', found ["options", "more"] (values/shop/default/b.yaml:3:1)\n',
      expect.stringMatching(
        /^ERROR sentry-options: YAML parse error in values\/shop\/default\/c.yaml:\n\t.*c.yaml:2:1\)\n$/,
      ),
      'ERROR sentry-options: Invalid file values/shop/old.yml: expected .yaml, found .yml; rename it\n',
      "ERROR sentry-options: Namespace 'cart' is missing required 'default' target\n",
      "ERROR sentry-options: Duplicate key 'limit' found in values/shop/default/a.yaml and values/shop/default/b.yaml\n",
    ]);
  });

  it('of schemas are told of all files at once, each with its line and column', async () => {
    const tree = new ValuesTree({ a: { type: 'text', default: 1, description: 'an option' } });
    tree.write(
      'schemas/cart/schema.json',
      '{\n  "version": "1",\n  "type": "object",\n  "properties": {\n    "b": {"type": "array", "items": {"type": "integer"},\n          "default": [1, "2"], "description": "an option"}\n  }\n}\n',
    );
    tree.write('schemas/empty/README.md', '');
    const { code, stderr } = await tree.run('validate-schema');
    expect(code).toBe(1);
    expect(stderr).toBe(
      'ERROR sentry-options: Schema error in schemas/cart/schema.json:\n' +
        '\t"version" "1" does not match "^[0-9]+\\.[0-9]+$" (schemas/cart/schema.json:2:14)\n' +
        '\tb default value does not match schema: "2" is not of type "integer" (at default/1) (schemas/cart/schema.json:6:26)\n' +
        'ERROR sentry-options: Schema error in schemas/empty/schema.json:\n' +
        '\tThere is no schema.json; every folder here has to have one, so add it or remove the folder\n' +
        'ERROR sentry-options: Schema error in schemas/shop/schema.json:\n' +
        '\ta/type "text" is not one of "string", "integer" or 4 other candidates (schemas/shop/schema.json:1:60)\n',
    );
  });
});

describe('values', () => {
  it('that JSON cannot hold are refused: infinities, and what is no number', async () => {
    expect(await rejection('numbers: {a: .inf, b: -.INF, c: .nan}')).toBe(
      'ERROR sentry-options: In file values/shop/default/values.yaml: Value error for shop:\n' +
        '\tnumbers/a .inf is a number that JSON cannot hold; quote it if it is a text (values/shop/default/values.yaml:2:16)\n' +
        '\tnumbers/b -.INF is a number that JSON cannot hold; quote it if it is a text (values/shop/default/values.yaml:2:25)\n' +
        '\tnumbers/c .nan is a number that JSON cannot hold; quote it if it is a text (values/shop/default/values.yaml:2:35)\n',
    );
  });

  it('with a tag of their own are refused', async () => {
    expect(await rejection('text: !secret x\nlists: !own [[1]]')).toBe(
      'ERROR sentry-options: In file values/shop/default/values.yaml: Value error for shop:\n' +
        '\tlists has the tag !own, which means nothing here; remove it, or quote what it belongs to (values/shop/default/values.yaml:3:15)\n' +
        '\ttext has the tag !secret, which means nothing here; remove it, or quote what it belongs to (values/shop/default/values.yaml:2:17)\n',
    );
  });

  it('are not merged by <<, which is refused unless it is quoted', async () => {
    expect(await rejection('integers: {<<: {a: 1}, b: 2}')).toContain(
      "\tintegers the key '<<' merges nothing here; write the keys out, or quote it if it is one (values/shop/default/values.yaml:2:14)\n",
    );
    const tree = new ValuesTree();
    tree.values('integers: {"<<": 1}');
    expect(await written(tree)).toBe('{"integers":{"<<":1}}');
  });

  it('may be integers that a service refuses, with a warning', async () => {
    const tree = new ValuesTree({
      huge: option('integer', 0),
      ids: option('array', [], { items: { type: 'integer' } }),
      number: option('number', 0),
    });
    // More of them than a list of issues has room for.
    const ids = Array.from({ length: 600 }, (_, index) => 2n ** 60n + BigInt(index));
    tree.values(`huge: -9007199254740993\nids: [${ids.join(', ')}]\nnumber: 1.0e+20`);
    const { code, stderr } = await tree.run('write', ['--out', 'out']);
    expect(code).toBe(0);
    expect(stderr).toContain(
      ' WARN sentry-options: A service that runs on Node.js would refuse values/shop/default/values.yaml:\n' +
        '\thuge -9007199254740993 is beyond ±(2^53 - 1), the integers that a JavaScript number can hold; make it a string (values/shop/default/values.yaml:2:9)\n' +
        '\tids/0 1152921504606846976 is beyond',
    );
    expect(stderr).toMatch(/\n\tand \d+ more\n/);
    const text = readFileSync(join(tree.directory, 'out/sentry-options-shop-default.json'), 'utf8');
    expect(text).toContain(`"options":{"huge":-9007199254740993,"ids":[${ids.join(',')}],"number":1e20}}`);
  });

  it('are no integers of more than 64 bits, however many digits they have', async () => {
    for (const literal of [String(2n ** 64n), String(-(2n ** 63n) - 1n), '1'.repeat(50), `0x${'f'.repeat(40)}`]) {
      expect(await rejection(`number: ${literal}`)).toMatch(
        /^ERROR .*:\n\toptions.number: the integer \S+ is not between -2\^63 and 2\^64 - 1; make it a text, or a float/,
      );
    }
  });

  it('are at most 127 lists and mappings in one another, and what aliases repeat at most 8 MiB', async () => {
    expect(await rejection(`deep: ${'['.repeat(126)}${']'.repeat(126)}`)).toContain(
      'more than 127 levels in one another',
    );
    expect(await rejection(`deep: ${'['.repeat(9_000)}`)).toContain('more than 127 levels in one another');
    const bomb = Array.from(
      { length: 9 },
      (_, level) => `l${level + 1}: &l${level + 1} [${`*l${level}, `.repeat(10)}]`,
    );
    expect(await rejection(['l0: &l0 [x]', ...bomb].join('\n'))).toMatch(
      /options\.l\d\[\d\]: the aliases up to \*l\d repeat more than 8388608 characters/,
    );
  });

  it('are at most 8 MiB of a file, and two million tokens', async () => {
    const tree = new ValuesTree();
    tree.values(`text: "${'x'.repeat(8 * 1024 * 1024)}"`);
    const { code, stderr } = await tree.run('validate-values');
    expect(code).toBe(1);
    expect(stderr).toMatch(/values\.yaml has \d+ bytes; at most 8388608 are read/);
    expect(await rejection(`lists: [[${'1,'.repeat(1_000_000)}]]`)).toContain('more than 2000000 tokens');
  });

  it('are read by YAML 1.2 where versions differ', async () => {
    const tree = new ValuesTree();
    // Escaped as JSON has it, and a line end that others fold.
    tree.values('text: "\\uD83D\\uDE00"\ntexts: {a: "b\u0085c"}');
    expect(await written(tree)).toBe('{"text":"😀","texts":{"a":"b\u0085c"}}');
    expect(await rejection('text: &a x\ntexts: {*a: y}')).toContain('YAML parse error');
  });
});

describe('messages', () => {
  it('show what files say on one line, and nothing that a terminal obeys', async () => {
    const tree = new ValuesTree();
    tree.values('"new\\nERROR line\\e[2J": 1\ntexts: {"\\e]0;x\\a": 1}');
    const { code, stderr } = await tree.run('validate-values');
    expect(code).toBe(1);
    expect(stderr.split('\n').filter((line) => line.startsWith('ERROR'))).toHaveLength(1);
    expect(stderr).toContain('key=new\\nERROR line\\u001b[2J');
    expect(stderr).toContain('texts/\\u001b]0;x\\u0007 1 is not of type "string"');
    expect(await rejection('integer: "\\x7F\\L"')).toContain('integer "\\u007f\\u2028" is not of type "integer"');
  });

  it('show a value as it was written, not as JavaScript has it', async () => {
    expect(await rejection('text: 1.0')).toContain('text 1.0 is not of type "string"');
    expect(await rejection('text: 18446744073709551615')).toContain(
      'text 18446744073709551615 is not of type "string"',
    );
    expect(await rejection('text: {10: 1e3, 9: 1, b: 2}')).toContain('text {"10":1000.0,"9":1,"b":2} is not of type');
    expect(await rejection(`text: [${'1.0, '.repeat(90)}]`)).toContain(`text [${'1.0,'.repeat(24)}1.0… is not of type`);
  });
});

it('a directory of values that is a link is followed, those below it are not', async () => {
  const tree = new ValuesTree();
  tree.write('elsewhere/shop/default/a.yaml', 'options: {integer: 7}\n');
  symlinkSync('elsewhere', join(tree.directory, 'values'));
  symlinkSync('../elsewhere', join(tree.directory, 'elsewhere/again'));
  expect(await written(tree)).toBe('{"integer":7}');
});
