/** Tests the code of each message about values files, and the namespace, file and generation that loggers get as fields. */
import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, it } from 'vitest';
import { ConfigMapVolume } from '../../src/testing/config-map-volume.js';
import { Guard } from '../../workers/values/guard.js';
import type { LoadRequest } from '../../workers/values/request.js';
import { Base, integer } from '../support/base.js';
import { PolledFiles } from '../support/polled-files.js';

const NAMES = ['relay', 'shop'];

/** Starts on good files of two namespaces. */
async function start(parts: Partial<LoadRequest> = {}) {
  const base = new Base(Object.fromEntries(NAMES.map((name) => [name, { n: integer(0), m: integer(0) }])));
  for (const name of NAMES) base.writeValues(name, { n: 1, m: 1 });
  const files = new PolledFiles(base.directory, parts);
  await files.start();
  /** Polls, and returns what was logged, without what is undefined. */
  const poll = async () => {
    await files.poll();
    return files.logged.splice(0).map(({ code, subject }) => JSON.parse(JSON.stringify({ code, ...subject })));
  };
  expect(files.logged).toEqual([]);
  return { base, poll };
}

it('A reload has its generation, and its namespace if only one changed', async () => {
  const { base, poll } = await start();
  base.writeValues('shop', { n: 2, m: 1 });
  expect(await poll()).toEqual([{ code: 'values-live', generation: 2, namespace: 'shop' }]);
  for (const name of NAMES) base.writeValues(name, { n: 3, m: 1 });
  expect(await poll()).toEqual([{ code: 'values-live', generation: 3 }]);
  expect(await poll()).toEqual([]);
});

it('A rejection has the namespace and the file, if only one is bad', async () => {
  const { base, poll } = await start();
  base.writeValues('shop', { n: 'x' });
  expect(await poll()).toEqual([{ code: 'values-rejected', namespace: 'shop', file: base.valuesFile('shop') }]);
  base.writeValues('relay', { n: 'x' });
  expect(await poll()).toEqual([{ code: 'values-rejected' }]);
  for (const name of NAMES) base.writeValues(name, { n: 1, m: 1 });
  expect(await poll()).toEqual([{ code: 'values-recovered' }]);
});

it('A namespace that is held back is named, and so is its end', async () => {
  const { base, poll } = await start({ isolation: 'namespace' });
  const [n, file] = ['shop', base.valuesFile('shop')];
  base.writeValues('relay', { n: 2, m: 1 });
  base.writeValues('shop', { n: 'x' });
  expect(await poll()).toEqual([
    { code: 'values-live', generation: 2, namespace: 'relay' },
    { code: 'values-rejected', namespace: n, file },
  ]);
  base.writeValues('shop', { n: 1, m: 1 });
  expect(await poll()).toEqual([{ code: 'values-recovered', namespace: n }]);
});

it('A suspicious reload has another code if it is held back', async () => {
  const live = await start({ guard: new Guard('warn') });
  live.base.writeValues('shop', {});
  expect(await live.poll()).toEqual([
    { code: 'values-live', generation: 2, namespace: 'shop' },
    { code: 'values-suspicious', namespace: 'shop' },
  ]);
  const held = await start({ guard: new Guard('hold') });
  held.base.writeValues('shop', {});
  const file = held.base.valuesFile('shop');
  expect(await held.poll()).toEqual([{ code: 'values-held-back', namespace: 'shop', file }]);
});

it('A file that is deleted, has unknown names or no timestamp, and comes back, is named by its namespace', async () => {
  const { base, poll } = await start();
  const namespace = 'shop';
  base.removeValues(namespace);
  expect(await poll()).toEqual([
    { code: 'values-live', generation: 2, namespace },
    { code: 'values-deleted', namespace },
  ]);
  base.writeText(namespace, '{"options": {"n": 1, "unknown": 1}, "generated_at": "yesterday"}');
  expect(await poll()).toEqual([
    { code: 'values-live', generation: 3, namespace },
    { code: 'values-recovered', namespace },
    { code: 'values-undeclared', namespace },
    { code: 'values-undated', namespace },
  ]);
});

it.each(['all', 'namespace'] as const)(
  'A volume that is gone is named by its namespace: isolation %s',
  async (isolation) => {
    const base = new Base(Object.fromEntries(NAMES.map((name) => [name, { n: integer(0) }])));
    const volume = new ConfigMapVolume(dirname(base.valuesFile('shop')));
    volume.writeValues({ n: 1 });
    base.writeValues('relay', { n: 1 });
    const files = new PolledFiles(base.directory, { isolation });
    await files.start();
    volume.unmount();
    await files.poll();
    expect(files.logged).toEqual([{ code: 'volume-gone', subject: { namespace: 'shop' } }]);
  },
);

it('A values directory that is gone concerns no single namespace, and a file that cannot be read one', async () => {
  const { base, poll } = await start();
  const values = join(base.directory, 'values');
  renameSync(values, `${values}.away`);
  expect(await poll()).toEqual([{ code: 'volume-gone' }]);
  renameSync(`${values}.away`, values);
  expect(await poll()).toEqual([{ code: 'values-recovered' }]);
  rmSync(base.valuesFile('shop'));
  mkdirSync(base.valuesFile('shop'));
  expect(await poll()).toEqual([{ code: 'values-rejected', namespace: 'shop', file: base.valuesFile('shop') }]);
  rmSync(base.valuesFile('shop'), { recursive: true });
  writeFileSync(base.valuesFile('shop'), '{"options": {"n": 1, "m": 1}}');
});
