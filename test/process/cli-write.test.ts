/** `sentry-options write`: the answers of the Rust command line, and how kubectl reads ours. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { buildConfigMap, needsServerSideApply } from '../../src/cli/write/config-map.js';
import { temporaryDirectory } from '../support/base.js';
import { replayTopic } from '../support/cli-replay.js';
import { hasKubectl, kubectl, startCluster } from '../support/kubectl.js';
import { ValuesTree } from '../support/values-tree.js';

const REJECTED = { why: 'ours rejects them instead of converting them silently', exit: 1, written: {} };

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
