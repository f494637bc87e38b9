/** Tests the events of an OpenFeature provider: reloads, rejections, crashes and recoveries, in each thread. */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import {
  ErrorCode,
  OpenFeature,
  ProviderEvents,
  ProviderStatus,
  StandardResolutionReasons,
} from '@openfeature/server-sdk';
import { close, init, type OptionsStore, openOptions, refresh, type StoreHandle } from 'sentry-options';
import { SentryOptionsProvider } from 'sentry-options/openfeature';
import { crashWatcher } from 'sentry-options/testing';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { Base, boolean, integer } from '../support/base.js';
import { createClient, Listener, makeDomain } from '../support/openfeature.js';

const QUIET = { debug() {}, info() {}, warn() {}, error() {} };
const FLAG = { $ref: '#/definitions/Feature' };
const ON = { owner: { team: 'search' }, created_at: '2026-01-21', segments: [{ name: 'all', conditions: [] }] };

function makeBase(): Base {
  const base = new Base({
    relay: { number: integer(3) },
    seer: { 'feature.x': FLAG, 'feature.plain': boolean(false), number: integer(1) },
  });
  // Without a values directory the store would serve defaults and be degraded.
  base.writeValues('seer', {});
  return base;
}

function open(): { base: Base; store: OptionsStore; provider: SentryOptionsProvider } {
  const base = makeBase();
  const store = openOptions({ directory: base.directory, pollInterval: null, logger: QUIET });
  onTestFinished(() => store.close());
  return { base, store, provider: new SentryOptionsProvider({ store, namespace: 'seer' }) };
}

describe('the ConfigurationChanged event', () => {
  it('A reload emits an event with the changed keys, as a client names them', async () => {
    const { base, store, provider } = open();
    const client = await createClient(provider);
    const listener = new Listener(client);
    base.writeValues('seer', { 'feature.x': ON, 'feature.plain': true, number: 1 });
    base.writeValues('relay', { number: 4 });
    await store.refresh();
    expect(await listener.next(ProviderEvents.ConfigurationChanged)).toMatchObject({
      flagsChanged: ['relay/number', 'x', 'feature.plain'],
      metadata: { generation: 2, previousGeneration: 1 },
    });
    expect(await client.getBooleanValue('x', false)).toBe(true);
    expect(client.providerStatus).toBe(ProviderStatus.READY);

    base.writeValues('relay', {});
    await store.refresh();
    expect(await listener.next(ProviderEvents.ConfigurationChanged)).toMatchObject({ flagsChanged: ['relay/number'] });
  });

  it.each([
    ['sets no other values', '{"options": {"number": 5}, "generated_at": "2026-01-21T18:30:00Z"}'],
    ['sets an option to its default', '{"options": {"number": 5, "feature.plain": false}}'],
  ])('A reload that %s emits no event, and the next one names what changed since', async (_name, text) => {
    const { base, store, provider } = open();
    base.writeValues('seer', { number: 5 });
    await store.refresh();
    const client = await createClient(provider);
    const events: unknown[] = [];
    client.addHandler(ProviderEvents.ConfigurationChanged, (details) => void events.push(details));
    const listener = new Listener(client);
    let reloads = 0;
    store.onReload(() => reloads++);
    base.writeText('seer', text);
    expect(await store.refresh()).toBe(true);
    // Registered later than the provider.
    await vi.waitUntil(() => reloads === 1, 30_000);
    base.writeValues('seer', { number: 6 });
    await store.refresh();
    await listener.next(ProviderEvents.ConfigurationChanged);
    expect(events).toMatchObject([{ flagsChanged: ['number'], metadata: { generation: 4 } }]);
  });

  it('The clients of every domain receive the event', async () => {
    const { base, store, provider } = open();
    const listeners = [new Listener(await createClient(provider)), new Listener(await createClient(provider))];
    base.writeValues('seer', { number: 2 });
    await store.refresh();
    for (const listener of listeners) {
      expect(await listener.next(ProviderEvents.ConfigurationChanged)).toMatchObject({ flagsChanged: ['number'] });
    }
  });
});

