/** Likely mistakes in values that are valid: what commands warn of, and what `--strict` makes an error. */
import { describe, expect, it } from 'vitest';
import { runCliInServer } from '../support/cli-server.js';
import { option, ValuesTree } from '../support/values-tree.js';

/** Runs a command on the tree. */
async function run(tree: ValuesTree, command: string, ...args: readonly string[]) {
  const words = [command, '--schemas', 'schemas', '--root', 'values', '--quiet', ...args];
  return await runCliInServer(words, { cwd: tree.directory });
}

const PROPERTIES = { 'page-size': option('integer', 20), hosts: option('array', [], { items: { type: 'string' } }) };
const FILE = 'values/shop/default/values.yaml';

describe('an option that no schema declares', () => {
  const makeTree = (): ValuesTree => {
    const tree = new ValuesTree(PROPERTIES);
    tree.values('pagesize: 10\nnew-thing: 1\nhosts: [a]');
    return tree;
  };

  it('A warning names the similar option, if there is one', async () => {
    const { code, stderr } = await run(makeTree(), 'validate-values');
    expect(code).toBe(0);
    const expected = 'This is expected during deployments when values are updated before schemas.';
    expect(stderr.split('\n')).toEqual([
      ` WARN sentry-options: Ignoring unknown option. ${expected} key=new-thing namespace=shop place=${FILE}:3:3`,
      ` WARN sentry-options: Ignoring unknown option; did you mean 'page-size'? ${expected} key=pagesize namespace=shop place=${FILE}:2:3`,
      '',
    ]);
  });

  it.each([['validate-values'], ['write', '--out', 'out']])(
    'With --strict, it is an error of each command that checks values: %s',
    async (command, ...args) => {
      const { code, stderr } = await run(makeTree(), command, ...args, '--strict');
      expect(code).toBe(1);
      expect(stderr).toBe(
        `ERROR sentry-options: In file ${FILE}: Value error for shop:\n` +
          `\tnew-thing is not declared in the schema; declare it first, or remove it (${FILE}:3:3)\n` +
          `\tpagesize is not declared in the schema; did you mean 'page-size'? (${FILE}:2:3)\n`,
      );
    },
  );
});

describe('an integer that a Node.js service rejects', () => {
  it('With --strict, it is an error, in values and in schemas', async () => {
    const tree = new ValuesTree(PROPERTIES);
    tree.values('page-size: 9007199254740993');
    const beyond =
      'is beyond ±(2^53 - 1), the integers that a JavaScript number can hold; lower it, or declare a string';
    expect((await run(tree, 'validate-values')).code).toBe(0);
    expect(await run(tree, 'validate-values', '--strict')).toMatchObject({
      code: 1,
      stderr: `ERROR sentry-options: In file ${FILE}: Value error for shop:\n\tpage-size 9007199254740993 ${beyond} (${FILE}:2:14)\n`,
    });
    const properties = '{"page-size": {"type": "integer", "default": 9007199254740993, "description": "d"}}';
    tree.write('schemas/shop/schema.json', `{"version": "1.0", "type": "object", "properties": ${properties}}`);
    expect((await run(tree, 'validate-values')).code).toBe(0);
    const strict = await run(tree, 'validate-values', '--strict');
    expect(strict.code).toBe(1);
    expect(strict.stderr).toContain(
      `ERROR sentry-options: Schema error in schemas/shop/schema.json:\n\tpage-size default value does not match schema: 9007199254740993 ${beyond}`,
    );
  });
});

describe('a schema that is not JSON', () => {
  it.each([
    ['// a comment', 'key must be a string at line 2 column 1; JSON has no comments'],
    ["'a': 1,", 'key must be a string at line 2 column 1; write double quotes'],
    ['<<<<<<< HEAD', 'key must be a string at line 2 column 1; resolve the merge conflict of git'],
  ])('The message says what to do: %s', async (line, message) => {
    const tree = new ValuesTree(PROPERTIES);
    tree.write('schemas/shop/schema.json', `{\n${line}\n"version": "1.0"}`);
    tree.values('hosts: [a]');
    const { code, stderr } = await run(tree, 'validate-values');
    expect([code, stderr]).toEqual([1, expect.stringContaining(`${message} (schemas/shop/schema.json:2:1)`)]);
  });
});

