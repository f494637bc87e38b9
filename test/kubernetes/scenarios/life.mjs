/** The life of a change: by the example's manifests as they are, and by the kubelet's own time. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { call } from '../kubectl.mjs';
import { configMap, VALUES, volume } from '../manifests.mjs';

const EXAMPLE = fileURLToPath(new URL('../../../examples/kubernetes/', import.meta.url));
const SELECTOR = 'app.kubernetes.io/name=seer';
const MAP = 'sentry-options-seer';
const REGISTRY_IMAGE = 'registry.example.com/seer:1.0.0';
/** By the annotation, the kubelet syncs at once, and the library polls every 5 s; the rest is for a busy machine. */
const SOON = 20;

/** Returns the example's objects, with the image of this run instead of the example's. */
async function readExample(image) {
  const text = await call('kubectl', ['kustomize', EXAMPLE]);
  assert.match(text, new RegExp(`image: ${REGISTRY_IMAGE}\n`));
  return text.replace(REGISTRY_IMAGE, image);
}

async function runExample(t) {
  const values = (options) => configMap(MAP, options);
  const change = async (options) => {
    await t.apply(values(options));
    const applied = Date.now();
    await t.sync(SELECTOR);
    return applied;
  };
  const all = (find) => Promise.all(t.pods.map(find));

  await t.step('two pods read the values in the main thread and in a worker', async () => {
    await t.apply(await readExample(t.image));
    const pods = await t.followAll(SELECTOR, 2);
    const expected = /"max-retries": (\d+)/.exec(readFileSync(`${EXAMPLE}sentry-options-seer.yaml`, 'utf8'));
    await all((one) => one.reads(Number(expected[1])));
    for (const one of pods) {
      assert.equal(one.status.health, 'ok');
      assert.deepEqual(one.status.mountWarnings, []);
    }
  });
  await t.step('a fresh pod reports no delay', async () => {
    for (const one of t.pods) assert.equal(one.status.namespaces.seer.delaySecs, null);
  });
  await t.step('a change is live soon after the annotation', async () => {
    for (const value of [11, 12, 13]) {
      const applied = await change({ 'max-retries': value });
      for (const { arrivedAt } of await all((one) => one.reads(value, SOON))) {
        t.figure('from `kubectl apply` to a read, with the annotation, s', (arrivedAt - applied) / 1000);
      }
    }
  });
  await t.step(
    'an invalid value is rejected: degraded, the last values stay, the message is in `kubectl logs`',
    async () => {
      await change({ 'max-retries': 'many' });
      await all((one) => one.until('degraded', ({ status }) => status.health === 'degraded', SOON));
      for (const one of t.pods) {
        assert.deepEqual(one.values, [13]);
        assert.match(
          one.messages.join('\n'),
          /error: Failed to reload values[\s\S]*max-retries "many" is not of type "integer"/,
        );
      }
    },
  );
  await t.step('a corrected value is live, and the log says so', async () => {
    await change({ 'max-retries': 14 });
    await all((one) => one.reads(14, SOON));
    await all((one) => one.until('ok', ({ status }) => status.health === 'ok', SOON));
    await all((one) => one.until('the recovery in the log', () => one.count('are valid again') === 1));
  });
  await t.step('a deleted ConfigMap changes nothing, and its values are live once it is restored', async () => {
    await t.kubectl('delete', 'configmap', MAP);
    await t.sync(SELECTOR);
    const failures = [
      'get',
      'events',
      '--field-selector',
      'reason=FailedMount',
      '--output',
      'jsonpath={.items[*].message}',
    ];
    const missing = `configmap "${MAP}" not found`;
    await t.until('the kubelet looks for it', async () => (await t.kubectl(...failures)).includes(missing));
    for (const one of t.pods) assert.deepEqual(one.values, [14]);
    await change({ 'max-retries': 15 });
    await all((one) => one.reads(15, SOON));
  });
  await t.step('SIGTERM ends the pods; a health check meanwhile gets `closed`', async () => {
    const from = Date.now();
    await t.kubectl('delete', 'deployment', 'seer', '--wait=false');
    const closed = await all((one) => one.until('closed', (p) => p.events.find(({ event }) => event === 'closed')));
    for (const { closeMs, health } of closed) {
      t.figure('`close()` after SIGTERM, ms', closeMs);
      assert.equal(health, 'closed');
    }
    await t.kubectl('wait', 'pods', '--selector', SELECTOR, '--for=delete', '--timeout=30s');
    t.figure('from `kubectl delete` to the end of both pods, s', (Date.now() - from) / 1000);
  });
}

const UNASKED = 16;
const APART_MS = 4000;

/**
 * Nobody asks the kubelet: it syncs a pod every 60 to 90 s. The pods start one after the other, as otherwise it would sync
 * all of them at about the same time.
 */
