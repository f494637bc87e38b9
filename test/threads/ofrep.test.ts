/** Tests the OFREP handler: what it answers, to whom, and when a client has the answer already. */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { OFREPApi } from '@openfeature/ofrep-core';
import { OpenFeature } from '@openfeature/server-sdk';
import { close, init, type OptionsStore, openOptions } from 'sentry-options';
import { createOfrepHandler, type OfrepConfig } from 'sentry-options/ofrep';
import { SentryOptionsProvider } from 'sentry-options/openfeature';
import { alwaysOff, alwaysOn, createTestOptions, overrideOptions } from 'sentry-options/testing';
import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import type { FlagAnswer } from '../../src/ofrep/answers.js';
import { createOfrepHandler as createHandler } from '../../src/ofrep/handler.js';
import { OptionsStore as Store } from '../../src/store/options-store.js';
import { StoreView } from '../../src/view/view.js';
import { Base, integer, patternSchema } from '../support/base.js';
import { FLAG } from '../support/flags.js';
import { makeMemoryStore } from '../support/memory-store.js';
import { ALLOWED, ask, FLAGS, makeRequest, SCHEMAS } from '../support/ofrep.js';

afterEach(() => close());

const ON = { 'feature.a': alwaysOn(), 'feature.b': alwaysOn() };
const logger = { debug() {}, info() {}, warn() {}, error() {} };
const NOBODY = { targetingKey: 'user-3' };
const STAFF = { targetingKey: 'user-1', email: 'me@secret.example.com' };
const DENIED = (key: string) => ({
  key,
  errorCode: 'FLAG_NOT_FOUND',
  errorDetails: 'There is no such flag for clients.',
});

function makeStore(): OptionsStore {
  return createTestOptions({ schemas: SCHEMAS, values: { shop: FLAGS, open: FLAGS } });
}

function makeHandler(config: Partial<OfrepConfig> = {}) {
  return createOfrepHandler({
    namespace: 'shop',
    flags: ALLOWED,
    store: makeStore(),
    clientProperties: 'all',
    ...config,
  });
}

/** Starts a store on files, which the thread's handlers read; returns how to write them. */
function start(flags: object): (flags: object) => Promise<unknown> {
  const base = new Base({});
  base.writeSchema('shop', patternSchema());
  base.writeValues('shop', { ...flags });
  const store = init({ directory: base.directory, pollInterval: null, logger });
  return async (newer) => {
    base.writeValues('shop', { ...newer });
    await store.refresh();
  };
}

