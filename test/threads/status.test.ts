/** Tests `status()` of a real store: its reloads, its heartbeat, and that it is the same in every thread. */
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import { formatStatus, type OptionsStore, openOptions, type ReloadEvent } from 'sentry-options';
import { crashWatcher, createTestOptions } from 'sentry-options/testing';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { Base, integer, string } from '../support/base.js';

const QUIET = { debug() {}, info() {}, warn() {}, error() {} };

function open(config: { pollInterval?: number; redactValues?: boolean } = {}): { base: Base; store: OptionsStore } {
  const base = new Base({
    relay: { on: integer(0) },
    seer: { number: integer(1), text: string('default'), 'feature.f': { $ref: '#/definitions/Feature' } },
  });
  const store = openOptions({ directory: base.directory, pollInterval: null, logger: QUIET, ...config });
  onTestFinished(() => store.close());
  return { base, store };
}

describe('status().reloads', () => {
  it('reloads lists the time, duration and changes of each reload after the first load', async () => {
    const { base, store } = open();
    expect(store.status().reloads).toEqual([]);
    const events: ReloadEvent[] = [];
    store.onReload((event) => events.push(event));
    base.writeValues('seer', { number: 2, text: 'default' });
    await store.refresh();
    // Two reloads before the listener's turn would be one event.
    await vi.waitUntil(() => events.length === 1, 30_000);
    base.writeValues('relay', { on: 1 });
    base.writeText('seer', '{"options": {"number": 2}}');
    await store.refresh();
    const { reloads, appliedAt, reloadMs, rejectedReloads } = store.status();
    expect(reloads).toEqual([
      {
        at: expect.stringMatching(/^\d{4}-.*Z$/),
        reloadMs: expect.any(Number),
        generation: 2,
        namespaces: ['seer'],
        namespaceCount: 1,
        keys: ['seer/number'],
        keyCount: 1,
        error: null,
      },
      {
        at: appliedAt,
        reloadMs,
        generation: 3,
        namespaces: ['relay', 'seer'],
        namespaceCount: 2,
        keys: ['relay/on'],
        keyCount: 1,
        error: null,
      },
    ]);
    expect(rejectedReloads).toBe(0);
    await vi.waitUntil(() => events.at(-1)?.generation === 3, 30_000);
    const reported = events.flatMap(({ changes }) => changes.map(({ namespace, key }) => `${namespace}/${key}`));
    expect(reported).toEqual(reloads.flatMap(({ keys }) => keys));
  });

  it('reloads lists a rejection with its reason, without the values if redactValues is set', async () => {
    const { base, store } = open({ redactValues: true });
    base.writeValues('seer', { number: 'secret' });
    await expect(store.refresh()).rejects.toThrow('number');
    // The file did not change, so a second refresh is no further reload.
    await expect(store.refresh()).rejects.toThrow('number');
    const { reloads, rejectedReloads, lastError } = store.status();
    expect(rejectedReloads).toBe(1);
    expect(reloads).toEqual([
      {
        at: expect.any(String),
        reloadMs: expect.any(Number),
        generation: null,
        namespaces: [],
        namespaceCount: 0,
        keys: [],
        keyCount: 0,
        error: lastError,
      },
    ]);
    expect(lastError).toContain('number');
    expect(JSON.stringify(store.status())).not.toContain('secret');
  });
});

describe('status().heartbeatAt', () => {
  it('heartbeatAt advances with each poll and stops if the watcher crashes', async () => {
    const { store } = open({ pollInterval: 10 });
    const { heartbeatAt: first } = store.status();
    await vi.waitUntil(() => (store.status().heartbeatAt as string) > (first as string), 30_000);
    await crashWatcher(store);
    const { heartbeatAt, polls } = store.status();
    expect(Date.parse(heartbeatAt as string)).toBeGreaterThan(Date.parse(first as string));
    expect(store.status()).toMatchObject({ watcher: 'crashed', heartbeatAt, polls });
  });
});

describe('status()', () => {
  it('docs/reference.md lists all fields of status() and no others', async () => {
    const { base, store } = open();
    base.writeValues('seer', { number: 2 });
    await store.refresh();
    const status = store.status();
    const fields = [status, status.namespaces.seer, status.reloads[0]].flatMap((part) => Object.keys(part as object));
    const page = readFileSync(new URL('../../docs/reference.md', import.meta.url), 'utf8');
    const section = page.slice(page.indexOf('## Status'), page.indexOf('## Errors'));
    const cells = [...section.matchAll(/^\| (`.+?) \|/gm)].map((match) => match[1] as string);
    const listed = cells.flatMap((cell) => [...cell.matchAll(/`(\w+)`/g)].map((match) => match[1] as string));
    expect(new Set(listed)).toEqual(new Set(fields));
  });

  it('status() is the same in every thread', async () => {
    const { base, store } = open();
    base.writeValues('seer', { number: 2 });
    await store.refresh();
    const worker = new Worker(
      `const { parentPort, workerData } = require('node:worker_threads');
       import(workerData.library).then(({ openOptions }) =>
         parentPort.postMessage(openOptions({ handle: workerData.handle }).status()));`,
      { eval: true, workerData: { handle: store.handle, library: import.meta.resolve('../../dist/index.js') } },
    );
    const [status] = await once(worker, 'message');
    expect(status).toEqual(store.status());
    await worker.terminate();
  });
});

describe('a namespace called constructor', () => {
  it('Its status, its text form and its reloads are those of any namespace, without a file and with one', async () => {
    const base = new Base({ constructor: { number: integer(1) }, seer: { number: integer(1) } });
    const store = openOptions({ directory: base.directory, pollInterval: null, logger: QUIET });
    onTestFinished(() => store.close());
    const { constructor: without } = store.status().namespaces;
    expect(without).toMatchObject({ valuesHash: null, unknownCount: 0 });
    expect(Object.keys(JSON.parse(JSON.stringify(store.status())).namespaces)).toEqual(['constructor', 'seer']);
    expect(formatStatus(store.status())).toContain('namespace constructor\n');
    base.writeText('constructor', '{"options": {"number": 2, "toString": 1}, "generated_at": "2026-01-01T00:00:00Z"}');
    expect(await store.refresh()).toBe(true);
    expect(store.status()).toMatchObject({
      namespaces: { constructor: { unknownKeys: ['toString'], generatedAt: '2026-01-01T00:00:00Z' } },
      reloads: [{ namespaces: ['constructor'], keys: ['constructor/number'] }],
    });
    expect(store.namespace('constructor').get('number')).toBe(2);
  });

  it('A store in memory has it, with or without values', async () => {
    const schema = { version: '1.0', type: 'object', properties: { number: integer(1) } };
    const schemas = Object.fromEntries([['constructor', schema]]);
    for (const values of [{}, Object.fromEntries([['constructor', { number: 1 }]])]) {
      const store = createTestOptions({ schemas, values });
      onTestFinished(() => store.close());
      expect(store.namespace('constructor').get('number')).toBe(1);
      expect(store.status().namespaces.constructor).toMatchObject({ unknownCount: 0 });
    }
  });
});
