/** Tests the manifests in `examples/kubernetes`: with kubectl, and what they say of files and signals with real processes. */
import { execFile, execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { openOptions } from 'sentry-options';
import { ConfigMapVolume } from 'sentry-options/testing';
import { describe, expect, it, onTestFinished } from 'vitest';
import { parse } from 'yaml';
import { Base, integer, temporaryDirectory } from '../support/base.js';
import { hasKubectl, kubectl, startCluster } from '../support/kubectl.js';

const EXAMPLE = fileURLToPath(new URL('../../examples/kubernetes/', import.meta.url));
const CONFIG_MAP = join(EXAMPLE, 'sentry-options-seer.yaml');
const DEPLOYMENT = join(EXAMPLE, 'deployment.yaml');

const SCRIPT = fileURLToPath(new URL('../fixtures/pod.mjs', import.meta.url));

interface Mount {
  readonly name: string;
  readonly mountPath: string;
}

interface Container {
  readonly env: readonly { readonly name: string; readonly value: string }[];
  readonly volumeMounts: readonly Mount[];
}

interface Deployment {
  readonly spec: {
    readonly template: {
      readonly spec: {
        readonly containers: readonly [Container];
        readonly volumes: readonly { readonly name: string }[];
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
    // Not optional, so that a pod without its values waits instead of starting on the defaults.
    expect(spec.volumes[0]).toEqual({ name: mount?.name, configMap: { name: metadata.name } });

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

describe('examples/kubernetes', () => {
  const { spec } = (parse(readFileSync(DEPLOYMENT, 'utf8')) as Deployment).spec.template;
  const [container] = spec.containers;

  it('The pod fulfills the pod security standard "restricted", on a read-only file system', () => {
    // https://kubernetes.io/docs/concepts/security/pod-security-standards/#restricted
    expect(spec).toMatchObject({ securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } } });
    expect(container).toMatchObject({
      securityContext: {
        allowPrivilegeEscalation: false,
        capabilities: { drop: ['ALL'] },
        readOnlyRootFilesystem: true,
      },
    });
    // Such as `hostPath`.
    const kinds = spec.volumes.flatMap(({ name, ...kind }) => Object.keys(kind));
    expect(new Set(kinds)).toEqual(new Set(['configMap', 'emptyDir']));
  });

  it('Empty directories are at the paths to which the library writes', () => {
    const stateDirectory = container.env.find(({ name }) => name === 'SENTRY_OPTIONS_STATE_DIR')?.value;
    expect(container.env).toContainEqual({ name: 'SENTRY_OPTIONS_INSPECT', value: '1' });
    const paths = container.volumeMounts.filter(({ name }) =>
      spec.volumes.some((volume) => volume.name === name && 'emptyDir' in volume),
    );
    expect(paths.map(({ mountPath }) => mountPath)).toEqual([stateDirectory, '/tmp']);
  });

  it('The end of the log is the reason of a container that fails, and the only probe asks for the port', () => {
    expect(container).toMatchObject({ terminationMessagePolicy: 'FallbackToLogsOnError' });
    const probes = Object.entries(container).filter(([key]) => key.endsWith('Probe'));
    expect(probes).toEqual([['readinessProbe', { tcpSocket: { port: 'http' } }]]);
  });

  it.runIf(mayMount())(
    'With its variables and directories, process 1 runs on a read-only file system and ends on SIGTERM (skipped without permission to mount)',
    async () => {
      const base = new Base({ seer: { number: integer(1) } });
      base.writeValues('seer', { number: 2 });
      for (const name of ['state', 'tmp']) mkdirSync(join(base.directory, name));
      const commands = `mount --bind "$POD" "$POD"
        mount -o remount,ro,bind "$POD"
        mount -t tmpfs none "$POD/state"
        mount -t tmpfs none "$POD/tmp"
        exec "$NODE" "$SCRIPT"`;
      const variables = Object.fromEntries(container.env.map(({ name, value }) => [name, value]));
      const env = {
        ...{ PATH: process.env.PATH, NODE: process.execPath, SCRIPT, POD: base.directory },
        ...{
          ...variables,
          SENTRY_OPTIONS_DIR: base.directory,
          SENTRY_OPTIONS_STATE_DIR: join(base.directory, 'state'),
        },
        TMPDIR: join(base.directory, 'tmp'),
      };
      const { stdout } = await promisify(execFile)('unshare', ['-rmpf', '--kill-child', 'sh', '-ec', commands], {
        env,
        timeout: 30_000,
      });
      const [first = '', ...rest] = stdout.trim().split('\n');
      const seen = { pid: 1, health: 'ok', canBeAsked: true, folders: 1, warnings: [] };
      expect(JSON.parse(first)).toEqual(seen);
      expect(rest).toEqual(['closed']);
    },
  );
});

function mayMount(): boolean {
  try {
    execFileSync('unshare', ['-rmpf', '--kill-child', 'sh', '-c', 'mount -t tmpfs none /mnt'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}
