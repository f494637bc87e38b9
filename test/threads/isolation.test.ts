/** Tests `isolation: 'namespace'` in a real store: what callers of `refresh()`, listeners and channels get. */
import diagnostics from 'node:diagnostics_channel';
import { type OptionsConfig, type OptionsStore, openOptions, type ReloadEvent, ValuesError } from 'sentry-options';
import { crashWatcher } from 'sentry-options/testing';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { Base, integer } from '../support/base.js';

const PATIENCE = 30_000;

function open(config: OptionsConfig = {}): { base: Base; store: OptionsStore; errors: string[] } {
  const base = new Base({ relay: { n: integer(0) }, seer: { n: integer(0) } });
  for (const name of ['relay', 'seer']) base.writeValues(name, { n: 1 });
  const errors: string[] = [];
  const logger = { debug() {}, info() {}, warn() {}, error: (message: string) => void errors.push(message) };
  const settings = {
    directory: base.directory,
    pollInterval: null,
    isolation: 'namespace',
    logger,
    ...config,
  } as const;
  const store = openOptions(settings);
  onTestFinished(() => store.close());
  return { base, store, errors };
}

/** Writes a new value of relay, and a bad one of seer. */
function writeBoth(base: Base, n: number): void {
  base.writeValues('relay', { n });
  base.writeValues('seer', { n: `bad ${n}` });
}

const read = (store: OptionsStore) => ['relay', 'seer'].map((name) => store.namespace(name).get('n'));

describe("a store with isolation: 'namespace'", () => {
  it('refresh() throws the error of the bad namespace, and the values of the others are live by then', async () => {
    const { base, store, errors } = open();
    writeBoth(base, 2);
    const error = await store.refresh().catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(ValuesError);
    expect(error).toMatchObject({ namespace: 'seer', key: 'n', file: base.valuesFile('seer'), issues: { length: 1 } });
    expect(store.generation).toBe(2);
    expect(read(store)).toEqual([2, 1]);
    expect(errors).toEqual([]);
    // As long as the file is bad, also if another file changes or none does.
    expect(() => store.refreshSync()).toThrow('Value error for seer');
    writeBoth(base, 3);
    expect(() => store.refreshSync()).toThrow('bad 3');
    expect(read(store)).toEqual([3, 1]);
    base.writeValues('seer', { n: 4 });
    expect(store.refreshSync()).toBe(true);
    expect(read(store)).toEqual([3, 4]);
    expect(store.status()).toMatchObject({ health: 'ok', lastError: null });
  });

  it('status() names the namespace, since when and why, and the health is degraded', async () => {
    const { base, store } = open();
    writeBoth(base, 2);
    await store.refresh().catch(() => {});
    const { health, reason, lastError, lastErrorAt, namespaces, reloads, rejectedReloads } = store.status();
    expect({ health, rejectedReloads }).toEqual({ health: 'degraded', rejectedReloads: 1 });
    expect(reason).toBe(lastError);
    expect(lastError).toMatch(/Value error for seer:\n\tn "bad 2" is not of type "integer"\n/);
    expect(namespaces.seer?.held).toEqual({ since: lastErrorAt, reason: 'n "bad 2" is not of type "integer"' });
    expect(namespaces.relay?.held).toBe(null);
    expect(reloads.map(({ generation, namespaces }) => [generation, namespaces])).toEqual([
      [2, ['relay']],
      [null, []],
    ]);
    // The status outlives the watcher.
    await crashWatcher(store);
    expect(store.status().namespaces.seer?.held).toEqual(namespaces.seer?.held);
  });

  it('Values in messages and in the status are types with redactValues', async () => {
    const { base, store } = open({ redactValues: true });
    writeBoth(base, 2);
    await expect(store.refresh()).rejects.toThrow('n <string> is not');
    expect(store.status().namespaces.seer?.held?.reason).toMatch(/^n <string> is not/);
    expect(JSON.stringify(store.status())).not.toContain('bad 2');
  });

  it('Listeners receive the namespaces that changed, and the channel receives the rejection', async () => {
    const { base, store } = open();
    const events: ReloadEvent[] = [];
    store.onReload((event) => events.push(event));
    const rejected: unknown[] = [];
    const onRejected = (message: unknown) => void rejected.push(message);
    diagnostics.subscribe('sentry-options:rejected', onRejected);
    onTestFinished(() => void diagnostics.unsubscribe('sentry-options:rejected', onRejected));
    writeBoth(base, 2);
    await store.refresh().catch(() => {});
    await vi.waitUntil(() => events.length === 1 && rejected.length === 1, PATIENCE);
    const changes = [{ namespace: 'relay', key: 'n', oldValue: 1, newValue: 2 }];
    expect(events[0]).toMatchObject({ generation: 2, previousGeneration: 1, changes });
    expect(rejected[0]).toMatchObject({ directory: base.directory, error: store.status().reloads[1]?.error });
  });

  it('onPropagation and a new generated_at are of the good namespaces only', async () => {
    const heard: string[] = [];
    const { base, store } = open({ onPropagation: (namespace) => void heard.push(namespace) });
    const generated_at = new Date().toISOString();
    base.writeText('relay', JSON.stringify({ options: { n: 2 }, generated_at }));
    base.writeText('seer', JSON.stringify({ options: { n: 'x' }, generated_at }));
    await store.refresh().catch(() => {});
    await vi.waitUntil(() => heard.length > 0, PATIENCE);
    expect(heard).toEqual(['relay']);
    expect(store.status().namespaces).toMatchObject({
      relay: { generatedAt: generated_at },
      seer: { generatedAt: null },
    });
  });

  it('A start on a bad file that may serve other values has the new values of the good files, at the cost of one error', async () => {
    const errors: string[] = [];
    const base = new Base({ relay: { n: integer(0) }, seer: { n: integer(0) } });
    writeBoth(base, 2);
    const logger = { debug() {}, info() {}, warn() {}, error: (message: string) => void errors.push(message) };
    const store = openOptions({
      directory: base.directory,
      isolation: 'namespace',
      onInvalidValues: 'defaults',
      pollInterval: 10,
      logger,
    });
    onTestFinished(() => store.close());
    expect(read(store)).toEqual([2, 0]);
    const { health, fallback, namespaces, rejectedReloads, polls } = store.status();
    expect({ health, fallback, rejectedReloads }).toEqual({
      health: 'degraded',
      fallback: { kind: 'defaults', keptAt: null },
      rejectedReloads: 1,
    });
    expect(namespaces.seer?.held?.reason).toBe('n "bad 2" is not of type "integer"');
    await vi.waitUntil(() => store.status().polls > polls + 2 && errors.length > 0, PATIENCE);
    expect(errors).toEqual([expect.stringMatching(/^Failed to load values from .*\n.*The defaults are in use/s)]);
    base.writeValues('seer', { n: 3 });
    await store.refresh();
    expect(read(store)).toEqual([2, 3]);
    expect(store.status()).toMatchObject({ health: 'ok', fallback: null });
  });

  it("With isolation: 'all', no namespace gets its new values beside a bad one", async () => {
    const { base, store } = open({ isolation: 'all' });
    writeBoth(base, 2);
    await expect(store.refresh()).rejects.toThrow('Value error for seer');
    expect(read(store)).toEqual([1, 1]);
    expect(store.status().namespaces.seer?.held).toBe(null);
  });
});