describe('the answer for all flags', () => {
  it.each(['shop', 'open'])(
    'It has the value and the reason of each flag on the list in %s, and nothing else',
    async (namespace) => {
      const handle = makeHandler({ namespace });
      const { status, body, headers } = await ask(handle, makeRequest({ context: STAFF }));
      expect([status, body]).toEqual([
        200,
        {
          flags: [
            { key: 'checkout', value: true, reason: 'TARGETING_MATCH' },
            { key: 'half', value: true, reason: 'SPLIT' },
            { key: 'off', value: false, reason: 'DEFAULT' },
            { key: 'disabled', value: false, reason: 'DISABLED' },
            { key: 'unset', value: false, reason: 'DEFAULT' },
            { key: 'a/b é', value: true, reason: 'TARGETING_MATCH' },
          ],
        },
      ]);
      expect(Object.fromEntries(headers)).toEqual({
        'cache-control': 'no-store',
        'content-type': 'application/json',
        etag: expect.stringMatching(/^"[\w-]{43}"$/),
        'x-content-type-options': 'nosniff',
      });
      const other = await ask(handle, makeRequest({ context: { ...NOBODY, plan: 'secret-plan' } }));
      expect((other.body as { flags: unknown[] }).flags.slice(0, 3)).toEqual([
        { key: 'checkout', value: false, reason: 'DEFAULT' },
        { key: 'half', value: true, reason: 'SPLIT' },
        { key: 'off', value: false, reason: 'TARGETING_MATCH' },
      ]);
    },
  );

  it('A flag on the list that no schema declares is left out, as one that is not on the list', async () => {
    const handle = makeHandler({ flags: ['nope', 'size', 'feature.half', 'half'] });
    expect((await ask(handle, makeRequest({ context: NOBODY }))).body).toEqual({
      flags: [{ key: 'half', value: true, reason: 'SPLIT' }],
    });
  });

  it('All values and reasons are those that the OpenFeature provider gives with the default false', async () => {
    const store = makeStore();
    await OpenFeature.setProviderAndWait(new SentryOptionsProvider({ store, namespace: 'shop' }));
    onTestFinished(() => OpenFeature.clearProviders());
    const client = OpenFeature.getClient();
    const handle = makeHandler({ store });
    for (let id = 0; id < 10; id++) {
      const context = { targetingKey: `user-${id}`, ...(id % 2 === 0 && { email: 'me@secret.example.com' }) };
      const { body } = await ask(handle, makeRequest({ context }));
      for (const { key, value, reason } of (body as { flags: FlagAnswer[] }).flags) {
        // Nobody has decided on a flag that is disabled or unset: the provider then returns this default.
        const details = await client.getBooleanDetails(key, false, context);
        expect([key, details.value, details.reason]).toEqual([key, value, reason]);
      }
    }
  });

  it('Overrides of a test apply', async () => {
    createThreadStore();
    const handle = createOfrepHandler({ namespace: 'shop', flags: ['half'] });
    const before = await ask(handle, makeRequest({ context: NOBODY }));
    await overrideOptions('shop', { 'feature.half': alwaysOff() }, async () => {
      expect((await ask(handle, makeRequest({ context: NOBODY }))).body).not.toEqual(before.body);
    });
  });

  it('Each evaluation counts, as one of has()', async () => {
    const store = makeStore();
    const handle = makeHandler({ store });
    await ask(handle, makeRequest({ context: STAFF }));
    await ask(handle, makeRequest({ context: STAFF }, 'checkout'));
    const [counted] = store.usage().flags.filter(({ namespace, flag }) => namespace === 'shop' && flag === 'checkout');
    expect(counted).toMatchObject({ on: 2, off: 0, errors: 0 });
    const denied = store.usage().flags.find(({ flag }) => flag === 'secret-launch');
    expect(denied).toMatchObject({ on: 0, off: 0 });
  });
});

/** Starts this thread's store. */
function createThreadStore(): void {
  start(FLAGS);
}

describe('the answer for one flag', () => {
  it('It is the entry of the answer for all flags, also with a key that must be encoded', async () => {
    const handle = makeHandler();
    const { body } = await ask(handle, makeRequest({ context: STAFF }));
    for (const entry of (body as { flags: { key: string }[] }).flags) {
      const {
        status,
        body: one,
        etag,
      } = await ask(handle, makeRequest({ context: STAFF }, encodeURIComponent(entry.key)));
      expect([status, one, etag]).toEqual([200, entry, null]);
    }
    // Some proxies decode slashes.
    expect((await ask(handle, makeRequest({ context: STAFF }, 'a/b%20%C3%A9'))).status).toBe(200);
  });

  it('A flag that is not on the list, one that does not exist, and an option get the same answer', async () => {
    for (const namespace of ['shop', 'open']) {
      const handle = makeHandler({ namespace, flags: [...ALLOWED, 'size'] });
      // The key is what the client sent.
      const keys = ['secret-launch', 'nope', 'size', 'feature.checkout', '__proto__', ''];
      for (const key of keys) {
        const response = await handle(makeRequest({ context: STAFF }, encodeURIComponent(key)));
        const shown = [response.status, [...response.headers], await response.json()];
        expect(shown).toEqual(
          namespace === 'open' && key === 'size'
            ? // By pattern, any name is one of a flag.
              [200, expect.anything(), { key, value: false, reason: 'DEFAULT' }]
            : [404, [...(await handle(makeRequest({ context: STAFF }, 'x'))).headers], DENIED(key)],
        );
      }
    }
  });
});