describe('the provider status', () => {
  it('A crashed watcher sets the status ERROR, and values are still served', async () => {
    const { base, store, provider } = open();
    base.writeValues('seer', { 'feature.x': ON, number: 2 });
    await store.refresh();
    const client = await createClient(provider);
    const listener = new Listener(client);
    await crashWatcher(store, 'exception');
    const { message } = await listener.next(ProviderEvents.Error);
    expect(message).toBe(store.status().reason);
    expect(message).toMatch(/^Watcher thread panicked with: /);
    expect(client.providerStatus).toBe(ProviderStatus.ERROR);
    expect(await client.getNumberDetails('number', 0)).toMatchObject({
      value: 2,
      reason: StandardResolutionReasons.STATIC,
    });
    expect(await client.getBooleanValue('x', false)).toBe(true);
  });

  it('A provider created after a crash emits an Error event once it is ready', async () => {
    const { store, provider } = open();
    await crashWatcher(store, 'terminate');
    const client = await createClient(provider);
    const listener = new Listener(client);
    await listener.next(ProviderEvents.Error);
    expect(client.providerStatus).toBe(ProviderStatus.ERROR);
    expect(await client.getNumberValue('number', 0)).toBe(1);
  });

  it('Rejected files set the status STALE, and fixed files set READY, without a refresh', async () => {
    const base = makeBase();
    const store = openOptions({ directory: base.directory, pollInterval: 10, logger: QUIET });
    onTestFinished(() => store.close());
    const client = await createClient(new SentryOptionsProvider({ store }));
    const listener = new Listener(client);
    base.writeValues('seer', { number: 'many' });
    const { message } = await listener.next(ProviderEvents.Stale);
    expect(message).toContain('number "many" is not of type "integer"');
    expect(client.providerStatus).toBe(ProviderStatus.STALE);
    expect(await client.getNumberValue('seer/number', 0)).toBe(1);

    base.writeValues('seer', { number: 2 });
    await listener.next(ProviderEvents.Ready);
    expect(client.providerStatus).toBe(ProviderStatus.READY);
    expect(await client.getNumberValue('seer/number', 0)).toBe(2);
  });

  it('A closed store emits a Stale event', async () => {
    const { store, provider } = open();
    const client = await createClient(provider);
    const listener = new Listener(client);
    await store.close();
    expect(await listener.next(ProviderEvents.Stale)).toMatchObject({ message: 'The store was closed.' });
    expect(await client.getNumberValue('number', 0)).toBe(1);
  });

  it('A watcher whose owner thread ended emits an Error event', async () => {
    const base = makeBase();
    const source = `
      const { parentPort, workerData } = require('node:worker_threads');
      import('sentry-options').then(({ init }) => parentPort.postMessage(init(workerData).handle));
      parentPort.once('message', () => {});
    `;
    const config = { directory: base.directory, pollInterval: 10 };
    const owner = new Worker(source, { eval: true, workerData: config });
    onTestFinished(() => void owner.terminate());
    const [handle] = (await once(owner, 'message')) as [StoreHandle];
    const store = openOptions({ handle });
    const client = await createClient(new SentryOptionsProvider({ store }));
    const listener = new Listener(client);
    await owner.terminate();
    const { message } = await listener.next(ProviderEvents.Error);
    expect(message).toMatch(/^The watcher thread ended together with the thread that started it/);
    expect(await client.getNumberValue('seer/number', 0)).toBe(1);
  });
});

