/** Tests how an OpenFeature provider starts, fails and starts again, and how often handlers run at a start. */
import { ErrorCode, OpenFeature, ProviderEvents, ProviderStatus } from '@openfeature/server-sdk';
import { close, init, type OptionsStore, openOptions } from 'sentry-options';
import { SentryOptionsProvider, type SentryOptionsProviderConfig } from 'sentry-options/openfeature';
import { crashWatcher } from 'sentry-options/testing';
import { afterEach, describe, expect, it, onTestFinished } from 'vitest';
import { Base, integer } from '../support/base.js';
import { makeDomain } from '../support/openfeature.js';

const QUIET = { debug() {}, info() {}, warn() {}, error() {} };
/** For what comes on a turn of the event loop: on a busy machine, that takes a while. */
const PATIENCE = { timeout: 30_000 };
const UNKNOWN = "Unknown namespace 'saer': no schema declares it.";

afterEach(() => close());

type Event = Readonly<Record<string, unknown>>;

interface Details {
  readonly errorCode?: ErrorCode;
  readonly message?: string;
}

/** A provider's events, a client, or the API. All take the same handlers, whatever their types say. */
interface Emitter {
  addHandler(event: ProviderEvents.ConfigurationChanged, handler: (details?: Details) => void): void;
}

/** Collects all events from now on. */
function collect(emitter: Emitter): Event[] {
  const events: Event[] = [];
  for (const event of Object.values(ProviderEvents)) {
    emitter.addHandler(event as ProviderEvents.ConfigurationChanged, ({ errorCode, message } = {}) => {
      events.push({ event, ...(errorCode !== undefined && { errorCode }), ...(message !== undefined && { message }) });
    });
  }
  return events;
}

function makeBase(namespace = 'seer'): Base {
  const base = new Base({ [namespace]: { number: integer(1) } });
  base.writeValues(namespace, {});
  return base;
}

function open(base = makeBase()): OptionsStore {
  const store = openOptions({ directory: base.directory, pollInterval: null, logger: QUIET });
  onTestFinished(() => store.close());
  return store;
}

function make(config: SentryOptionsProviderConfig): { provider: SentryOptionsProvider; events: Event[] } {
  const provider = new SentryOptionsProvider(config);
  onTestFinished(() => provider.onClose());
  return { provider, events: collect(provider.events) };
}

