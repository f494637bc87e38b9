/** `sentry-options write`: the answers of the Rust command line, and how kubectl reads ours. */
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { buildConfigMap, needsServerSideApply } from '../../src/cli/write/config-map.js';
import { temporaryDirectory } from '../support/base.js';
import { replayTopic } from '../support/cli-replay.js';
import { hasKubectl, kubectl, startCluster } from '../support/kubectl.js';
import { ValuesTree } from '../support/values-tree.js';

const REJECTED = { why: 'ours rejects them instead of converting them silently', exit: 1, written: {} };

const MISSING = 'a missing option is wrong usage, as it is for all other commands';

/** The ConfigMap with two annotations in quotes, because kubectl reads YAML 1.1. */
function quoted(sha: string, timestamp: string) {
  const stdout = `apiVersion: v1
kind: ConfigMap
metadata:
  name: sentry-options-shop
  labels:
    app.kubernetes.io/managed-by: sentry-options
  annotations:
    commit_sha: '${sha}'
    commit_timestamp: '${timestamp}'
    generated_at: {TIME}
data:
  values.json: '{"generated_at":"{TIME}","options":{}}'
`;
  return { why: 'kubectl would read a boolean or a merge key, and reject the ConfigMap', stdout };
}

replayTopic('write', {
  concurrent: true,
  differences: {
    'yaml: what is no JSON number': {
      ...REJECTED,
      contains: ['.inf', '-.inf', '+.inf', '.Inf', '.INF', '.nan', '.NaN', '.NAN'].map(
        (text, index) => `x/a/${index} ${text} is a number that JSON cannot represent`,
      ),
    },
    'yaml: anchors, aliases, merge keys': { ...REJECTED, contains: ["x/c the merge key '<<' is not supported"] },
    'json: what configmap takes is ignored': {
      why: 'ours says so',
      contains: [
        'it ignores --namespace, --target, --commit-sha, --configmap-suffix. Leave that out, or add --output-format configmap',
      ],
    },
    'json: --out missing': { why: MISSING, exit: 2, contains: ['error: --out is required for json output format'] },
    'configmap: --target missing': {
      why: MISSING,
      exit: 2,
      contains: ['error: --target is required for configmap output format'],
    },
    'json: two namespaces; a target may set nothing': {
      why: 'ours warns of a target that no other namespace has',
      contains: ["No other namespace has the target 'eu'", 'Successfully wrote output files'],
    },
    'json: no values': {
      why: 'a command that wrote nothing must not pass',
      exit: 1,
      written: {},
      contains: ['values'],
    },
    'configmap: commit no and ~: how annotations are quoted': quoted('no', '~'),
    'configmap: commit = and <<: how annotations are quoted': quoted('=', '<<'),
    'yaml: tags': {
      ...REJECTED,
      contains: ['h', 'i', 'j', 'k', 'o', 'q/0', 'q/1'].map((place) => `x/${place} has the tag !`),
    },
  },
});

/** Two namespaces; only `shop` has values of its own for `eu`. */
function makeTwo(): ValuesTree {
  const tree = new ValuesTree();
  tree.values('text: all\ninteger: 1');
  tree.write('values/shop/eu/values.yaml', 'options: {text: eu}\n');
  tree.write('schemas/cart/schema.json', readFileSync(join(tree.directory, 'schemas/shop/schema.json')));
  tree.write('values/cart/default/values.yaml', 'options: {text: cart}\n');
  return tree;
}

describe('an empty commit', () => {
  it('One ConfigMap is written as by the Rust command line, with a warning', async () => {
    const one = ['--output-format', 'configmap', '--namespace', 'shop', '--target', 'default'];
    const { code, stdout, stderr } = await makeTwo().run('write', [...one, '--commit-sha=', '--commit-timestamp=']);
    expect([code, stdout]).toEqual([0, expect.stringContaining("    commit_sha: ''\n    commit_timestamp: ''\n")]);
    expect(stderr).toContain(
      ' WARN sentry-options: --commit-sha and --commit-timestamp are empty: perhaps a variable of the pipeline is not set\n',
    );
  });
});

