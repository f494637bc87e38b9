/** Tests which reads mark an option as read in the report of what is used, and which do not. */
import { once } from 'node:events';
import { isDeepStrictEqual } from 'node:util';
import { Worker } from 'node:worker_threads';
import * as library from 'sentry-options';
import { type OptionsStore, openOptions, options, type ReloadEvent, type Usage } from 'sentry-options';
import { SentryOptionsProvider } from 'sentry-options/openfeature';
import { alwaysOff, alwaysOn, createTestOptions, overrideOptions } from 'sentry-options/testing';
import { afterEach, describe, expect, it, onTestFinished } from 'vitest';
import { Base, boolean, integer, patternSchema, string } from '../support/base.js';
import { FLAG } from '../support/flags.js';
import { createClient } from '../support/openfeature.js';

afterEach(() => library.close());

const PATIENCE = { timeout: 30_000 };
const logger = { debug() {}, info() {}, warn() {}, error() {} };
const PROPERTIES = { size: integer(1), name: string('a'), on: boolean(false), 'feature.old': FLAG };
const VALUES = { size: 2, 'feature.old': alwaysOn(), 'feature.new': alwaysOff() };

function start(): { base: Base; store: OptionsStore } {
  const base = new Base({});
  base.writeSchema('shop', patternSchema(PROPERTIES));
  base.writeSchema('other', patternSchema({ size: integer(1) }));
  base.writeValues('shop', VALUES);
  return { base, store: library.init({ directory: base.directory, pollInterval: null, logger }) };
}

/** Lists what the report says was read, as NAMESPACE/KEY, with the prefix of flags. */
function listRead(usage: Usage): string[] {
  return [
    ...usage.options.map(({ namespace, key, firstReadAt }) => ({ name: `${namespace}/${key}`, firstReadAt })),
    ...usage.flags.map(({ namespace, flag, firstReadAt }) => ({ name: `${namespace}/feature.${flag}`, firstReadAt })),
  ].flatMap(({ name, firstReadAt }) => (firstReadAt === null ? [] : [name]));
}

/** A read of the option `key`. */
type Read = (store: OptionsStore, key: string) => unknown;

const override = (key: string, read: () => unknown) => overrideOptions('shop', { [key]: 7 }, read);

const READS: [description: string, read: Read][] = [
  ['get', (_, key) => options('shop').get(key)],
  ['get of a store', (store, key) => store.namespace('shop').get(key)],
  ['getForced', (_, key) => options('shop').getForced(key)],
  ['values', (_, key) => options('shop').values[key]],
  ['values of a store', (store, key) => store.namespace('shop').values[key]],
  ['destructured values', (_, key) => (({ [key]: value }) => value)(options('shop').values)],
  ['option().value', (_, key) => options('shop').option(key).value],
  ['isset', (_, key) => options('shop').isset(key)],
  ['option().isset', (_, key) => options('shop').option(key).isset],
  [
    'a listener of a namespace',
    (_, key) =>
      options('shop')
        .onChange([key], () => {})
        [Symbol.dispose](),
  ],
  [
    'a listener of an option',
    (_, key) =>
      options('shop')
        .option(key)
        .onChange(() => {}),
  ],
  ['a listener of a store', (store, key) => store.namespace('shop').onChange([key], () => {})],
  ['get of a pinned snapshot', (store, key) => store.snapshot().namespace('shop').get(key)],
  ['values of a pinned snapshot', (store, key) => store.snapshot().namespace('shop').values[key]],
  ['isset of a pinned snapshot', (store, key) => store.snapshot().namespace('shop').isset(key)],
  [
    'a handle',
    ({ handle }, key) =>
      openOptions({ handle: structuredClone(handle) })
        .namespace('shop')
        .get(key),
  ],
  ['get while overridden', (_, key) => override(key, () => options('shop').get(key))],
  ['values while overridden', (_, key) => override(key, () => options('shop').values[key])],
  ['option().value while overridden', (_, key) => override(key, () => options('shop').option(key).value)],
  ['isset while overridden', (_, key) => override(key, () => options('shop').isset(key))],
  [
    'a pinned snapshot while overridden',
    (store, key) => override(key, () => store.snapshot().namespace('shop').get(key)),
  ],
  ['get while another option is overridden', (_, key) => override('constant', () => options('shop').get(key))],
  ['values by a constant key', () => options('shop').values.constant],
];