describe('a key that is there twice', () => {
  it('A warning names both places in a schema, and with --strict it is an error', async () => {
    const tree = new ValuesTree(PROPERTIES);
    tree.values('hosts: [a]');
    const definition = '{"type": "string", "default": "b", "default": "", "description": "d"}';
    const path = 'schemas/shop/schema.json';
    tree.write(path, `{"version": "1.0", "type": "object",\n"properties": {"hosts": ${definition},\n"hosts": {}}}`);
    // An issue of the schema comes first.
    expect((await run(tree, 'validate-values')).stderr).not.toContain('twice');
    tree.write(path, `{"version": "1.0", "type": "object",\n"properties": {"a": {},\n"a": ${definition}}}`);
    const lines =
      `\tthe key "a" is there twice, and only the last one counts: remove the one at ${path}:2:16 (${path}:3:1)\n` +
      `\tthe key "default" is there twice, and only the last one counts: remove the one at ${path}:3:25 (${path}:3:41)\n`;
    const lenient = await run(tree, 'validate-values');
    expect([lenient.code, lenient.stderr]).toEqual([
      0,
      expect.stringContaining(` WARN sentry-options: Probably not meant in ${path}:\n${lines}`),
    ]);
    const strict = await run(tree, 'validate-values', '--strict');
    expect([strict.code, strict.stderr]).toEqual([1, `ERROR sentry-options: Schema error in ${path}:\n${lines}`]);
  });

  it('A warning names both places of options, and with --strict it is an error', async () => {
    const tree = new ValuesTree(PROPERTIES);
    tree.write(FILE, 'options: {hosts: [a]}\noptions:\n  page-size: 3\n');
    const message = `the key 'options' is there twice, and only the last one counts: move here what is below the one at ${FILE}:1:1`;
    expect(await run(tree, 'validate-values')).toMatchObject({
      code: 0,
      stderr: ` WARN sentry-options: Probably not meant: ${message} place=${FILE}:2:1\n`,
    });
    expect(await run(tree, 'validate-values', '--strict')).toMatchObject({
      code: 1,
      stderr: `ERROR sentry-options: Invalid YAML structure in ${FILE}: ${message} (${FILE}:2:1)\n`,
    });
  });
});

describe('an entry of a list that is indented too deep', () => {
  it.each([
    ['- a\n     - b\n    - c', 4],
    ['- a\n\n      - b', 5],
    ['- a\r\n      more\r\n      - b', 5],
  ])(
    'A warning has its line, since it continues the text above, and with --strict it is an error: %j',
    async (lines, line) => {
      const tree = new ValuesTree(PROPERTIES);
      tree.write(FILE, `options:\n  hosts:\n    ${lines}\n`);
      const message =
        '"- " begins no entry here, since the line continues the text above; correct its indentation, or put the text in quotes';
      const lenient = await run(tree, 'validate-values');
      expect([lenient.code, lenient.stderr]).toEqual([
        0,
        expect.stringMatching(
          new RegExp(`^ WARN sentry-options: Probably not meant: ${message} place=${FILE}:${line}:\\d\n$`),
        ),
      ]);
      const strict = await run(tree, 'validate-values', '--strict');
      expect([strict.code, strict.stderr]).toEqual([
        1,
        expect.stringContaining(`Invalid YAML structure in ${FILE}: ${message} (${FILE}:${line}:`),
      ]);
    },
  );

  it('Text in quotes, a block and a dash within a line are meant', async () => {
    const tree = new ValuesTree(PROPERTIES);
    tree.write(FILE, 'options:\n  hosts:\n    - "a\n      - b"\n    - |\n      c\n      - d\n    - e - f\n      -g\n');
    expect(await run(tree, 'validate-values', '--strict')).toMatchObject({ code: 0, stderr: '' });
  });
});

