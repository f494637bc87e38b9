/**
 * Runs kubectl, on machines that have it, without a cluster: a local server lists the resource kinds, which is all that
 * a dry run requests.
 */
import { execFile, execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { onTestFinished } from 'vitest';
import { temporaryDirectory } from './base.js';

const verbs = ['get', 'create', 'patch'];
const APPS_V1 = { groupVersion: 'apps/v1', version: 'v1' };
/** A cluster's discovery documents, as far as the tests need them. */
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

/** Whether kubectl is installed. */
export function hasKubectl(): boolean {
  try {
    execFileSync('kubectl', ['version', '--client'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

/** Runs kubectl without this machine's configuration, and returns its output. */
export async function kubectl(...args: string[]): Promise<string> {
  const home = temporaryDirectory();
  const env = { PATH: process.env.PATH, HOME: home, KUBECONFIG: join(home, 'none') };
  const { stdout } = await promisify(execFile)('kubectl', args, { env });
  return stdout;
}

/** Starts a server that knows those kinds and no objects; returns its URL and the requests that it receives. */
export async function startCluster(): Promise<{ url: string; requests: string[] }> {
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