describe('a read of an option', () => {
  it('Each way to read an option marks it, and no other option', () => {
    const keys = READS.map((_, place) => (place === READS.length - 1 ? 'constant' : `by-${place}`));
    const base = new Base({ shop: Object.fromEntries(keys.map((key) => [key, integer(1)])) });
    base.writeValues('shop', {});
    const store = library.init({ directory: base.directory, pollInterval: null, logger });
    const before = Math.floor(Date.now() / 1_000) * 1_000;
    const expected: string[] = [];
    const wrong: string[] = [];
    READS.forEach(([description, read], place) => {
      if (!isDeepStrictEqual(listRead(store.usage()), expected)) wrong.push(`before ${description}`);
      read(store, keys[place] as string);
      expected.push(`shop/${keys[place]}`);
      if (!isDeepStrictEqual(listRead(store.usage()), expected)) wrong.push(description);
    });
    expect(wrong).toEqual([]);
    const { since, options: reported } = store.usage();
    for (const { firstReadAt } of reported) {
      expect(Date.parse(firstReadAt ?? '')).toBeGreaterThanOrEqual(before);
      expect(Date.parse(firstReadAt ?? '')).toBeLessThanOrEqual(Date.now());
      expect(Date.parse(since)).toBeLessThanOrEqual(Date.parse(firstReadAt ?? ''));
    }
  });

  it('A spread and JSON.stringify of values read all options, and no flag', () => {
    const { store } = start();
    void { ...options('shop').values };
    expect(listRead(store.usage())).toEqual(['shop/size', 'shop/name', 'shop/on']);
    JSON.stringify(options('other').values);
    expect(listRead(store.usage())).toEqual(['other/size', 'shop/size', 'shop/name', 'shop/on']);
  });

  it('A value that a pinned snapshot finds in what live reads have cached is marked, and the other way around', async () => {
    const { base, store } = start();
    const [first, second] = [store.snapshot(), store.snapshot()];
    // Without a mark: it reads all.
    first.toJSON();
    expect(listRead(store.usage())).toEqual([]);
    expect(second.namespace('shop').get('name')).toBe('a');
    expect(listRead(store.usage())).toEqual(['shop/name']);
    expect(options('shop').values.name).toBe('a');
    base.writeValues('shop', { ...VALUES, size: 3 });
    await store.refresh();
    expect(first.namespace('shop').get('size')).toBe(2);
    expect(listRead(store.usage())).toEqual(['shop/size', 'shop/name']);
    expect(first.namespace('shop').isset('on')).toBe(false);
    expect(listRead(store.usage())).toEqual(['shop/size', 'shop/name', 'shop/on']);
  });

  it('The first read of an option has the time, also after changes', async () => {
    const { base, store } = start();
    options('shop').get('size');
    const find = () => store.usage().options.find(({ key, namespace }) => namespace === 'shop' && key === 'size');
    // As if it had been long ago.
    const words = new Int32Array(store.handle.usage as SharedArrayBuffer);
    words[words.indexOf(Date.parse(find()?.firstReadAt ?? '') / 1_000, 6)] = 1_000_000_000;
    expect(find()?.firstReadAt).toBe('2001-09-09T01:46:40.000Z');
    base.writeValues('shop', { ...VALUES, size: 3 });
    await store.refresh();
    expect(options('shop').get('size')).toBe(3);
    expect(find()?.firstReadAt).toBe('2001-09-09T01:46:40.000Z');
  });

  it('A read in a thread that inherits the store, or attaches it, is in the report of each thread', async () => {
    const { store } = start();
    const worker = new Worker(
      `const { parentPort } = require('node:worker_threads');
      import('sentry-options').then(({ options, attach, init }) => {
        options('shop').get('size');
        parentPort.once('message', (handle) => {
          options('other').get('size');
          parentPort.postMessage(attach(handle).usage());
        });
        parentPort.postMessage(init().usage());
      });`,
      { eval: true },
    );
    onTestFinished(() => void worker.terminate());
    const [inherited] = await once(worker, 'message');
    expect(listRead(inherited)).toEqual(['shop/size']);
    expect(listRead(store.usage())).toEqual(['shop/size']);
    worker.postMessage(store.handle);
    const [attached] = await once(worker, 'message');
    expect(listRead(attached)).toEqual(['other/size', 'shop/size']);
    expect(store.usage()).toEqual(attached);
  });

  it('The OpenFeature provider reads the option that it resolves, and evaluates the flag once', async () => {
    const { store } = start();
    const client = await createClient(new SentryOptionsProvider({ store, namespace: 'shop' }));
    expect(listRead(store.usage())).toEqual([]);
    expect(await client.getNumberValue('size', 9)).toBe(2);
    expect(listRead(store.usage())).toEqual(['shop/size']);
    expect(await client.getBooleanValue('on', true)).toBe(false);
    expect(listRead(store.usage())).toEqual(['shop/size', 'shop/on']);
    for (let times = 0; times < 3; times++) expect(await client.getBooleanValue('old', false)).toBe(true);
    expect(await client.getBooleanValue('new', true)).toBe(false);
    // An evaluation reports the flag's owner, and that is no read of the flag's value.
    const counts = store
      .usage()
      .flags.map(({ flag, on, off, errors, firstReadAt }) => [flag, on, off, errors, firstReadAt]);
    expect(counts).toEqual([
      ['old', 3, 0, 0, null],
      ['new', 0, 1, 0, null],
    ]);
  });

  it('The first read of a flag by pattern that a thread does not yet know is a read of it', async () => {
    const { base, store } = start();
    const reads: ((other: OptionsStore) => unknown)[] = [
      (other) => other.namespace('shop').get('feature.later'),
      (other) => other.namespace('shop').option('feature.later').value,
      (other) => other.namespace('shop').isset('feature.later'),
      (other) => other.namespace('shop').onChange(['feature.later'], () => {}),
    ];
    // Each has adopted what does not set the flag.
    const others = reads.map(() => openOptions({ handle: structuredClone(store.handle) }));
    for (const [place, read] of reads.entries()) {
      base.writeValues('shop', { ...VALUES, 'feature.later': alwaysOn() });
      await store.refresh();
      expect(listRead(store.usage())).toEqual([]);
      read(others[place] as OptionsStore);
      expect(listRead(store.usage())).toEqual(['shop/feature.later']);
      base.writeValues('shop', VALUES);
      await store.refresh();
    }
  });

  it('A listener that moves on to the next store of its thread is a read there', async () => {
    const first = start();
    const listener = options('shop')
      .option('size')
      .onChange(() => {});
    expect(listRead(first.store.usage())).toEqual(['shop/size']);
    await library.close();
    const second = start();
    await expect.poll(() => listRead(second.store.usage()), PATIENCE).toEqual(['shop/size']);
    listener[Symbol.dispose]();
  });

  it('A listener of a flag by pattern is a read of it as soon as it is set', async () => {
    const { base, store } = start();
    const heard: unknown[] = [];
    store
      .namespace('shop')
      .option('feature.later')
      .onChange((value) => heard.push(value));
    expect(listRead(store.usage())).toEqual([]);
    base.writeValues('shop', { ...VALUES, 'feature.later': alwaysOn() });
    await store.refresh();
    await expect.poll(() => heard.length, PATIENCE).toBe(1);
    expect(listRead(store.usage())).toEqual(['shop/feature.later']);
  });
});

