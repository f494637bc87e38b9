/** Tests `suspiciousReload` in a real store: what `refresh()` throws, and how a thread accepts what is held back. */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import {
  ConfigError,
  type OptionsConfig,
  type OptionsStore,
  openOptions,
  refresh,
  refreshSync,
  SuspiciousReloadError,
} from 'sentry-options';
import { createTestOptions } from 'sentry-options/testing';
import { describe, expect, it, onTestFinished } from 'vitest';
import { Base, integer } from '../support/base.js';

const NAMES = ['a', 'b', 'c', 'd', 'e', 'f'];

function open(config: OptionsConfig = {}): { base: Base; store: OptionsStore; messages: string[] } {
  const base = new Base({ seer: Object.fromEntries(NAMES.map((name) => [name, integer(0)])) });
  base.writeValues('seer', Object.fromEntries(NAMES.map((name) => [name, 1])));
  const messages: string[] = [];
  const log = (message: string) => void messages.push(message);
  const logger = { debug() {}, info() {}, warn: log, error: log };
  const store = openOptions({
    directory: base.directory,
    pollInterval: null,
    logger,
    suspiciousReload: 'hold',
    ...config,
  });
  onTestFinished(() => store.close());
  return { base, store, messages };
}

const isset = (store: OptionsStore) => store.namespace('seer').isset('a');

describe("a store with suspiciousReload: 'hold'", () => {
  it('refresh() throws a SuspiciousReloadError until it accepts, and the health is degraded', async () => {
    const { base, store, messages } = open();
    base.writeValues('seer', {});
    const error = await store.refresh().catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(SuspiciousReloadError);
    expect(error).toMatchObject({ code: 'RELOAD_SUSPICIOUS', namespace: 'seer', issues: { length: 1 } });
    expect(isset(store)).toBe(true);
    const { health, reason, lastError, rejectedReloads } = store.status();
    expect({ health, rejectedReloads }).toEqual({ health: 'degraded', rejectedReloads: 1 });
    expect(reason).toBe(lastError);
    expect(lastError).toContain('the new values set nothing, and the last ones set 6 options');
    expect(() => store.refreshSync({ accept: false })).toThrow(SuspiciousReloadError);
    expect(await store.refresh({ accept: true })).toBe(true);
    expect(isset(store)).toBe(false);
    expect(store.status()).toMatchObject({ health: 'ok', generation: 2, lastError: null });
    expect(await store.refresh()).toBe(false);
    expect(messages).toEqual([]);
  });

  it('refreshSync() accepts as well, and so does another thread, through shared memory', async () => {
    const { base, store } = open();
    base.writeValues('seer', {});
    expect(() => store.refreshSync()).toThrow(SuspiciousReloadError);
    expect(store.refreshSync({ accept: true })).toBe(true);
    base.writeValues('seer', Object.fromEntries(NAMES.map((name) => [name, 1])));
    expect(store.refreshSync()).toBe(true);
    base.removeValues('seer');
    expect(() => store.refreshSync()).toThrow(SuspiciousReloadError);
    const worker = new Worker(
      `const { parentPort, workerData } = require('node:worker_threads');
       import(workerData.library).then(({ openOptions }) => {
         const store = openOptions({ handle: workerData.handle });
         let code;
         try { store.refreshSync(); } catch (error) { code = error.code; }
         parentPort.postMessage([code, store.refreshSync({ accept: true })]);
       });`,
      { eval: true, workerData: { handle: store.handle, library: import.meta.resolve('../../dist/index.js') } },
    );
    expect(await once(worker, 'message')).toEqual([['RELOAD_SUSPICIOUS', true]]);
    expect(isset(store)).toBe(false);
    await worker.terminate();
  });

  it('A restart accepts what is held back', async () => {
    const { base, store } = open();
    base.writeValues('seer', {});
    expect(() => store.refreshSync()).toThrow(SuspiciousReloadError);
    await store.close();
    const next = openOptions({ directory: base.directory, pollInterval: null, suspiciousReload: 'hold' });
    onTestFinished(() => next.close());
    expect(isset(next)).toBe(false);
    expect(next.status().health).toBe('ok');
  });

  it('By default, a suspicious reload is live, with one warning', async () => {
    const { base, store, messages } = open({ suspiciousReload: undefined });
    base.writeValues('seer', {});
    expect(await store.refresh()).toBe(true);
    expect(isset(store)).toBe(false);
    await expect
      .poll(() => messages, { timeout: 30_000 })
      .toEqual([
        expect.stringMatching(/^The new values are live, but suspicious: those of seer set nothing, .* 6 options\. If/),
      ]);
  });

  it('An argument that is no option is rejected, before a poll is requested', async () => {
    const { store } = open();
    const { polls } = store.status();
    await expect(store.refresh({ acept: true } as never)).rejects.toThrow(
      "Unknown setting 'acept'. Known settings: accept.",
    );
    expect(() => store.refreshSync({ accept: 'yes' } as never)).toThrow(
      expect.objectContaining({
        code: 'CONFIG_INVALID',
        key: 'accept',
        message: "accept must be a boolean; got 'yes'.",
      }),
    );
    expect(() => store.refreshSync(true as never)).toThrow('The options of refresh() must be an object; got boolean.');
    expect(store.status().polls).toBe(polls);
  });

  it('The named exports pass the option on', async () => {
    const store = createTestOptions({
      install: true,
      schemas: { seer: { version: '1.0', type: 'object', properties: {} } },
    });
    onTestFinished(() => store.close());
    expect(await refresh({ accept: true })).toBe(false);
    expect(refreshSync({ accept: true })).toBe(false);
    expect(() => refreshSync({ accept: 1 } as never)).toThrow(ConfigError);
  });
});