describe('a folder of a target', () => {
  /** Returns a tree with these targets of namespaces. */
  function makeTargets(targets: readonly string[]): ValuesTree {
    const tree = new ValuesTree(PROPERTIES);
    tree.write('schemas/cart/schema.json', '{"version": "1.0", "type": "object", "properties": {}}');
    for (const path of ['shop/default', 'cart/default', ...targets])
      tree.write(`values/${path}/a.yaml`, 'options: {}\n');
    return tree;
  }

  async function findWarnings(targets: readonly string[]): Promise<readonly string[]> {
    const { code, stderr } = await run(makeTargets(targets), 'validate-values', '--strict');
    expect(code).toBe(0);
    return stderr.split('\n').filter((line) => line !== '');
  }

  const COMMENT = " If it is meant, write the comment '# sentry-options-ignore lone-target' into a file in it";

  it('A comment in a file of the target says that it is meant', async () => {
    const tree = makeTargets(['shop/eu', 'shop/mars', 'cart/eu']);
    tree.write('values/shop/mars/b.yaml', '# sentry-options-ignore lone-target: only the shop is there\noptions: {}\n');
    expect(await run(tree, 'validate-values')).toMatchObject({ code: 0, stderr: '' });
  });

  it('A warning names the target that no other namespace has, and the similar one', async () => {
    expect(await findWarnings(['shop/eu-west', 'shop/us', 'cart/eu-wset', 'cart/us'])).toEqual([
      " WARN sentry-options: Only shop has the target 'eu-west', and only cart has 'eu-wset': one of values/shop/eu-west and values/cart/eu-wset is probably misspelled. Rename that one. If both are meant, write the comment '# sentry-options-ignore lone-target' into a file in each",
    ]);
    expect(await findWarnings(['shop/eu', 'shop/mars', 'cart/eu'])).toEqual([
      " WARN sentry-options: No other namespace has the target 'mars' of values/shop/mars; the others have eu. Rename the folder if it is misspelled." +
        COMMENT,
    ]);
  });

  it('As an annotation, the warning is about a file of the target', async () => {
    const tree = makeTargets(['shop/eu', 'shop/mars', 'cart/eu']);
    const { stderr } = await run(tree, 'validate-values', '--format', 'github');
    expect(stderr).toContain('::warning file=values/shop/mars/a.yaml::No other namespace has');
  });

  it('There is no warning if only one namespace has targets, or if all have the same', async () => {
    expect(await findWarnings(['shop/eu', 'shop/us'])).toEqual([]);
    expect(await findWarnings(['shop/eu', 'cart/eu'])).toEqual([]);
  });

  it('A file of a namespace that is misspelled, or of one without the target default, says what to do', async () => {
    const tree = new ValuesTree(PROPERTIES);
    tree.write('values/shpo/default/a.yaml', 'options: {}\n');
    tree.write('values/shop/eu/a.yaml', 'options: {}\n');
    tree.write('values/shop/us/a.yaml', 'option: {}\n');
    const { code, stderr } = await run(tree, 'validate-values');
    expect(code).toBe(1);
    expect(stderr.split('\n')).toEqual([
      `ERROR sentry-options: Invalid YAML structure in values/shop/us/a.yaml: expected only top-level keys 'options' and optional 'definitions', found unexpected keys ["option"]; did you mean 'options'? (values/shop/us/a.yaml:1:1)`,
      "ERROR sentry-options: Unknown namespace 'shpo' in file values/shpo/default/a.yaml. No schema found for this namespace. Did you mean 'shop'?",
      '',
    ]);
  });

  it('One message names a folder whose name is wrong, or a file with another extension, and nothing that follows', async () => {
    const tree = new ValuesTree(PROPERTIES);
    for (const target of ['default', 'eu', 'us']) tree.write(`values/shpo/${target}/a.yaml`, 'options: {}\n');
    tree.write('values/shop/default/a.yml', 'options: {}\n');
    tree.write('values/shop/US/a.yaml', 'options: {}\n');
    tree.write('values/shop/US/b.yaml', 'options: {}\n');
    tree.write('values/shop/de/a.yaml', 'options: {}\n');
    const { stderr } = await run(tree, 'validate-values');
    expect(stderr.split('\n').map((line) => line.replace('ERROR sentry-options: ', ''))).toEqual([
      "Invalid target name 'US': character 'U' not allowed. Use lowercase alphanumeric or '-', in file values/shop/US/a.yaml and 1 more",
      'Invalid file values/shop/default/a.yml: expected .yaml, found .yml; rename it',
      "Unknown namespace 'shpo' in file values/shpo/default/a.yaml and 2 more. No schema found for this namespace. Did you mean 'shop'?",
      '',
    ]);
  });

  it.each([
    ['.', 'values'],
    ['values/shop', 'values'],
    ['values/shop/eu', 'values'],
  ])('A root that is too high or too deep is one message, even beside a copy: --root %s', async (root, meant) => {
    const tree = makeTargets(['shop/eu', 'cart/eu']);
    tree.write('backup/values/shop/eu/a.yaml', 'options: {}\n');
    tree.write('.github/workflows/a.yaml', 'on: push\n');
    const { code, stderr } = await runCliInServer(['validate-values', '--schemas', 'schemas', '--root', root], {
      cwd: tree.directory,
    });
    expect([code, stderr]).toEqual([
      1,
      `ERROR sentry-options: --root: no file of ${root} is at NAMESPACE/TARGET/FILE.yaml with a namespace that has a schema; did you mean --root ${meant}?\n`,
    ]);
  });

  it('Of several roots beside each other, the message names all', async () => {
    const tree = makeTargets([]);
    tree.write('main-values/shop/default/a.yaml', 'options: {}\n');
    const { stderr } = await runCliInServer(['validate-values', '--schemas', 'schemas', '--root', '.'], {
      cwd: tree.directory,
    });
    expect(stderr).toContain('; did you mean --root main-values or --root values?\n');
  });

  it('A file without `options:`, or whose option is not indented, says where options belong', async () => {
    const tree = new ValuesTree(PROPERTIES);
    tree.write('values/shop/default/a.yaml', '  page-size: 1\n');
    tree.write('values/shop/default/b.yaml', 'options: {}\npage-size: 1\nextra: 1\n');
    tree.write('values/shop/eu/a.yaml', 'options:\n  hosts [a]\n');
    tree.write('values/shop/eu/b.yaml', 'options:\n  - hosts: [a]\n');
    tree.write('values/shop/eu/c.yaml', 'options:\n<<<<<<< HEAD\n  hosts: [a]\n=======\n  hosts: [b]\n>>>>>>> topic\n');
    const { stderr } = await run(tree, 'validate-values');
    for (const text of [
      "expected 'options' to be a mapping; write each option as 'name: value', with a colon and a space (values/shop/eu/a.yaml:2:3)",
      "expected 'options' to be a mapping; write each option as 'name: value', without '- ' (values/shop/eu/b.yaml:2:3)",
      'a merge conflict of git begins here; resolve it (values/shop/eu/c.yaml:2:1)',
    ]) {
      expect(stderr).toContain(text);
    }
    expect(stderr.match(/found unexpected keys .*/g)).toEqual([
      `found unexpected keys ["page-size"]; indent options below 'options:' (values/shop/default/a.yaml:1:3)`,
      `found unexpected keys ["extra", "page-size"]; indent options below 'options:' (values/shop/default/b.yaml:2:1)`,
    ]);
  });
});
