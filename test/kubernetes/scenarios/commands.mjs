/** The command line and a cluster: what `write` prints, and what it asks running pods. */
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { call } from '../kubectl.mjs';
import { deployment, VALUES, volume } from '../manifests.mjs';

const CLI = fileURLToPath(new URL('../../../dist/cli.js', import.meta.url));
const SCHEMAS = fileURLToPath(new URL('../image/schemas', import.meta.url));
const MAP = 'sentry-options-seer';

async function runCommands(t) {
  const folder = mkdtempSync(join(tmpdir(), 'sentry-options-written-'));
  const root = join(folder, 'values');
  const write = async (value) => {
    mkdirSync(join(root, 'seer/default'), { recursive: true });
    writeFileSync(join(root, 'seer/default/values.yaml'), `options:\n  max-retries: ${value}\n`);
    const input = ['--schemas', SCHEMAS, '--root', root, '--target', 'default'];
    await call(process.execPath, [
      CLI,
      'write',
      ...input,
      '--output-format',
      'configmap',
      '--out',
      join(folder, 'manifests'),
    ]);
  };
  const apply = (...args) => t.kubectl('apply', '--server-side', '-f', join(folder, 'manifests'), ...args);
  try {
    await t.step('the API server accepts what `write` prints', async () => {
      await write(1);
      assert.match(await apply('--dry-run=server'), new RegExp(`${MAP} serverside-applied`));
      await apply();
    });
    await t.step('`ps`, `get` and `status` answer in a pod', async () => {
      const parts = { image: t.image, name: 'service', replicas: 2, volumes: [volume('seer', MAP, `${VALUES}/seer`)] };
      await t.apply(deployment(parts));
      const [one] = await t.followAll('app=service', 2);
      await Promise.all(t.pods.map((pod) => pod.reads(1)));
      const ask = (...args) => t.kubectl('exec', one.name, '--', 'sentry-options', ...args);
      assert.match(await ask('ps'), /service\.mjs +1 +ok/);
      assert.match(await ask('get', 'seer', 'max-retries', '--pid', '1'), /value +1\n/);
      assert.match(await ask('status', '--pid', '1'), /health +ok/);
    });
    await t.step('`rollout-status` waits until both pods have a change', async () => {
      await write(2);
      await apply();
      const args = ['--configmap', MAP, '--selector', 'app=service', '-n', t.namespace, '--exec', 'sentry-options'];
      const waiting = call(process.execPath, [CLI, 'rollout-status', 'seer', ...args, '--timeout', '60']);
      await t.sync();
      await waiting;
      for (const one of t.pods) assert.deepEqual(one.values, [2]);
    });
  } finally {
    rmSync(folder, { recursive: true });
  }
}

export const COMMANDS = [{ name: 'commands', about: 'The command line', run: runCommands }];
