/** Tests what a store says of a values file that lies where it does not read, from the mistake to its end. */
import { join } from 'node:path';
import { openOptions } from 'sentry-options';
import { ConfigMapVolume } from 'sentry-options/testing';
import { expect, it, onTestFinished } from 'vitest';
import { Base, integer, valuesText } from '../support/base.js';

it('A misplaced file is a warning once, when the volume brings it, and is over when the file is right', async () => {
  const base = new Base({ quiet: { number: integer(1) }, relay: { number: integer(1) }, seer: { number: integer(1) } });
  const [seer, relay] = ['seer', 'relay'].map((name) => new ConfigMapVolume(join(base.directory, 'values', name)));
  seer?.write({ 'value.json': valuesText({ number: 2 }) });
  // As a ConfigMap that is `optional`, and does not exist yet.
  relay?.write({});
  const log: string[] = [];
  const logger = {
    debug() {},
    info() {},
    warn: (text: string) => log.push(text),
    error: (text: string) => log.push(text),
  };
  const store = openOptions({ directory: base.directory, pollInterval: null, logger });
  onTestFinished(() => store.close());
  const read = () => ['quiet', 'relay', 'seer'].map((name) => store.namespace(name).get('number'));
  const refresh = async () => {
    for (let poll = 0; poll < 3; poll++) await store.refresh();
    return store.status().mountWarnings;
  };
  const describe = (name: string, key: string) =>
    `There is no values.json of ${name}, but there is ${join(base.directory, 'values', name, key)}, which nothing reads. ` +
    'Name the key of the ConfigMap `values.json`, or set `path: values.json` in the `items` of the volume.';
  const first = describe('seer', 'value.json');

  expect(store.status()).toMatchObject({ health: 'ok', mountWarnings: [first] });
  expect(await refresh()).toEqual([first]);
  expect(log).toEqual([first]);

  relay?.write({ 'relay.json': valuesText({ number: 2 }) });
  const second = describe('relay', 'relay.json');
  expect(await refresh()).toEqual([second, first]);
  expect(read()).toEqual([1, 1, 1]);

  seer?.write({ 'values.json': valuesText({ number: 2 }) });
  relay?.write({ 'relay.json': '{}', 'values.json': valuesText({ number: 3 }) });
  expect(await refresh()).toEqual([]);
  expect(read()).toEqual([1, 3, 2]);
  expect(log).toEqual([first, second]);
});
