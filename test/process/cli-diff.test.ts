/** `sentry-options diff` of two roots: the answers of the Rust command line, and what ours adds to them. */
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { compareRoots } from '../../src/cli/inspect/effective.js';
import { formatRootsText } from '../../src/cli/inspect/format-roots.js';
import type { YamlNode } from '../../src/cli/yaml/node.js';
import { parseYaml } from '../../src/cli/yaml/parse.js';
import { compileSchema } from '../../src/schema/namespace-schema.js';
import { replayTopic } from '../support/cli-replay.js';
import { runCliInServer } from '../support/cli-server.js';
import { hasScript, runOnTerminal } from '../support/terminal.js';
import { option, ValuesTree } from '../support/values-tree.js';

replayTopic('diff', {
  concurrent: true,
  differences: {
    'unknown options: what is no JSON': {
      why: 'ours rejects it instead of converting it silently',
      exit: 1,
      stdout: '',
      contains: ['a .inf is a number that JSON cannot represent', 'c has the tag !own, which is not supported'],
    },
  },
});

const ROOTS = ['--schemas', 'schemas', '--base', 'base', '--head', 'head'];
const FLAG = { owner: { team: 'cart' }, created_at: '2026-01-21' };
const flag = (rollout: number): string =>
  JSON.stringify({ ...FLAG, segments: [{ name: 'a\u001B[31mb', rollout, conditions: [] }] });

/** Creates two roots that differ in each way. */
function makeRoots(): ValuesTree {
  const tree = new ValuesTree({
    limit: option('integer', 10),
    hosts: option('array', [], { items: { type: 'string' } }),
    'feature.cart': { $ref: '#/definitions/Feature' },
  });
  tree.write('base/shop/default/a.yaml', `options: {limit: 1, feature.cart: ${flag(5)}}`);
  tree.write('base/shop/eu/a.yaml', 'options: {}');
  tree.write('base/shop/gone/a.yaml', 'options: {}');
  tree.write('head/shop/default/a.yaml', `options: {limit: 2, feature.cart: ${flag(10)}, "odd\\nkey": "\\e[2J"}`);
  tree.write('head/shop/eu/a.yaml', 'options: {hosts: [a, b]}');
  return tree;
}

async function diff(args: readonly string[], { directory }: ValuesTree = makeRoots()) {
  const { code, stdout, stderr } = await runCliInServer(['diff', ...args], { cwd: directory });
  return { code, stdout, stderr };
}