describe('what reads nothing', () => {
  const REST: [description: string, call: (store: OptionsStore) => unknown][] = [
    ['toJSON of a snapshot', (store) => JSON.stringify(store.snapshot())],
    ['keys', (store) => [store.namespace('shop').keys(), store.snapshot().namespace('shop').keys()]],
    ['Object.keys of values', () => Object.keys(options('shop').values)],
    ['the operator in', () => 'size' in options('shop').values],
    ['values themselves', (store) => [options('shop').values, store.snapshot().namespace('shop').values]],
    ['option()', () => options('shop').option('size')],
    ['an unknown option', () => expect(() => options('shop').get('nothing')).toThrow()],
    ['staleFlags', (store) => store.staleFlags({ days: 0 })],
    ['status', (store) => store.status()],
    ['usage', (store) => store.usage()],
    ['has and evaluate', () => [library.features('shop').has('old'), library.features('shop').evaluate('new')]],
    ['a snapshot of flags', (store) => store.snapshot().features('shop').has('old')],
    ['an override', () => overrideOptions('shop', { size: 7 }, () => {})],
    ['refresh', (store) => store.refreshSync()],
  ];

  it('Nothing else marks an option', () => {
    const { store } = start();
    const wrong = REST.filter(([, call]) => {
      call(store);
      return listRead(store.usage()).length > 0;
    });
    expect(wrong.map(([description]) => description)).toEqual([]);
  });

  it('The values that an event brings are not read, and iterators read none', async () => {
    const { base, store } = start();
    const seen: unknown[] = [];
    store.onReload(({ changes }) => void seen.push(changes.map(({ newValue, oldValue }) => [oldValue, newValue])));
    const iterator = store.changes();
    const next = iterator.next();
    base.writeValues('shop', { ...VALUES, size: 3 });
    await store.refresh();
    await expect.poll(() => seen, PATIENCE).toEqual([[[2, 3]]]);
    const { changes } = (await next).value as ReloadEvent;
    expect(changes.map(({ newValue }) => newValue)).toEqual([3]);
    expect(listRead(store.usage())).toEqual([]);
  });

  it('A store counts from its start, and a store in memory as any other', () => {
    const schema = JSON.parse(patternSchema(PROPERTIES));
    const before = Math.floor(Date.now() / 1_000) * 1_000;
    const store = createTestOptions({ schemas: { shop: schema }, values: { shop: VALUES } });
    expect(Date.parse(store.usage().since)).toBeGreaterThanOrEqual(before);
    expect(listRead(store.usage())).toEqual([]);
    store.namespace('shop').get('size');
    store.namespace('shop').get('feature.new');
    expect(store.features('shop').has('old')).toBe(true);
    expect(listRead(store.usage())).toEqual(['shop/size', 'shop/feature.new']);
    expect(store.usage().flags[0]).toMatchObject({ flag: 'old', on: 1, off: 0 });
    expect(store.usage().problem).toBeNull();
  });
});