describe('the ConfigMaps of all namespaces', () => {
  const configMaps = ['--output-format', 'configmap'];
  const env = { SOURCE_DATE_EPOCH: '1769020200' };

  it('They are written into a folder for each target, and say of which namespace, target and commit they are', async () => {
    const tree = makeTwo();
    const commit = ['--commit-sha', '9f8e7d6c5b4a', '--commit-timestamp', '2026-01-21T18:00:00Z'];
    const first = await tree.run('write', [...configMaps, ...commit, '--out', 'a'], { env });
    const second = await tree.run('write', [...configMaps, ...commit, '--out', 'b/'], { env });
    expect([first.code, first.stdout, second.code]).toEqual([0, '', 0]);
    const texts = readTexts(join(tree.directory, 'a'));
    expect(readTexts(join(tree.directory, 'b'))).toEqual(texts);
    expect([...texts.keys()]).toEqual([
      'default/sentry-options-cart.yaml',
      'default/sentry-options-shop.yaml',
      'eu/sentry-options-cart.yaml',
      'eu/sentry-options-shop.yaml',
    ]);
    expect(texts.get('eu/sentry-options-shop.yaml')).toBe(`apiVersion: v1
kind: ConfigMap
metadata:
  name: sentry-options-shop
  labels:
    app.kubernetes.io/managed-by: sentry-options
    sentry-options/namespace: shop
    sentry-options/target: eu
  annotations:
    commit_sha: 9f8e7d6c5b4a
    commit_timestamp: 2026-01-21T18:00:00Z
    generated_at: 2026-01-21T18:30:00.000000000+00:00
data:
  values.json: '{"generated_at":"2026-01-21T18:30:00.000000000+00:00","commit_sha":"9f8e7d6c5b4a","options":{"integer":1,"text":"eu"}}'
`);
    expect(texts.get('eu/sentry-options-cart.yaml')).toContain('"options":{"text":"cart"}');
    expect(first.stderr.split('\n')).toEqual([
      " INFO sentry-options: No values of their own for target 'eu', so those of 'default' alone: cart",
      ' INFO sentry-options: Successfully wrote ConfigMaps path=a num_files=4 schemas=2 files=3',
      ' INFO sentry-options: Apply to each cluster the folder of its target: `kubectl apply --server-side -f a/default`',
      '',
    ]);
  });

  it('With a target, those of this target are written into the directory itself; other manifests there are named', async () => {
    const tree = makeTwo();
    tree.write('out/sentry-options-old.yaml', '');
    tree.write('out/README.md', '');
    const options = [
      ...configMaps,
      '--target',
      'eu',
      '--configmap-suffix',
      'eu',
      '--generated-at',
      '2026-01-21T18:30:00Z',
    ];
    const { code, stderr } = await tree.run('write', [...options, '--out', 'out', '--quiet'], { env });
    expect(code).toBe(0);
    expect(stderr).toBe(
      ' WARN sentry-options: Not of this run, but `kubectl apply -f` on the directory applies it, too: out/sentry-options-old.yaml. Remove it, or write into an empty directory\n',
    );
    const texts = readTexts(join(tree.directory, 'out'));
    const written = ['sentry-options-cart-eu.yaml', 'sentry-options-shop-eu.yaml'];
    expect([...texts.keys()]).toEqual(['README.md', ...written, 'sentry-options-old.yaml'].sort());
    for (const name of written) expect(texts.get(name)).toContain('"generated_at":"2026-01-21T18:30:00Z","options"');
  });

  it.each<[string, readonly string[], string]>([
    ['--out', ['--output-format', 'json'], '--out is required for json output format'],
    [
      '--namespace',
      configMaps,
      'Give --namespace and --target for one ConfigMap, or --out DIR for the ConfigMaps of all namespaces',
    ],
    ['--target', [...configMaps, '--namespace', 'shop'], '--target is required for configmap output format with'],
  ])('A missing option of write is wrong usage, with exit code 2: %s', async (_, options, message) => {
    const tree = makeTwo();
    const { code, stderr } = await tree.run('write', options);
    expect([code, stderr]).toEqual([2, expect.stringMatching(new RegExp(`^error: ${message}[\\s\\S]*--help`))]);
    expect(readdirSync(tree.directory)).toEqual(['schemas', 'values']);
  });

  it.each<[string, readonly string[], string]>([
    [
      'of an unknown target',
      ['--target', 'us', '--out', 'x'],
      "Target 'us' not found in any namespace; there are values of default, eu",
    ],
    [
      'of a commit with a blank',
      ['--commit-sha', 'a b', '--out', 'x'],
      '--commit-sha "a b" cannot name a commit: it must',
    ],
    ['of no commit', ['--commit-sha', '', '--out', 'x'], '--commit-sha "" cannot name a commit'],
    [
      'committed yesterday',
      ['--commit-timestamp', 'yesterday', '--out', 'x'],
      '--commit-timestamp must be a time such as 2026-01-21T18:30:00Z (RFC 3339); got "yesterday"',
    ],
    [
      'generated at noon',
      ['--generated-at', 'noon', '--out', 'x'],
      '--generated-at must be a time such as 2026-01-21T18:30:00Z',
    ],
  ])('Nothing is written %s', async (_, options, message) => {
    const tree = makeTwo();
    const { code, stderr } = await tree.run('write', [...configMaps, ...options], { env });
    expect([code, stderr]).toEqual([1, expect.stringContaining(`ERROR sentry-options: ${message}`)]);
    expect(readdirSync(tree.directory)).toEqual(['schemas', 'values']);
  });

  it.runIf(hasKubectl())('kubectl reads a whole directory of them (skipped without kubectl)', async () => {
    const tree = makeTwo();
    await tree.run('write', [...configMaps, '--target', 'eu', '--out', 'out'], { env });
    const { url } = await startCluster();
    const create = ['create', '--dry-run=client', '--validate=false', '-f', join(tree.directory, 'out'), '-o', 'name'];
    const names = await kubectl(`--server=${url}`, ...create);
    expect(names).toBe('configmap/sentry-options-cart\nconfigmap/sentry-options-shop\n');
  });
});