describe('diff of two roots', () => {
  it('diff prints JSON that a program can parse, even with the names and values of a hostile file', async () => {
    const { code, stdout } = await diff(ROOTS);
    expect(code).toBe(0);
    const { changes, removed_targets: removed } = JSON.parse(stdout);
    expect(changes.map(({ key }: { key: string }) => key)).toEqual(['feature.cart', 'hosts', 'limit', 'odd\nkey']);
    expect(changes.at(-1)).toEqual({
      namespace: 'shop',
      target: 'eu',
      key: 'odd\nkey',
      before: { source: 'unset' },
      after: { value: '\u001B[2J', source: 'default' },
    });
    expect(removed).toEqual([{ namespace: 'shop', target: 'gone' }]);
    expect((await diff([...ROOTS, '--json', '--quiet'])).stdout).toBe(stdout);
  });

  it('diff says nothing of what only a service rejects', async () => {
    const tree = makeRoots();
    tree.write(
      'schemas/cart/schema.json',
      '{"version": "1.0", "type": "object", "properties": {"id": {"type": "integer", "default": 9007199254740993, ' +
        '"description": "d"}}}',
    );
    tree.write('head/cart/default/a.yaml', 'options: {id: 9007199254740992}');
    tree.write('head/cart/eu/a.yaml', 'options: {}');
    const { code, stdout, stderr } = await diff([...ROOTS, '--exclude-namespace=shop'], tree);
    expect({ code, stderr: stderr.replace(/^ WARN .*odd.*\n/gm, '') }).toEqual({ code: 0, stderr: '' });
    expect(stdout.match(/"value": \d+/g)).toEqual(['"value": 9007199254740993', '"value": 9007199254740992']);
  });

  it('With --exit-code, diff exits with 1 if the roots differ', async () => {
    const different = await diff([...ROOTS, '--exit-code']);
    expect(different.code).toBe(1);
    expect(different.stderr).toMatch(/^ERROR sentry-options: the roots differ in 5 places$/m);
    const same = await diff(['--schemas', 'schemas', '--base', 'base', '--head', 'base', '--exit-code']);
    expect(same).toEqual({ code: 0, stdout: '{\n  "changes": [],\n  "removed_targets": []\n}\n', stderr: '' });
  });

  it('diff reports all issues of both roots, each once', async () => {
    const tree = makeRoots();
    tree.write('base/shop/eu/a.yaml', 'options: {limit: many}');
    tree.write('head/shop/eu/a.yaml', 'options: {hosts: 1}');
    tree.write('head/shop/eu/b.yml', '');
    const { code, stdout, stderr } = await diff(ROOTS, tree);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr.replace(/^ WARN .*\n/gm, '')).toBe(
      'ERROR sentry-options: In file base/shop/eu/a.yaml: Value error for shop:\n' +
        '\tlimit "many" is not of type "integer" (base/shop/eu/a.yaml:1:18)\n' +
        'ERROR sentry-options: In file head/shop/eu/a.yaml: Value error for shop:\n' +
        '\thosts 1 is not of type "array"; write a list: ["1"] (head/shop/eu/a.yaml:1:18)\n' +
        'ERROR sentry-options: Invalid file head/shop/eu/b.yml: expected .yaml, found .yml; rename it\n',
    );
    const twice = await diff(['--schemas', 'schemas', '--base', 'head', '--head', 'head'], tree);
    expect(twice.stderr.match(/^ERROR/gm)).toHaveLength(2);
  });

  it('diff names the option of a root that is a file, or is too high', async () => {
    const file = await diff(['--schemas', 'schemas', '--base', 'base/shop/eu/a.yaml', '--head', 'head/shop']);
    expect(file.code).toBe(1);
    expect(file.stderr).toContain('--base must be a directory; got the file base/shop/eu/a.yaml');
    expect(file.stderr).toContain('did you mean --head head?\n');
  });

  it.each([
    [['before', '--head', 'head'], "unexpected argument 'before' found: give two sets of values, or --head, not both"],
    [['a', 'b', '--exclude-namespace=x'], "unexpected argument 'a' found: give two sets of values"],
    [['--exclude-namespace=x', '--schemas='], '  --base <BASE>\n  --head <HEAD>\n'],
    [['a'], "missing required argument 'after'"],
    [['a', 'b', 'c'], "unexpected argument 'c' found"],
    [
      [],
      '  --schemas <SCHEMAS>\n  --base <BASE>\n  --head <HEAD>\n\nUsage: sentry-options diff [OPTIONS] <before> <after>',
    ],
    [[...ROOTS, '--head=b'], "the argument '--head <HEAD>' cannot be used multiple times"],
    [[...ROOTS, '--exclude-namespace'], '--exclude-namespace <EXCLUDE_NAMESPACES>'],
  ])('diff rejects arguments of no form, or of both: %j', async (args, message) => {
    const { code, stdout, stderr } = await diff(args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain(message);
  });

  it.runIf(hasScript())(
    'On a terminal, diff prints lines for people, and JSON with --json (skipped without util-linux)',
    () => {
      const { directory } = makeRoots();
      const { code, screen } = runOnTerminal(['diff', ...ROOTS, '--quiet'], directory);
      expect({ code, screen: screen.replace(/^ WARN .*\n/gm, '') }).toEqual({
        code: 0,
        screen: [
          'shop',
          '  eu',
          '    ~ feature.cart: audience changed (default → default)',
          '        segment "a\\u001b[31mb": rollout 5% → 10%',
          '    ~ hosts: [] (schema-default) → ["a","b"] (target)',
          '    ~ limit: 1 (default) → 2 (default)',
          '    + odd\\u000akey: unset → "\\u001b[2J" (default)',
          'removed targets',
          '  - shop/gone',
          '',
        ].join('\n'),
      });
      const json = runOnTerminal(['diff', ...ROOTS, '--json', '--exclude-namespace', 'shop'], directory);
      expect(json.screen).toContain('{\n  "changes": [],\n  "removed_targets": []\n}\n');
      const same = runOnTerminal(['diff', ...ROOTS.slice(0, 4), '--head', 'base'], directory);
      expect(same.screen).toBe(' INFO sentry-options: no option differs\n');
    },
  );
});

describe('the comparison of two roots', () => {
  it('A key that only the base has begins with a minus in the lines for people', () => {
    const before = { value: 1n, source: 'target' } as const;
    const change = {
      namespace: 'shop',
      target: 'eu',
      key: 'old',
      before,
      after: { value: undefined, source: 'unset' },
    } as const;
    expect([...formatRootsText({ changes: [change], removedTargets: [] })].join('')).toBe(
      'shop\n  eu\n    - old: 1 (target) → unset\n',
    );
  });

  it('Hundreds of thousands of keys are compared', () => {
    const source = Buffer.from('{"version": "1.0", "type": "object", "properties": {}}');
    const compiled = compileSchema('shop', join('schemas', 'shop', 'schema.json'), source);
    if (!('schema' in compiled)) throw new Error('The schema must be valid.');
    const node = parseYaml(Buffer.from('7')).root as YamlNode;
    const values = new Map(Array.from({ length: 200_000 }, (_, index) => [`key-${index}`, node]));
    const head = new Map([
      [
        'shop',
        new Map([
          ['default', new Map()],
          ['eu', values],
        ]),
      ],
    ]);
    const { changes } = compareRoots(new Map(), head, new Map([['shop', compiled.schema]]));
    expect(changes).toHaveLength(200_000);
    expect(changes[1]).toMatchObject({
      key: 'key-1',
      before: { source: 'unset' },
      after: { value: 7n, source: 'target' },
    });
  });
});
