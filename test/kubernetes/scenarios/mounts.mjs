/** Ways to mount a ConfigMap: those that work, and the mistakes. */
import assert from 'node:assert/strict';
import { configMap, VALUES, valuesText, volume } from '../manifests.mjs';

const SOON = 20;
const warnings = (pod) => pod.messages.filter((line) => line.includes('warning: '));

/** A single file never changes. */
async function runFile(t) {
  const mount = { subPath: 'values.json' };
  const volumes = [volume('seer', 'seer', `${VALUES}/seer/values.json`, { mount })];
  const one = await t.step('one warning names the file', async () => {
    await t.apply(configMap('seer', { 'max-retries': 1 }));
    const started = await t.pod({ name: 'service', volumes });
    await started.reads(1);
    await started.until('a warning', (pod) => warnings(pod).length === 1);
    assert.match(warnings(started)[0], new RegExp(`${VALUES}/seer/values.json is mounted as a single file`));
    assert.equal(started.status.mountWarnings.length, 1);
    return started;
  });
  await t.step('a change does not arrive, the values stay', async () => {
    await t.apply(configMap('seer', { 'max-retries': 2 }));
    await t.sync();
    await awaitPoll(t, one);
    assert.deepEqual(one.values, [1]);
    assert.equal(warnings(one).length, 1);
  });
}

/** Waits until a poll has begun and ended after this moment. */
async function awaitPoll(t, pod) {
  const ask = async () =>
    JSON.parse(await t.kubectl('exec', pod.name, ...'-- sentry-options status --pid 1 --json'.split(' ')));
  const { polls } = await ask();
  await t.until('two polls', async () => (await ask()).polls >= polls + 2);
}

/** At the first change, the kubelet deletes the directory under the bind mount. */
async function runDirectory(t) {
  const source = { items: [{ key: 'values.json', path: 'seer/values.json' }] };
  const volumes = [volume('seer', 'seer', `${VALUES}/seer`, { source, mount: { subPath: 'seer' } })];
  const one = await t.step('one warning names the directory', async () => {
    await t.apply(configMap('seer', { 'max-retries': 1 }));
    const started = await t.pod({ name: 'service', volumes });
    await started.reads(1);
    await started.until('a warning', (pod) => warnings(pod).length === 1);
    assert.match(warnings(started)[0], new RegExp(`${VALUES}/seer`));
    return started;
  });
  await t.step('after a change: the last values stay, degraded, and the message names the mount', async () => {
    await t.apply(configMap('seer', { 'max-retries': 2 }));
    await t.sync();
    await one.until('degraded', ({ status }) => status.health === 'degraded', SOON);
    assert.deepEqual(one.values, [1]);
    assert.match(one.status.reason, new RegExp(`${VALUES}/seer.*subPath`));
    assert.equal(warnings(one).length, 2);
  });
}

/** A projected volume is as good as one of a ConfigMap. */
async function runProjected(t) {
  const seer = { name: 'seer', projected: { sources: [{ configMap: { name: 'seer' } }] } };
  const volumes = [{ volume: seer, mount: { name: 'seer', mountPath: `${VALUES}/seer` } }];
  await t.apply(configMap('seer', { 'max-retries': 1 }));
  await t.step('a pod reads the values of a projected volume, without a warning', async () => {
    const one = await t.pod({ name: 'service', volumes });
    await one.reads(1);
    assert.deepEqual(one.messages, []);
  });
  await t.step('a change is live', async () => {
    await t.apply(configMap('seer', { 'max-retries': 2 }));
    await t.sync();
    await t.pods[0].reads(2, SOON);
  });
}