/** Returns the content of all files below `directory`, by path. */
function readTexts(directory: string): ReadonlyMap<string, string> {
  const paths = readdirSync(directory, { recursive: true, encoding: 'utf8' }).sort();
  const files = paths.filter((path) => statSync(join(directory, path)).isFile());
  return new Map(files.map((path) => [path, readFileSync(join(directory, path), 'utf8')]));
}

describe('a ConfigMap', () => {
  it.runIf(hasKubectl())(
    'kubectl reads each annotation as the string that was written (skipped without kubectl)',
    async () => {
      const texts = [
        ...'y N yes No on OFF true ~ null = << 123_456 1234567 0123456 0x1F 0o17 0b1 1:30 .inf -.INF .nan 1e5'.split(
          ' ',
        ),
        ...[
          '12e4567',
          '2026-02-03',
          '2026-02-03T04:05:06Z',
          '- a',
          'a: b',
          'a #b',
          ' a ',
          '',
          '\ta',
          'a\nb\n',
          '\u2028',
          '|',
        ],
      ];
      const annotations = Object.fromEntries(texts.map((text, index) => [`a${index}`, text]));
      const file = join(temporaryDirectory(), 'map.yaml');
      writeFileSync(file, buildConfigMap({ name: 'sentry-options-shop', annotations, values: '{}' }));
      const { url } = await startCluster();
      const create = ['create', '--dry-run=client', '--validate=false', '-f', file, '-o', 'json'];
      const { metadata } = JSON.parse(await kubectl(`--server=${url}`, ...create));
      expect(metadata.annotations).toEqual(annotations);
    },
  );

  it.runIf(hasKubectl())(
    'A ConfigMap needs --server-side from the size on at which kubectl apply fails (skipped without kubectl)',
    async () => {
      const { url } = await startCluster();
      const read = async (length: number) => {
        const settings = {
          name: 'sentry-options-shop',
          annotations: { commit_sha: '9f8e7d6c5b4a', generated_at: '2026-02-03T04:05:06Z' },
          values: `{"options":{"text":"<é>&\u2028${'x"'.repeat(length)}"}}`,
        };
        const file = join(temporaryDirectory(), 'map.yaml');
        writeFileSync(file, buildConfigMap(settings));
        // `--save-config` adds the annotation that `apply` would add.
        const create = ['create', '--save-config', '--dry-run=client', '--validate=false', '-f', file, '-o', 'json'];
        const { metadata } = JSON.parse(await kubectl(`--server=${url}`, ...create));
        const texts = Object.entries<string>(metadata.annotations).flat();
        return { needed: needsServerSideApply(settings), size: Buffer.byteLength(texts.join('')) };
      };
      const small = await read(1_000);
      // Each `x"` is three characters in JSON. Below the limit by what a namespace may add, and right above it.
      const length = Math.floor((256 * 1024 - small.size) / 3) + 1_000;
      expect(await read(length - 40)).toMatchObject({ needed: false });
      const large = await read(length + 1);
      expect([large.needed, large.size > 256 * 1024]).toEqual([true, true]);
    },
  );

  it('write says that a large ConfigMap needs --server-side', async () => {
    const tree = new ValuesTree();
    tree.values(`text: ${'x'.repeat(256 * 1024)}`);
    const options = ['--output-format', 'configmap', '--namespace', 'shop', '--target', 'default', '--out', 'map.yaml'];
    const large = await tree.run('write', options);
    expect([large.code, large.stderr]).toEqual([0, expect.stringContaining('kubectl apply --server-side')]);
    tree.values(`text: ${'x'.repeat(255 * 1024)}`);
    expect((await tree.run('write', options)).stderr).not.toContain('--server-side');
  });
});
