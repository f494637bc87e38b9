/**
 * The life of a change through all of its steps, without a restart: a user edits YAML, CI writes a ConfigMap, the
 * kubelet mounts it, and a thread reads it.
 */
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { openOptions } from 'sentry-options';
import { ConfigMapVolume } from 'sentry-options/testing';
import { expect, it, onTestFinished } from 'vitest';
import { parse } from 'yaml';
import { hasKubectl, kubectl, startCluster } from '../support/kubectl.js';
import { option, type Properties, ValuesTree } from '../support/values-tree.js';

const OPTIONS: Properties = {
  'max-retries': option('integer', 3),
  ratio: option('number', 0.5),
  hosts: option('array', [], { items: { type: 'string' } }),
  greeting: option('string', ''),
  limits: option('object', { burst: 1 }, { properties: { burst: { type: 'integer' } } }),
  'feature.new-cart': { $ref: '#/definitions/Feature' },
};

const DEFAULTS = `options:
  max-retries: 0x10
  ratio: 1.0
  greeting: "it's \\"so\\" \\\\ \\n\\t é 😀 \\L # : - &"
  limits: {burst: 2}
  feature.new-cart:
    owner: {team: cart}
    created_at: 2026-01-21
    segments: [{name: all, conditions: []}]
`;

interface Manifest {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly annotations: Readonly<Record<string, string>> };
  readonly data: Readonly<Record<string, string>>;
}

/** The source of a thread that answers with the values of options. */
const READER = `
const { parentPort, workerData } = require('node:worker_threads');
import(workerData.library).then(({ attach }) => {
  const shop = attach(workerData.handle).namespace('shop');
  parentPort.on('message', (key) => parentPort.postMessage(shop.get(key)));
});
`;

async function ask(worker: Worker, key: string): Promise<unknown> {
  worker.postMessage(key);
  const [answer] = await once(worker, 'message');
  return answer;
}

/** Does the work of CI, and returns the ConfigMap as kubectl reads it. */
async function deploy(tree: ValuesTree): Promise<Manifest> {
  expect(await tree.run('validate-values')).toMatchObject({ code: 0, stdout: '' });
  const format = ['--output-format', 'configmap', '--namespace', 'shop', '--target', 'eu', '--commit-sha', '1234567'];
  const { code, stdout } = await tree.run('write', format);
  expect(code).toBe(0);
  const file = join(tree.directory, 'sentry-options-shop.yaml');
  writeFileSync(file, stdout);
  if (!hasKubectl()) return parse(stdout);
  const { url } = await startCluster();
  const create = [`--server=${url}`, 'create', '--dry-run=client', '--validate=false', '-f', file, '-o'];
  const manifest: Manifest = JSON.parse(await kubectl(...create, 'json'));
  expect(parse(await kubectl(...create, 'yaml'))).toEqual(manifest);
  return manifest;
}

it(`A change goes from values.yaml to a worker thread (${hasKubectl() ? 'with' : 'without'} kubectl)`, async () => {
  // 1. A user edits the values.
  const tree = new ValuesTree(OPTIONS);
  tree.write('values/shop/default/values.yaml', DEFAULTS);
  tree.write('values/shop/eu/values.yaml', 'options: {hosts: [eu-1, eu-2], limits: {burst: 5}}\n');

  // 2. and 3. CI writes a ConfigMap, and kubectl accepts it.
  const manifest = await deploy(tree);
  expect(manifest).toMatchObject({
    kind: 'ConfigMap',
    metadata: { name: 'sentry-options-shop', annotations: { commit_sha: '1234567' } },
  });

  // 4. The kubelet mounts it into the pod. The schemas are in the pod's image.
  const pod = join(tree.directory, 'pod');
  tree.write('pod/schemas/shop/schema.json', readFileSync(join(tree.directory, 'schemas/shop/schema.json')));
  const volume = new ConfigMapVolume(join(pod, 'values/shop'));
  volume.write(manifest.data);

  // 5. and 6. The watcher loads it, and every thread reads it.
  const store = openOptions({ directory: pod, pollInterval: null });
  onTestFinished(() => store.close());
  const library = new URL('../../dist/index.js', import.meta.url).href;
  const worker = new Worker(READER, { eval: true, workerData: { handle: store.handle, library } });
  onTestFinished(async () => void (await worker.terminate()));
  const shop = store.namespace('shop');
  const greeting = 'it\'s "so" \\ \n\t é 😀 \u2028 # : - &';
  expect([shop.get('max-retries'), shop.get('ratio'), shop.get('greeting')]).toEqual([16, 1, greeting]);
  expect(await ask(worker, 'max-retries')).toBe(16);
  expect([shop.get('hosts'), shop.get('limits')]).toEqual([['eu-1', 'eu-2'], { burst: 5 }]);
  expect(store.features('shop').has('new-cart', {})).toBe(true);
  expect(store.status().namespaces.shop).toMatchObject({
    generatedAt: manifest.metadata.annotations.generated_at,
    unknownCount: 0,
  });

  // The next change reaches the running threads.
  tree.write('values/shop/eu/values.yaml', 'options: {max-retries: 7}\n');
  volume.write((await deploy(tree)).data);
  expect(await store.refresh()).toBe(true);
  expect([shop.get('max-retries'), shop.get('hosts')]).toEqual([7, []]);
  expect(await ask(worker, 'max-retries')).toBe(7);
});
