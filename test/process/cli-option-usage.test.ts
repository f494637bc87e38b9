/** `sentry-options check-option-usage`: the answers of the Rust command line, and what ours adds to them. */
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { temporaryDirectory } from '../support/base.js';
import { replayTopic } from '../support/cli-replay.js';
import { runCli } from '../support/run-cli.js';

replayTopic('option-usage', {
  concurrent: true,
  differences: {
    'root empty': {
      why: 'a check that read nothing must not pass',
      exit: 1,
      stdout: '',
      contains: ['values has no values'],
    },
  },
});

/** Writes `files` below `values`, and runs the command for `deletions`. */
async function check(files: Record<string, string>, deletions: string, root = 'values', more: readonly string[] = []) {
  const directory = temporaryDirectory();
  mkdirSync(join(directory, 'values'));
  for (const [path, text] of Object.entries(files)) {
    const file = join(directory, 'values', path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  }
  symlinkSync('values', join(directory, 'linked'));
  symlinkSync('nowhere', join(directory, 'values/broken.txt'));
  return await runCli(['check-option-usage', '--deletions', deletions, '--root', root, ...more], { cwd: directory });
}

describe('check-option-usage', () => {
  it('check-option-usage ignores the values of options', async () => {
    const text =
      'options: {a: !own 1, b: .inf, c: {~: 1, [x]: 2}, ~: 1, [d]: 1, {e: 1}: 2, f: {<<: {x: 1}}}\nother: {<<: 1}';
    const { code, stdout, stderr } = await check(
      { 'shop/a.yaml': text },
      'shop:a shop:b shop:c shop:d shop:e shop:~ shop:f',
    );
    expect({ code, stdout, stderr }).toEqual({
      code: 0,
      stdout: 'shop:a shop:b shop:c shop:f\n',
      stderr: ' INFO sentry-options: Read values namespaces=1 files=1\n',
    });
  });

  it('With --exit-code, check-option-usage fails if values set any of the options', async () => {
    const files = { 'shop/eu/a.yaml': 'options: {a: 1, c: 1}' };
    const used = await check(files, 'shop:a shop:b shop:c', 'values', ['--exit-code', '--quiet']);
    expect(used).toMatchObject({
      code: 1,
      stdout: 'shop:a shop:c\n',
      stderr:
        'ERROR sentry-options: Values below values still set shop:a shop:c. Remove these values first, and the options later\n',
    });
    const json = await check(files, 'shop:a shop:b', 'values', ['--json', '--quiet']);
    expect([json.code, JSON.parse(json.stdout)]).toEqual([0, { used: ['shop:a'], unused: ['shop:b'] }]);
    const unused = await check(files, 'shop:b', 'values', ['--exit-code', '--quiet']);
    expect(unused).toMatchObject({ code: 0, stdout: '\n', stderr: '' });
  });

  it('check-option-usage reads all .yaml files, even hidden ones, below a root that is a link', async () => {
    const files = {
      'shop/.yaml': 'options: {a: 1}',
      'shop/a.YAML': 'options: {a: 1}',
      'shop/a.yml': 'options: {a: 1}',
      'shop/a.txt': '[',
      '.hidden/.b.yaml': 'options: {b: 1}',
      'c.yaml/c.yaml': 'options: {c: 1}',
    };
    const { stdout } = await check(files, 'shop:a .hidden:b c.yaml:c', 'linked');
    expect(stdout).toBe('.hidden:b c.yaml:c\n');
  });

  it('check-option-usage reports all issues of files and of --deletions, each with its place', async () => {
    const files = {
      'a/empty.yaml': '',
      'b/list.yaml': 'options:\n  - a',
      'c/merged.yaml': 'options:\n  <<: {a: 1}\n  !own b: 1',
      'd/own.yaml': 'options: !own {a: 1}',
      'e/syntax.yaml': 'options: {\n',
      'f/twice.yaml': 'options: {a: 1, a: 2}',
    };
    const { code, stdout, stderr } = await check(files, 'a:a limit');
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    const structure = "expected the key 'options' with a mapping";
    const own = 'has the tag !own, which is not supported; remove the tag, or quote the value';
    const merge = "the merge key '<<' is not supported; write the keys out, or quote '<<' if it is a name";
    expect(stderr.replace(/(?<=^\t).*(?= \(values\/e)/m, 'SYNTAX')).toBe(
      [
        `ERROR sentry-options: Invalid YAML structure in values/a/empty.yaml: ${structure} (values/a/empty.yaml:1:1)`,
        `ERROR sentry-options: Invalid YAML structure in values/b/list.yaml: ${structure} (values/b/list.yaml:2:3)`,
        'ERROR sentry-options: YAML parse error in values/c/merged.yaml:',
        `\toptions ${merge} (values/c/merged.yaml:2:3)`,
        `\toptions ${own} (values/c/merged.yaml:3:8)`,
        'ERROR sentry-options: YAML parse error in values/d/own.yaml:',
        `\toptions ${own} (values/d/own.yaml:1:15)`,
        'ERROR sentry-options: YAML parse error in values/e/syntax.yaml:',
        '\tSYNTAX (values/e/syntax.yaml:1:10)',
        'ERROR sentry-options: YAML parse error in values/f/twice.yaml:',
        '\toptions duplicate key "a"; the first one is in line 1 (values/f/twice.yaml:1:17)',
        "ERROR sentry-options: Invalid key format 'limit', expected 'namespace:option'",
        '',
      ].join('\n'),
    );
  });

  it('check-option-usage rejects a file as --root', async () => {
    const { code, stderr } = await check({ 'a.yaml': 'options: {a: 1}' }, 'a:a', 'values/a.yaml');
    expect(code).toBe(1);
    expect(stderr).toBe(
      'ERROR sentry-options: --root must be a directory with a folder for each namespace; got the file values/a.yaml\n',
    );
  });

  it('check-option-usage accepts the output of validate-schema-changes', async () => {
    const { stdout } = await check({ 'shop/default/a.yaml': 'options: {a.c: 1}' }, 'shop:B shop:a shop:a.c\n');
    expect(stdout).toBe('shop:a.c\n');
  });

  it.each([
    [{}, 'shop:a', 'values', 'values has no values; expected files NAMESPACE/TARGET/FILE.yaml below it. It has only'],
    [
      { 'shop/eu/a.yml': 'options: {a: 1}' },
      'shop:a',
      'values',
      'no command reads: values/broken.txt, values/shop/eu/a.yml',
    ],
    [
      { 'shop/eu/a.yaml': 'options: {a: 1}' },
      'shop:a',
      'values/shop',
      "Unknown namespace 'shop' in --deletions: values/shop has values of eu",
    ],
    [
      { 'shop/eu/a.yaml': 'options: {a: 1}' },
      'shop:a',
      '.',
      "Unknown namespace 'shop' in --deletions: . has values of values",
    ],
    [{ 'shop/eu/a.yaml': 'options: {a: 1}' }, 'shpo:a', 'values', "Unknown namespace 'shpo' in --deletions"],
    [
      { 'shop/eu/a.yaml': 'options: {a: 1}' },
      'shop:a,shop:b',
      'values',
      'separate the options by spaces, not by commas',
    ],
    [
      { 'shop/eu/a.yaml': 'options: {a: 1}' },
      'shop:b, shop:c',
      'values',
      'separate the options by spaces, not by commas',
    ],
    [{ 'shop/eu/a.yaml': 'options: {a: 1}' }, 'shop:b,c', 'values', undefined],
    [{ 'shop/eu/a.yaml': 'options: {a: 1}' }, 'shop:b cart:c', 'values', undefined],
    [{}, '', 'values', undefined],
  ])(
    'check-option-usage fails if it read nothing of a namespace: %j, --deletions %j, --root %j',
    async (files, deletions, root, message) => {
      const { code, stdout, stderr } = await check(files, deletions, root);
      if (message === undefined) expect({ code, stdout }).toEqual({ code: 0, stdout: '\n' });
      else expect({ code, stdout, stderr }).toEqual({ code: 1, stdout: '', stderr: expect.stringContaining(message) });
    },
  );
});