describe('the ETag of all flags', () => {
  it('A client that has the answer gets 304 without a body, also by a list of ETags and by a weak one', async () => {
    const handle = makeHandler();
    const { etag, body } = await ask(handle, makeRequest({ context: NOBODY }));
    for (const header of [`${etag}`, `W/${etag}`, `"other", W/${etag}`]) {
      const again = await ask(handle, makeRequest({ context: NOBODY }, undefined, { 'if-none-match': header }));
      expect([again.status, again.body, again.etag]).toEqual([304, undefined, etag]);
    }
    for (const header of ['*', '"other"', 'other', '']) {
      const again = await ask(handle, makeRequest({ context: NOBODY }, undefined, { 'if-none-match': header }));
      expect([again.status, again.body, again.etag]).toEqual([200, body, etag]);
    }
  });

  it('It depends on the context, as far as the answers do', async () => {
    const handle = makeHandler();
    const find = async (context: object) => (await ask(handle, makeRequest({ context }))).etag as string;
    const etag = await find(NOBODY);
    expect(await find(STAFF)).not.toBe(etag);
    expect(await find({ ...NOBODY, plan: 'secret-plan' })).not.toBe(etag);
    // Nothing of a context can be guessed by it: others with the same answers have the same one.
    expect(await find({ ...NOBODY, email: 'other@example.org' })).toBe(etag);
    const moved = await ask(handle, makeRequest({ context: STAFF }, undefined, { 'if-none-match': etag }));
    expect(moved.status).toBe(200);
  });

  it('It changes with each reload that changes an answer or a reason, and with no other', async () => {
    const write = start({ 'feature.half': alwaysOn(), 'feature.off': alwaysOff() });
    const handle = createOfrepHandler({ namespace: 'shop', flags: ['half', 'off'] });
    const find = async () => (await ask(handle, makeRequest({ context: NOBODY }))).etag;
    const first = await find();
    await write({ 'feature.half': alwaysOn(), 'feature.off': alwaysOff(), 'feature.other': alwaysOn() });
    expect(await find()).toBe(first);
    await write({ 'feature.half': alwaysOff(), 'feature.off': alwaysOff() });
    const second = await find();
    await write({ 'feature.half': { ...alwaysOn(), enabled: false }, 'feature.off': alwaysOff() });
    const third = await find();
    expect(new Set([first, second, third]).size).toBe(3);
  });

  it('Each process has the same ETag for the same answers, so that a client may ask another one', async () => {
    const find = async (store: OptionsStore) =>
      (await ask(makeHandler({ store }), makeRequest({ context: NOBODY }))).etag;
    expect(await find(makeStore())).toBe(await find(makeStore()));
  });
});