/** Two namespaces of options, each with a ConfigMap. */
async function runTwo(t) {
  const shop = (size) => configMap('shop', { 'page-size': size });
  const reads = (one, value, size) =>
    one.until(
      `max-retries ${value} and page-size ${size}`,
      () => one.values[0] === value && one.events.findLast(({ key }) => key === 'page-size')?.value === size,
      SOON,
    );
  const one = await t.step('a pod reads two ConfigMaps', async () => {
    await t.apply(configMap('seer', { 'max-retries': 1 }), shop(10));
    const volumes = ['seer', 'shop'].map((name) => volume(name, name, `${VALUES}/${name}`));
    const started = await t.pod({ name: 'service', volumes, env: { SHOP: 1 } });
    await reads(started, 1, 10);
    assert.deepEqual(started.messages, []);
    return started;
  });
  await t.step('a change of one, then of both', async () => {
    await t.apply(shop(11));
    await t.sync();
    await reads(one, 1, 11);
    await t.apply(configMap('seer', { 'max-retries': 2 }), shop(12));
    await t.sync();
    await reads(one, 2, 12);
  });
  await t.step('an invalid one keeps the values of both', async () => {
    await t.apply(configMap('seer', { 'max-retries': 3 }), shop('large'));
    await t.sync();
    await one.until('degraded', ({ status }) => status.health === 'degraded', SOON);
    await reads(one, 2, 12);
  });
}

/** The kubelet never updates an immutable ConfigMap, so a change needs a new name. */
async function runImmutable(t) {
  const make = (name, value) => configMap(name, { 'max-retries': value }, { immutable: true });
  const volumes = (name) => [volume('seer', name, `${VALUES}/seer`)];
  const one = await t.step('a pod reads an immutable ConfigMap', async () => {
    await t.apply(make('seer-1', 1));
    const started = await t.pod({ name: 'service', volumes: volumes('seer-1') });
    await started.reads(1);
    return started;
  });
  await t.step('its change is rejected by the API server', async () => {
    await assert.rejects(t.apply(make('seer-1', 2)), /immutable/);
    assert.deepEqual(one.values, [1]);
  });
  await t.step('a new name is live in new pods', async () => {
    await t.apply(make('seer-2', 2));
    const next = await t.pod({ name: 'service-2', volumes: volumes('seer-2') });
    await next.reads(2);
    assert.deepEqual(one.values, [1]);
  });
}

/** Mistakes that leave the library without its files. `found`: where the file is, which the warning must name. */
const MISTAKES = [
  { name: 'parent', about: 'one directory too high', path: VALUES, found: `${VALUES}/values.json` },
  { name: 'misspelled', about: 'a misspelled directory', path: `${VALUES}/serr`, found: `${VALUES}/serr/values.json` },
  { name: 'key', about: 'the key value.json', map: 'seer-key', found: `${VALUES}/seer/value.json` },
  {
    name: 'items',
    about: '`items` with another path',
    source: { items: [{ key: 'values.json', path: 'seer.json' }] },
    found: `${VALUES}/seer/seer.json`,
  },
];

async function runMistakes(t) {
  await t.apply(
    configMap('seer', { 'max-retries': 1 }),
    configMap('seer-key', {}, { entries: { 'value.json': valuesText({ 'max-retries': 1 }) } }),
  );
  await Promise.all(
    MISTAKES.map(async ({ name, about, path = `${VALUES}/seer`, map = 'seer', source, found }) => {
      await t.step(`${about}: one warning, and \`doctor\` says the same`, async () => {
        const one = await t.pod({ name, volumes: [volume('seer', map, path, { source })] });
        await one.reads(3);
        await one.until('a warning', () => warnings(one).length > 0, SOON);
        await awaitPoll(t, one);
        assert.equal(warnings(one).length, 1);
        const [message] = one.status.mountWarnings;
        assert.deepEqual(one.status.mountWarnings, [message]);
        assert.ok(message.includes(` ${found},`) && warnings(one)[0].includes(message), message);
        // It ends with 1 if something is wrong.
        const doctor = await t.kubectl('exec', name, '--', 'sh', '-c', 'sentry-options doctor 2>&1; true');
        assert.ok(doctor.includes(message), doctor);
      });
    }),
  );
}

export const MOUNTS = [
  { name: 'file', about: '`subPath` of a file', run: runFile },
  { name: 'directory', about: '`subPath` of a directory', run: runDirectory },
  { name: 'projected', about: 'A projected volume', run: runProjected },
  { name: 'two', about: 'Two ConfigMaps', run: runTwo },
  { name: 'immutable', about: 'An immutable ConfigMap', run: runImmutable },
  { name: 'mistakes', about: 'Mistakes of the mount', run: runMistakes },
];
