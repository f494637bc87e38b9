/** Little CPU time, little memory; what the library costs. */
import assert from 'node:assert/strict';
import { configMap, VALUES, volume } from '../manifests.mjs';

const SOON = 20;
const CPU_LIMITS = ['200m', '100m', '50m', '20m'];

/** A start with little CPU time. One pod after the other, so that they do not slow each other. */
async function runCpu(t) {
  await t.apply(configMap('seer', { 'max-retries': 1 }));
  for (const limit of CPU_LIMITS) {
    await t.step(`a start with ${limit} of a CPU`, async () => {
      const resources = { limits: { cpu: limit } };
      const one = await t.pod({ name: `cpu-${limit}`, container: { resources }, env: { WORKERS: 0 } });
      const { initMs } = await one.until('init', ({ events }) => events.find((e) => e.event === 'init'), 90);
      t.figure(`\`init()\` with a CPU limit of ${limit}, s`, initMs / 1000);
      one.close();
      await t.kubectl('delete', 'pod', one.name, '--wait=false');
    });
  }
}

/** Reads a field of the memory of a pod's Node, in MiB. */
async function readMemory(t, { name }, field = 'VmRSS') {
  const text = await t.kubectl('exec', name, '--', 'cat', '/proc/1/status');
  return Number(new RegExp(`${field}:\\s+(\\d+) kB`).exec(text)[1]) / 1024;
}

const CHANGES = 60;
const THREADS = 9;
const BALLAST = 1_000_000;

/** Values of 1 MB, and threads that rarely collect garbage. */
async function runMemory(t) {
  const [plain, small] = await t.step('a service with the library lives in 128 MiB, and one without it', async () => {
    await t.apply(configMap('seer', { 'max-retries': 1 }));
    const container = { resources: { limits: { memory: '128Mi' } } };
    const pods = [
      await t.pod({ name: 'plain', env: { PLAIN: 1 }, container }),
      await t.pod({ name: 'small', container }),
    ];
    await pods[1].reads(1);
    return pods;
  });
  await t.step(`${CHANGES} changes of 1 MB add at most twice the values for each of ${THREADS} threads`, async () => {
    const make = (value) => configMap('large', { 'max-retries': value, ballast: 'x'.repeat(BALLAST) });
    await t.apply(make(1));
    const one = await t.pod({
      name: 'large',
      volumes: [volume('seer', 'large', `${VALUES}/seer`)],
      env: { WORKERS: THREADS - 1, POLL_MS: 200 },
      container: { resources: { limits: { memory: '256Mi' } } },
    });
    const change = async (value) => {
      await t.apply(make(value));
      await t.sync('app=large');
      await one.reads(value, SOON);
    };
    await one.reads(1);
    await change(2);
    const before = await readMemory(t, one);
    for (let value = 3; value <= CHANGES + 2; value++) await change(value);
    const after = await readMemory(t, one);
    t.figure('RSS without the library, MiB', await readMemory(t, plain));
    t.figure('RSS with the library and small values, MiB', await readMemory(t, small));
    t.figure(`RSS with values of 1 MB in ${THREADS} threads, MiB`, before);
    t.figure(`the same after ${CHANGES} changes, MiB`, after);
    assert.ok(after - before <= (2 * THREADS * BALLAST) / 2 ** 20, `RSS grew from ${before} to ${after} MiB`);
  });
}

export const LIMITS = [
  { name: 'cpu', about: 'CPU limits', run: runCpu },
  { name: 'memory', about: 'Memory', isLong: true, run: runMemory },
];