describe('SentryOptionsProvider', () => {
  it('A provider reads the store of this thread, even one that is initialized later', async () => {
    const domain = makeDomain();
    const provider = new SentryOptionsProvider({ namespace: 'seer' });
    await expect(OpenFeature.setProviderAndWait(domain, provider)).rejects.toMatchObject({
      code: ErrorCode.PROVIDER_NOT_READY,
      message: expect.stringContaining('Call init() at the start of the program'),
    });
    const client = OpenFeature.getClient(domain);
    const listener = new Listener(client);
    expect(client.providerStatus).toBe(ProviderStatus.ERROR);
    expect(await client.getNumberDetails('number', 9)).toMatchObject({
      value: 9,
      errorCode: ErrorCode.PROVIDER_NOT_READY,
      errorMessage: expect.stringContaining('Call init() at the start of the program'),
    });

    const base = makeBase();
    init({ directory: base.directory, pollInterval: null, logger: QUIET });
    onTestFinished(() => close());
    expect(await client.getNumberValue('number', 9)).toBe(1);
    await listener.next(ProviderEvents.Ready);
    expect(client.providerStatus).toBe(ProviderStatus.READY);
  });

  it('A provider follows the thread to its next store, and says that values changed', async () => {
    const first = makeBase();
    const store = init({ directory: first.directory, pollInterval: null, logger: QUIET });
    const client = await createClient(new SentryOptionsProvider({ namespace: 'seer' }));
    const listener = new Listener(client);
    expect(await client.getNumberValue('number', 9)).toBe(1);
    await crashWatcher(store, 'exception');
    await listener.next(ProviderEvents.Error);
    await close();
    expect(await client.getNumberValue('number', 9)).toBe(1);
    const second = makeBase();
    second.writeValues('seer', { number: 2 });
    init({ directory: second.directory, pollInterval: null, logger: QUIET });
    onTestFinished(() => close());
    expect(await client.getNumberValue('number', 9)).toBe(2);
    await listener.next(ProviderEvents.ConfigurationChanged);
    await listener.next(ProviderEvents.Ready);
    expect(client.providerStatus).toBe(ProviderStatus.READY);
    second.writeValues('seer', { number: 3 });
    await refresh();
    expect(await listener.next(ProviderEvents.ConfigurationChanged)).toMatchObject({ flagsChanged: ['number'] });
  });

  it('A provider of an unknown namespace is FATAL', async () => {
    const { store } = open();
    const domain = makeDomain();
    const provider = new SentryOptionsProvider({ store, namespace: 'saer' });
    await expect(OpenFeature.setProviderAndWait(domain, provider)).rejects.toMatchObject({
      code: ErrorCode.PROVIDER_FATAL,
      message: "Unknown namespace 'saer': no schema declares it. Declared namespaces: relay, seer.",
    });
    const client = OpenFeature.getClient(domain);
    expect(client.providerStatus).toBe(ProviderStatus.FATAL);
    expect(await client.getNumberDetails('relay/number', 9)).toMatchObject({
      value: 9,
      errorCode: ErrorCode.PROVIDER_FATAL,
    });
  });

  it('A replaced provider detaches from the store, receives no events, and can be set again', async () => {
    const { base, store, provider } = open();
    const events: string[] = [];
    for (const event of Object.values(ProviderEvents)) provider.events.addHandler(event, () => events.push(event));
    const domain = makeDomain();
    await OpenFeature.setProviderAndWait(domain, provider);
    // The SDK closes the provider, as no domain uses it any more.
    const other = new SentryOptionsProvider({ store, namespace: 'seer' });
    await OpenFeature.setProviderAndWait(domain, other);
    const listener = new Listener(OpenFeature.getClient(domain));
    await provider.onClose();
    expect(await provider.resolveNumberEvaluation('number', 9)).toMatchObject({
      value: 9,
      errorCode: ErrorCode.PROVIDER_NOT_READY,
    });
    base.writeValues('seer', { number: 2 });
    await store.refresh();
    await listener.next(ProviderEvents.ConfigurationChanged);
    // From its start.
    expect(events).toEqual([ProviderEvents.Ready]);

    await OpenFeature.setProviderAndWait(domain, provider);
    expect(await OpenFeature.getClient(domain).getNumberValue('number', 9)).toBe(2);
    base.writeValues('seer', { number: 3 });
    await store.refresh();
    await listener.next(ProviderEvents.ConfigurationChanged);
    expect(events).toEqual([ProviderEvents.Ready, ProviderEvents.Ready, ProviderEvents.ConfigurationChanged]);
    expect(store.status().watcher).toBe('running');
  });

  it('A replaced provider receives no crash event', async () => {
    const { store, provider } = open();
    const events: string[] = [];
    for (const event of Object.values(ProviderEvents)) provider.events.addHandler(event, () => events.push(event));
    const domain = makeDomain();
    await OpenFeature.setProviderAndWait(domain, provider);
    await OpenFeature.setProviderAndWait(domain, new SentryOptionsProvider({ store }));
    const listener = new Listener(OpenFeature.getClient(domain));
    await crashWatcher(store, 'exception');
    // The replaced provider would have received the event first: it has waited longer.
    await listener.next(ProviderEvents.Error);
    expect(events).toEqual([ProviderEvents.Ready]);
  });

  it('A provider that was never set is not ready', async () => {
    const { provider } = open();
    expect(await provider.resolveStringEvaluation('text', 'x')).toMatchObject({
      value: 'x',
      errorCode: ErrorCode.PROVIDER_NOT_READY,
    });
  });
});

it('Each thread has its own provider, and all receive the same events', async () => {
  const base = makeBase();
  const store = openOptions({ directory: base.directory, pollInterval: null, logger: QUIET });
  onTestFinished(() => store.close());
  const url = new URL('../fixtures/openfeature-worker.mjs', import.meta.url);
  const workers = [0, 1].map(() => new Worker(url, { workerData: store.handle }));
  onTestFinished(async () => {
    await Promise.all(workers.map((worker) => worker.terminate()));
  });
  const collectFromEach = (key?: string) =>
    Promise.all(
      workers.map(async (worker) => {
        const answer = once(worker, 'message');
        if (key !== undefined) worker.postMessage(key);
        return (await answer)[0];
      }),
    );
  // The Ready event, which a late handler receives immediately.
  expect(await collectFromEach()).toMatchObject([{ event: ProviderEvents.Ready }, { event: ProviderEvents.Ready }]);
  expect(await collectFromEach('number')).toEqual([{ value: 1 }, { value: 1 }]);

  const reloaded = collectFromEach();
  base.writeValues('seer', { number: 2 });
  await store.refresh();
  const changed = { event: ProviderEvents.ConfigurationChanged, flagsChanged: ['number'] };
  expect(await reloaded).toMatchObject([changed, changed]);
  expect(await collectFromEach('number')).toEqual([{ value: 2 }, { value: 2 }]);

  const died = collectFromEach();
  await crashWatcher(store, 'exception');
  const dead = { event: ProviderEvents.Error, status: ProviderStatus.ERROR };
  expect(await died).toMatchObject([dead, dead]);
  expect(await collectFromEach('number')).toEqual([{ value: 2 }, { value: 2 }]);
});