async function runUnasked(t) {
  await t.step(`${UNASKED} pods read the values`, async () => {
    await t.apply(configMap('seer', { 'max-retries': 1 }));
    const starts = Array.from({ length: UNASKED }, async (_, number) => {
      await sleep(number * APART_MS);
      return await t.pod({ name: `service-${number}`, env: { READ_MS: 200 } });
    });
    for (const one of await Promise.all(starts)) await one.reads(1);
  });
  await t.step('a change is live within 2 minutes', async () => {
    await t.apply(configMap('seer', { 'max-retries': 2 }));
    const applied = Date.now();
    for (const { arrivedAt, fileAgeMs } of await Promise.all(t.pods.map((one) => one.reads(2, 120)))) {
      t.figure("from `kubectl apply` to a read, in the kubelet's own time, s", (arrivedAt - applied) / 1000);
      t.figure('of it in the library, s', fileAgeMs / 1000);
    }
  });
}

/** A pod that can do without its ConfigMap. */
async function runOptional(t) {
  const volumes = [volume('seer', 'seer', `${VALUES}/seer`, { source: { optional: true } })];
  const one = await t.step('a pod starts without an `optional` ConfigMap, with the defaults', async () => {
    const started = await t.pod({ name: 'service', volumes });
    await started.reads(3);
    assert.equal(started.status.health, 'ok');
    assert.deepEqual(started.messages, []);
    return started;
  });
  const change = async (value) => {
    await t.apply(configMap('seer', { 'max-retries': value }));
    await t.sync();
    await one.reads(value, SOON);
  };
  await t.step('the values of the new ConfigMap are live', async () => {
    await change(21);
    assert.equal(one.status.health, 'ok');
  });
  const isLost = ({ status }) => status.namespaces.seer.lost !== null;
  await t.step('once the ConfigMap is deleted, the defaults are live, with a warning and a status field', async () => {
    await t.kubectl('delete', 'configmap', 'seer');
    await t.sync();
    await one.reads(3, SOON);
    await one.until('the status field', isLost);
    assert.equal(one.count('The values file of seer was deleted'), 1);
  });
  await t.step('the values of the restored ConfigMap are live', async () => {
    await change(22);
    await one.until('no status field', () => !isLost(one));
  });
}

/** A logger that gets all levels. */
async function runLogger(t) {
  await t.apply(configMap('seer', { 'max-retries': 1 }));
  const includes = (text) => t.pods[0].until(text, (one) => one.count(text) === 1);
  await t.step('the start logs the directory, the interval and the namespaces', async () => {
    await t.pod({ name: 'service', env: { LOGGER: 1 } });
    await includes('Started with /etc/sentry-options, polled every 5 s: seer (1 namespace)');
  });
  await t.step('a change logs its generation and options', async () => {
    await t.apply(configMap('seer', { 'max-retries': 2 }));
    await t.sync();
    await t.pods[0].reads(2, SOON);
    await includes('Generation 2 is live: seer/max-retries (1 option)');
  });
}

/** 100 changes in a minute: no value may go back, none may be lost for good. */
async function runHundred(t) {
  const one = await t.step('a pod reads the values', async () => {
    await t.apply(configMap('seer', { 'max-retries': 0 }));
    const started = await t.pod({ name: 'service' });
    await started.reads(0);
    return started;
  });
  await t.step('of 100 changes in a minute, the last is live, and no value goes back', async () => {
    const from = Date.now();
    // Five at once, since each call of kubectl takes a good part of a second on a busy machine.
    for (let value = 1; value <= 100; value += 5) {
      const changes = [0, 1, 2, 3, 4].map((more) => configMap('seer', { 'max-retries': value + more }));
      await t.apply(...changes);
      await t.sync();
      const left = from + (value + 4) * 600 - Date.now();
      if (left > 0) await sleep(left);
    }
    assert.ok(Date.now() - from < 90_000, 'the changes took longer than 90 s');
    await t.sync();
    await one.reads(100, SOON);
    for (const thread of ['main', 'worker']) {
      const read = one.events.filter((event) => event.event === 'read' && event.thread === thread);
      const values = read.map(({ value }) => value);
      assert.deepEqual(
        values,
        values.toSorted((a, b) => a - b),
      );
    }
    t.figure('of 100 changes, live in the pod', one.status.generation - 1);
    assert.equal(one.status.rejectedReloads, 0);
    assert.equal(one.count('error'), 0);
  });
}

export const LIFE = [
  { name: 'unasked', about: "The kubelet's own time", isLong: true, run: runUnasked },
  { name: 'hundred', about: '100 changes in a minute', isLong: true, run: runHundred },
  {
    name: 'example',
    about: 'The example, with restricted pod security',
    labels: { 'pod-security.kubernetes.io/enforce': 'restricted' },
    run: runExample,
  },
  { name: 'optional', about: 'An `optional` ConfigMap', run: runOptional },
  { name: 'logger', about: 'A logger', run: runLogger },
];
