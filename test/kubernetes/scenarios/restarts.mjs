/** Restarts and rollouts while the values are invalid, with and without a directory that keeps the last good ones. */
import assert from 'node:assert/strict';
import { configMap, deployment, VALUES, volume } from '../manifests.mjs';

const SOON = 20;
const GOOD = configMap('seer', { 'max-retries': 1 });
const BAD = configMap('seer', { 'max-retries': 'many' });
/** Where pods keep the last good values, in the image's view. */
const STATE = '/var/lib/sentry-options';

/** New pods cannot start; the running ones serve on, and the rollout waits. */
async function runRollout(t) {
  const parts = { image: t.image, name: 'service', replicas: 2 };
  const running = await t.step('two pods read the values', async () => {
    await t.apply(GOOD, deployment(parts));
    const pods = await t.followAll('app=service', 2);
    await Promise.all(pods.map((one) => one.reads(1)));
    return pods;
  });
  const next = await t.step('with an invalid value, a new pod fails with the message in its log', async () => {
    await t.apply(BAD);
    await t.kubectl('rollout', 'restart', 'deployment/service');
    const pods = await t.followAll('app=service', 3);
    const fresh = pods.find((one) => !running.includes(one));
    await fresh.until('the message', () =>
      fresh.messages.join('\n').includes('max-retries "many" is not of type "integer"'),
    );
    return fresh;
  });
  await t.step('the running pods serve on, and the rollout waits', async () => {
    await assert.rejects(t.kubectl('rollout', 'status', 'deployment/service', '--timeout=3s'), /timed out/);
    for (const one of running) assert.deepEqual(one.values, [1]);
  });
  await t.step('a corrected value lets the rollout go on', async () => {
    await t.apply(configMap('seer', { 'max-retries': 2 }));
    await t.sync();
    // The kubelet waits 10, 20 and 40 s between starts of a container that ends.
    await next.reads(2, 90);
    await t.kubectl('rollout', 'status', 'deployment/service', '--timeout=60s');
  });
}

/** A directory of the node serves new pods, too. */
async function runKept(t) {
  const state = {
    volume: { name: 'state', hostPath: { path: '/mnt/sentry-options-test', type: 'DirectoryOrCreate' } },
    mount: { name: 'state', mountPath: STATE },
  };
  const volumes = [volume('seer', 'seer', `${VALUES}/seer`), state];
  const parts = { image: t.image, name: 'service', volumes, env: { SENTRY_OPTIONS_STATE_DIR: STATE } };
  await t.step('a pod keeps its values', async () => {
    await t.apply(GOOD, deployment(parts));
    const [one] = await t.followAll('app=service', 1);
    await one.until('kept values', ({ status }) => status?.state?.keptAt != null, 60);
  });
  await t.step('with an invalid value, a rollout ends, and the new pod serves the last good values', async () => {
    await t.apply(BAD);
    await t.kubectl('rollout', 'restart', 'deployment/service');
    await t.kubectl('rollout', 'status', 'deployment/service', '--timeout=60s');
    const [one] = await t.followAll('app=service', 1);
    await one.reads(1);
    assert.equal(one.status.fallback.kind, 'lastGood');
    assert.equal(one.status.health, 'degraded');
  });
  await t.step('a corrected value is live', async () => {
    await t.apply(configMap('seer', { 'max-retries': 2 }));
    await t.sync();
    await t.pods.at(-1).reads(2, SOON);
  });
}

/** An `emptyDir` outlives the container, not the pod. */
async function runRestart(t) {
  const state = { volume: { name: 'state', emptyDir: {} }, mount: { name: 'state', mountPath: STATE } };
  const volumes = [volume('seer', 'seer', `${VALUES}/seer`), state];
  await t.apply(GOOD);
  const start = async (name, parts) => {
    const one = await t.pod({ name, ...parts });
    await one.reads(1);
    return one;
  };
  const [kept, plain] = await t.step('a pod with an `emptyDir` keeps its values, another has none', async () => {
    const both = [
      start('kept', { volumes, env: { SENTRY_OPTIONS_STATE_DIR: STATE } }),
      start('plain', { pod: { restartPolicy: 'Always' } }),
    ];
    const pods = await Promise.all(both);
    await pods[0].until('kept values', ({ status }) => status.state?.keptAt != null, 60);
    return pods;
  });
  await t.step('with an invalid value, only the first one serves after a restart of its container', async () => {
    await t.apply(BAD);
    await t.sync();
    for (const one of [kept, plain]) {
      await one.until('degraded', ({ status }) => status.health === 'degraded', SOON);
      one.events = [];
      one.messages = [];
      await t.kubectl('exec', one.name, '--', 'kill', '1');
    }
    await kept.reads(1, 60);
    assert.equal(kept.status.fallback.kind, 'lastGood');
    await plain.until('the message', () => plain.messages.join('\n').includes('is not of type "integer"'), 60);
    assert.deepEqual(plain.values, [undefined]);
  });
}

export const RESTARTS = [
  { name: 'kept', about: 'A rollout with a state directory', isLong: true, run: runKept },
  { name: 'restart', about: 'Restarts of containers', isLong: true, mayRestart: true, run: runRestart },
  { name: 'rollout', about: 'A rollout without a state directory', isLong: true, mayRestart: true, run: runRollout },
];
