/** Tests the manifests in `examples/kubernetes` with kubectl. */
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { openOptions } from 'sentry-options';
import { ConfigMapVolume } from 'sentry-options/testing';
import { describe, expect, it, onTestFinished } from 'vitest';
import { temporaryDirectory } from '../support/base.js';
import { hasKubectl, kubectl, startCluster } from '../support/kubectl.js';

const EXAMPLE = fileURLToPath(new URL('../../examples/kubernetes/', import.meta.url));
const CONFIG_MAP = join(EXAMPLE, 'sentry-options-seer.yaml');
const DEPLOYMENT = join(EXAMPLE, 'deployment.yaml');

interface Deployment {
  readonly spec: {
    readonly template: {
      readonly spec: {
        readonly containers: readonly [{ readonly volumeMounts: readonly Record<string, unknown>[] }];
        readonly volumes: readonly { readonly name: string; readonly configMap: { readonly name: string } }[];
      };
    };
  };
}

/** Reads a manifest as JSON. */
async function readManifest<T>(file: string): Promise<T> {
  return JSON.parse(await kubectl('annotate', '--local', '-f', file, 'read-by=test', '-o', 'json'));
}

describe.runIf(hasKubectl())('examples/kubernetes (skipped without kubectl)', () => {
  it.each([
    ['as files', ['-f', CONFIG_MAP, '-f', DEPLOYMENT]],
    ['by kustomize', ['-k', EXAMPLE]],
  ])('kubectl apply accepts the manifests %s', async (_, files) => {
    const { url, requests } = await startCluster();
    const output = await kubectl(`--server=${url}`, 'apply', '--dry-run=client', '--validate=false', ...files);
    expect(output).toBe('configmap/sentry-options-seer created (dry run)\ndeployment.apps/seer created (dry run)\n');
    expect(requests.length).toBeGreaterThan(0);
    expect(requests.filter((request) => !request.startsWith('GET '))).toEqual([]);
  });

  it('The manifest of the Deployment has no unknown field', async () => {
    // kubectl drops fields that it does not know, such as misspelt ones.
    const change = ['set', 'image', '--local', '-f', DEPLOYMENT, 'seer=another', '-o', 'json'];
    const typed = JSON.parse((await kubectl(...change)).replace('"another"', '"registry.example.com/seer:1.0.0"'));
    const { metadata, ...written } = await readManifest<{ metadata: object }>(DEPLOYMENT);
    expect(metadata).toMatchObject({ name: 'seer' });
    expect(typed).toMatchObject(written);
  });

  it('The Deployment mounts the ConfigMap as a directory at the path that the library reads', async () => {
    const { data, metadata } = await readManifest<{ data: Record<string, string>; metadata: { name: string } }>(
      CONFIG_MAP,
    );
    const { spec } = (await readManifest<Deployment>(DEPLOYMENT)).spec.template;
    const [mount] = spec.containers[0].volumeMounts;
    expect(mount).toEqual({ name: 'options-seer', mountPath: '/etc/sentry-options/values/seer', readOnly: true });
    expect(spec.volumes).toEqual([{ name: mount?.name, configMap: { name: metadata.name, optional: true } }]);

    // The values are valid for the options that README declares.
    const directory = temporaryDirectory();
    new ConfigMapVolume(join(directory, 'values/seer')).write(data);
    const option = (type: string, value: unknown) => ({ type, default: value, description: 'an option' });
    const properties = { 'feature.enabled': option('boolean', false), 'max-retries': option('integer', 3) };
    const schemas = { seer: { version: '1.0', type: 'object', properties } };
    const store = openOptions({ directory, schemas, pollInterval: null });
    onTestFinished(() => store.close());
    expect(store.namespace('seer').get('max-retries')).toBe(5);
    expect(store.status().namespaces.seer).toMatchObject({ unknownCount: 0, generatedAt: expect.any(String) });
  });
});