/** Resolves when all that is due has run: the health is checked on a later turn, as are the SDK's own events. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve));
}

describe('the start of a provider', () => {
  it('A start emits one event before initialize() returns', async () => {
    const { provider, events } = make({ store: open(), namespace: 'seer' });
    const started = provider.initialize();
    expect(events).toEqual([{ event: ProviderEvents.Ready }]);
    await started;
    await settle();
    expect(events).toEqual([{ event: ProviderEvents.Ready }]);
  });

  it.each([
    ['without a store', {}, ErrorCode.PROVIDER_NOT_READY, 'This thread has no store.'],
    ['in an unknown namespace', { namespace: 'saer' }, ErrorCode.PROVIDER_FATAL, UNKNOWN],
    ['whose names are overwritten', { isOverwritten: true }, ErrorCode.GENERAL, 'cannot read the catalog'],
  ])(
    'A start %s emits one error event with a code before initialize() returns',
    async (_name, setting, code, message) => {
      const { isOverwritten, ...config } = { isOverwritten: false, ...setting };
      const store = code === ErrorCode.PROVIDER_NOT_READY ? undefined : open();
      if (isOverwritten) new Uint8Array(store?.handle.catalog as SharedArrayBuffer).fill(0xff);
      const { provider, events } = make({ store, ...config });
      const started = provider.initialize();
      const emitted = [{ event: ProviderEvents.Error, errorCode: code, message: expect.stringContaining(message) }];
      expect(events).toEqual(emitted);
      await expect(started).rejects.toMatchObject({ code, message: expect.stringContaining(message) });
      // An evaluation fails for the same reason, and emits nothing.
      expect(await provider.resolveNumberEvaluation('seer/number', 9)).toMatchObject({ value: 9, errorCode: code });
      await settle();
      expect(events).toEqual(emitted);
    },
  );

  it.each([
    ['the default provider', undefined],
    ['the provider of a domain', 'domain'],
  ])('The handlers of %s run once, and those of the API', async (_name, kind) => {
    const domain = kind && makeDomain();
    onTestFinished(() => OpenFeature.clearProviders());
    const store = open();
    const set = (provider: SentryOptionsProvider) =>
      domain === undefined
        ? OpenFeature.setProviderAndWait(provider)
        : OpenFeature.setProviderAndWait(domain, provider);
    const client = domain === undefined ? OpenFeature.getClient() : OpenFeature.getClient(domain);
    // Without a start, these would never run.
    const received = [collect(client), collect(OpenFeature)];
    onTestFinished(() => OpenFeature.clearHandlers());
    for (const events of received) events.length = 0;
    await set(make({ store, namespace: 'seer' }).provider);
    await settle();
    expect(received).toEqual([[{ event: ProviderEvents.Ready }], [{ event: ProviderEvents.Ready }]]);
    expect(client.providerStatus).toBe(ProviderStatus.READY);

    for (const events of received) events.length = 0;
    await expect(set(make({ store, namespace: 'saer' }).provider)).rejects.toMatchObject({
      code: ErrorCode.PROVIDER_FATAL,
    });
    await settle();
    const failed = { event: ProviderEvents.Error, message: expect.stringContaining(UNKNOWN) };
    expect(received).toEqual([[failed], [failed]]);
    expect(client.providerStatus).toBe(ProviderStatus.FATAL);
  });

  it('An evaluation right after setProvider(), which nobody awaits, is answered', async () => {
    const domain = makeDomain();
    OpenFeature.setProvider(domain, make({ store: open(), namespace: 'seer' }).provider);
    const client = OpenFeature.getClient(domain);
    expect(client.providerStatus).toBe(ProviderStatus.READY);
    expect(await client.getNumberValue('number', 9)).toBe(1);
  });
});

describe('a provider that starts again', () => {
  it('A second initialize() replaces the first, and reports the health anew', async () => {
    const base = makeBase();
    const store = open(base);
    const { provider, events } = make({ store, namespace: 'seer' });
    await provider.initialize();
    base.writeValues('seer', { number: 2 });
    await store.refresh();
    await expect.poll(() => events.at(-1)?.event, PATIENCE).toBe(ProviderEvents.ConfigurationChanged);
    await crashWatcher(store, 'exception');
    await expect.poll(() => events.at(-1)?.event, PATIENCE).toBe(ProviderEvents.Error);
    events.length = 0;
    await provider.initialize();
    await expect
      .poll(() => events.map(({ event }) => event), PATIENCE)
      .toEqual([ProviderEvents.Ready, ProviderEvents.Error]);
    await settle();
    expect(events).toHaveLength(2);
    expect(events[1]).toMatchObject({ errorCode: ErrorCode.GENERAL, message: store.status().reason });
  });

  it('onClose() may be called twice, and a closed provider is not ready until initialize()', async () => {
    const { provider } = make({ store: open(), namespace: 'seer' });
    const evaluate = () => provider.resolveNumberEvaluation('number', 9);
    expect(await evaluate()).toMatchObject({ value: 9, errorCode: ErrorCode.PROVIDER_NOT_READY });
    await provider.initialize();
    expect(await evaluate()).toMatchObject({ value: 1 });
    await provider.onClose();
    await provider.onClose();
    expect(await evaluate()).toMatchObject({ value: 9, errorCode: ErrorCode.PROVIDER_NOT_READY });
    await provider.initialize();
    expect(await evaluate()).toMatchObject({ value: 1 });
  });

  it('A store without the namespace of the provider is an error event when the provider finds it', async () => {
    const { provider, events } = make({ namespace: 'seer' });
    await expect(provider.initialize()).rejects.toMatchObject({ code: ErrorCode.PROVIDER_NOT_READY });
    const evaluate = () => provider.resolveNumberEvaluation('number', 9);
    const start = (namespace: string) => {
      init({ directory: makeBase(namespace).directory, pollInterval: null, logger: QUIET });
    };
    start('relay');
    for (let times = 0; times < 2; times++) {
      expect(await evaluate()).toMatchObject({ value: 9, errorCode: ErrorCode.PROVIDER_FATAL });
    }
    await close();
    start('seer');
    expect(await evaluate()).toMatchObject({ value: 1 });
    await settle();
    await close();
    start('relay');
    expect(await evaluate()).toMatchObject({ value: 9, errorCode: ErrorCode.PROVIDER_FATAL });
    const codes = events.map(({ event, errorCode }) => errorCode ?? event);
    expect(codes.filter((code) => code !== ProviderEvents.Stale)).toEqual([
      ErrorCode.PROVIDER_NOT_READY,
      ErrorCode.PROVIDER_FATAL,
      ProviderEvents.Ready,
      ErrorCode.PROVIDER_FATAL,
    ]);
  });
});

describe('a provider of several domains', () => {
  it('The provider serves each of its domains until the last one has another provider', async () => {
    const store = open();
    const { provider } = make({ store, namespace: 'seer' });
    const other = make({ store, namespace: 'seer' }).provider;
    const [first, second] = [makeDomain(), makeDomain()];
    for (const domain of [first, second]) await OpenFeature.setProviderAndWait(domain, provider);
    const clients = [first, second].map((domain) => OpenFeature.getClient(domain));
    const received = clients.map((client) => collect(client));
    const evaluate = () => provider.resolveNumberEvaluation('number', 9);
    await OpenFeature.setProviderAndWait(first, other);
    expect(await evaluate()).toMatchObject({ value: 1 });
    for (const client of clients) expect(await client.getNumberValue('number', 9)).toBe(1);

    for (const events of received) events.length = 0;
    await crashWatcher(store, 'exception');
    await expect
      .poll(() => received.map(([event]) => event?.event), PATIENCE)
      .toEqual([ProviderEvents.Error, ProviderEvents.Error]);
    await settle();
    expect(received.map((events) => events.length)).toEqual([1, 1]);

    // The SDK neither starts a provider again that it knows, nor asks for its state.
    const third = makeDomain();
    await OpenFeature.setProviderAndWait(third, provider);
    expect(OpenFeature.getClient(third).providerStatus).toBe(ProviderStatus.READY);
    expect(OpenFeature.getClient(second).providerStatus).toBe(ProviderStatus.ERROR);

    for (const domain of [second, third]) await OpenFeature.setProviderAndWait(domain, other);
    expect(await evaluate()).toMatchObject({ value: 9, errorCode: ErrorCode.PROVIDER_NOT_READY });
  });
});
