/**
 * The manifests in `examples/kubernetes`, as kubectl takes them. There is no cluster: a server on this machine tells
 * kubectl which kinds there are, which is all that it asks for in a dry run.
 */
import { execFile, execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { openOptions } from 'sentry-options';
import { ConfigMapVolume } from 'sentry-options/testing';
import { describe, expect, it, onTestFinished } from 'vitest';
import { temporaryDirectory } from '../support/base.js';

const EXAMPLE = fileURLToPath(new URL('../../examples/kubernetes/', import.meta.url));
const CONFIG_MAP = join(EXAMPLE, 'sentry-options-seer.yaml');
const DEPLOYMENT = join(EXAMPLE, 'deployment.yaml');

const verbs = ['get', 'create', 'patch'];
const APPS_V1 = { groupVersion: 'apps/v1', version: 'v1' };
/** What a cluster says of itself, as far as these manifests need it. */
const CLUSTER: Record<string, object> = {
  '/version': { major: '1', minor: '32', gitVersion: 'v1.32.0' },
  '/api': { kind: 'APIVersions', versions: ['v1'] },
  '/api/v1': {
    kind: 'APIResourceList',
    groupVersion: 'v1',
    resources: [{ name: 'configmaps', singularName: 'configmap', namespaced: true, kind: 'ConfigMap', verbs }],
  },
  '/apis': {
    kind: 'APIGroupList',
    apiVersion: 'v1',
    groups: [{ name: 'apps', versions: [APPS_V1], preferredVersion: APPS_V1 }],
  },
  '/apis/apps/v1': {
    kind: 'APIResourceList',
    apiVersion: 'v1',
    groupVersion: 'apps/v1',
    resources: [{ name: 'deployments', singularName: 'deployment', namespaced: true, kind: 'Deployment', verbs }],
  },
};
const NOT_FOUND = { kind: 'Status', apiVersion: 'v1', status: 'Failure', reason: 'NotFound', code: 404 };

function hasKubectl(): boolean {
  try {
    execFileSync('kubectl', ['version', '--client'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

/** Nothing of a cluster that this machine may know. */
async function kubectl(...args: string[]): Promise<string> {
  const home = temporaryDirectory();
  const env = { PATH: process.env.PATH, HOME: home, KUBECONFIG: join(home, 'none') };
  const { stdout } = await promisify(execFile)('kubectl', args, { env });
  return stdout;
}

/** A server that has those kinds, and no object; and what it was asked. */
async function startCluster(): Promise<{ url: string; requests: string[] }> {
  const requests: string[] = [];
  const server = createServer((request, response) => {
    const path = (request.url as string).split('?')[0] as string;
    requests.push(`${request.method} ${path}`);
    const known = CLUSTER[path];
    response.writeHead(known === undefined ? 404 : 200, { 'content-type': 'application/json' });
    response.end(JSON.stringify(known ?? NOT_FOUND));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, requests };
}

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

/** A manifest as it is written, as JSON. */
async function manifest<T>(file: string): Promise<T> {
  return JSON.parse(await kubectl('annotate', '--local', '-f', file, 'read-by=test', '-o', 'json'));
}

describe.runIf(hasKubectl())('the manifests (skipped where there is no kubectl)', () => {
  it.each([
    ['as files', ['-f', CONFIG_MAP, '-f', DEPLOYMENT]],
    ['by kustomize', ['-k', EXAMPLE]],
  ])('are taken by kubectl apply, %s', async (_, files) => {
    const { url, requests } = await startCluster();
    const said = await kubectl(`--server=${url}`, 'apply', '--dry-run=client', '--validate=false', ...files);
    expect(said).toBe('configmap/sentry-options-seer created (dry run)\ndeployment.apps/seer created (dry run)\n');
    expect(requests.length).toBeGreaterThan(0);
    expect(requests.filter((request) => !request.startsWith('GET '))).toEqual([]);
  });

  it('have no field that a Deployment has not', async () => {
    // What kubectl knows of a Deployment is what comes back: a misspelt field is gone.
    const change = ['set', 'image', '--local', '-f', DEPLOYMENT, 'seer=another', '-o', 'json'];
    const typed = JSON.parse((await kubectl(...change)).replace('"another"', '"registry.example.com/seer:1.0.0"'));
    const { metadata, ...written } = await manifest<{ metadata: object }>(DEPLOYMENT);
    expect(metadata).toMatchObject({ name: 'seer' });
    expect(typed).toMatchObject(written);
  });

  it('mount the ConfigMap as a directory, where the library looks for it', async () => {
    const { data, metadata } = await manifest<{ data: Record<string, string>; metadata: { name: string } }>(CONFIG_MAP);
    const { spec } = (await manifest<Deployment>(DEPLOYMENT)).spec.template;
    const [mount] = spec.containers[0].volumeMounts;
    expect(mount).toEqual({ name: 'options-seer', mountPath: '/etc/sentry-options/values/seer', readOnly: true });
    expect(spec.volumes).toEqual([{ name: mount?.name, configMap: { name: metadata.name, optional: true } }]);

    // The values are good ones, for the options that README declares.
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