describe('the store of a handler', () => {
  it('Without a store the answer is 503, and the next one comes from the store that the thread has by then', async () => {
    const handle = createOfrepHandler({ namespace: 'shop', flags: ['half'] });
    for (const key of [undefined, 'half']) {
      const { status, headers, body } = await ask(handle, makeRequest({ context: NOBODY }, key));
      expect([status, headers.get('retry-after'), body]).toEqual([
        503,
        '5',
        {
          ...(key && { key }),
          errorCode: 'PROVIDER_NOT_READY',
          errorDetails: 'The service cannot read its flags yet.',
        },
      ]);
    }
    start(FLAGS);
    expect((await ask(handle, makeRequest({ context: NOBODY }))).status).toBe(200);
    await close();
    expect((await ask(handle, makeRequest({ context: NOBODY }))).status).toBe(503);
    start(FLAGS);
    expect((await ask(handle, makeRequest({ context: NOBODY }))).status).toBe(200);
  });

  it('All answers to a request are from one generation, even if the watcher publishes one between two flags', async () => {
    const memory = makeMemoryStore({ shop: { 'feature.a': FLAG, 'feature.b': FLAG } }, { shop: ON });
    const view = new StoreView(memory.handle, () => {});
    const handle = createHandler({ namespace: 'shop', flags: ['a', 'b'], store: new Store(view) });
    const answers = async (): Promise<unknown[]> => {
      const { body } = await ask(handle, makeRequest({ context: NOBODY }));
      return (body as { flags: { value: boolean }[] }).flags.map(({ value }) => value);
    };
    const counterOf = view.usage.counterOf.bind(view.usage);
    // Called while the first flag is found.
    const spy = vi.spyOn(view.usage, 'counterOf').mockImplementation((id) => {
      spy.mockRestore();
      memory.publish({ shop: { 'feature.a': alwaysOff(), 'feature.b': alwaysOff() } });
      return counterOf(id);
    });
    expect(await answers()).toEqual([true, true]);
    expect(await answers()).toEqual([false, false]);
  });

  it('The generation is the newest one when the service has found what it knows of the client', async () => {
    const write = start({ 'feature.a': alwaysOn() });
    const handle = createOfrepHandler({
      namespace: 'shop',
      flags: ['a'],
      async context() {
        await write({ 'feature.a': alwaysOff() });
        return {};
      },
    });
    expect((await ask(handle, makeRequest({ context: NOBODY }))).body).toEqual({
      flags: [{ key: 'a', value: false, reason: 'DEFAULT' }],
    });
  });

  it('A handler in another thread answers from the store of its owner', async () => {
    const base = new Base({ seer: { number: integer(1), 'feature.a': FLAG } });
    base.writeValues('seer', { 'feature.a': alwaysOn() });
    init({ directory: base.directory, pollInterval: null, logger });
    const worker = new Worker(new URL('../fixtures/answering-worker.mjs', import.meta.url));
    onTestFinished(() => void worker.terminate());
    worker.postMessage(['ofrep', { namespace: 'seer', flags: ['a'] }]);
    const [{ value }] = await once(worker, 'message');
    expect(value).toEqual([200, '{"flags":[{"key":"a","value":true,"reason":"TARGETING_MATCH"}]}']);
  });

  it('A namespace that no schema declares is 500, and an error in the log that names it', async () => {
    const messages: string[] = [];
    const base = new Base({ shop: {} });
    base.writeValues('shop', {});
    const log = { ...logger, error: (message: string) => void messages.push(message) };
    const store = openOptions({ directory: base.directory, pollInterval: null, logger: log });
    onTestFinished(() => store.close());
    const handle = createOfrepHandler({ namespace: 'relay', flags: ['x'], store });
    for (let time = 0; time < 2; time++) {
      const { status, body } = await ask(handle, makeRequest({ context: NOBODY }));
      expect([status, body]).toEqual([
        500,
        { errorCode: 'GENERAL', errorDetails: 'The service cannot evaluate its flags.' },
      ]);
    }
    expect(messages).toEqual([
      "An OFREP request for flags of namespace 'relay' failed: UnknownNamespaceError: Unknown namespace 'relay': " +
        'no schema declares it. Declared namespaces: shop.',
    ]);
  });
});

describe('the official client', () => {
  it('It accepts the answers for all flags and for one, the ETag, and the failures', async () => {
    const handle = makeHandler();
    const api = new OFREPApi(
      { baseUrl: 'http://localhost' },
      async (input: Request | string | URL, options?: RequestInit) => handle(new Request(input, options)),
    );
    const bulk = await api.postBulkEvaluateFlags({ context: STAFF });
    expect(bulk.value).toMatchObject({
      flags: expect.arrayContaining([{ key: 'checkout', value: true, reason: 'TARGETING_MATCH' }]),
    });
    const etag = bulk.httpResponse?.headers.get('etag') as string;
    expect((await api.postBulkEvaluateFlags({ context: STAFF }, etag)).httpStatus).toBe(304);
    expect((await api.postBulkEvaluateFlags({ context: {} })).value).toMatchObject({
      errorCode: 'TARGETING_KEY_MISSING',
    });
    expect((await api.postEvaluateFlag('a/b é', { context: NOBODY })).value).toMatchObject({
      key: 'a/b é',
      value: true,
    });
    expect(await api.postEvaluateFlag('nope', { context: NOBODY })).toMatchObject({
      httpStatus: 404,
      value: DENIED('nope'),
    });
    expect((await api.postEvaluateFlag('half', { context: 1 as never })).value).toMatchObject({
      errorCode: 'INVALID_CONTEXT',
    });
  });
});
