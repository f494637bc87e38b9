/** Tests which file edits a refresh publishes, through the public interface on real files. */
import { renameSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type OptionsConfig, type OptionsStore, openOptions, SnapshotTooLargeError, ValuesError } from 'sentry-options';
import { describe, expect, it, onTestFinished } from 'vitest';
import { Base, integer, string, valuesText } from '../support/base.js';

/** Opens a store that polls only on `refresh()`. */
function open(base: Base, config: OptionsConfig = {}): OptionsStore {
  const logger = { debug() {}, info() {}, warn() {}, error() {} };
  const store = openOptions({ directory: base.directory, pollInterval: null, logger, ...config });
  onTestFinished(() => store.close());
  return store;
}

function makeThreeNamespaces(): Base {
  const base = new Base({ one: { number: integer(-1) }, two: { number: integer(-1) }, three: { number: integer(-1) } });
  for (const namespace of ['one', 'two', 'three']) base.writeValues(namespace, { number: 1 });
  return base;
}

function readNumbers(store: OptionsStore): unknown[] {
  const snapshot = store.snapshot();
  return ['one', 'two', 'three'].map((namespace) => snapshot.namespace(namespace).get('number'));
}

/** Years ago, so that no poll rereads the file only because it changed recently. */
const PAST = new Date('2020-01-01T00:00:00Z');

describe('a refresh', () => {
  it('A refresh publishes a change that keeps the modification time', async () => {
    const base = makeThreeNamespaces();
    const store = open(base);
    const { mtime } = statSync(base.valuesFile('one'));
    base.writeValues('one', { number: 2 });
    utimesSync(base.valuesFile('one'), mtime, mtime);
    expect(await store.refresh()).toBe(true);
    expect(readNumbers(store)).toEqual([2, 1, 1]);
  });

  it('A refresh publishes a change with an older modification time, as after a rollback', async () => {
    const base = makeThreeNamespaces();
    const store = open(base);
    const rollback = join(base.directory, 'rollback.json');
    writeFileSync(rollback, valuesText({ number: 0 }));
    utimesSync(rollback, PAST, PAST);
    renameSync(rollback, base.valuesFile('one'));
    expect(await store.refresh()).toBe(true);
    expect(readNumbers(store)).toEqual([0, 1, 1]);
  });

  it('A refresh publishes the defaults of a namespace whose file was deleted', async () => {
    const base = makeThreeNamespaces();
    const store = open(base);
    base.removeValues('two');
    expect(await store.refresh()).toBe(true);
    expect(readNumbers(store)).toEqual([1, -1, 1]);
    expect(store.namespace('two').isset('number')).toBe(false);
  });

  it('A refresh publishes a change in one namespace while another namespace has the newest time', async () => {
    const base = makeThreeNamespaces();
    const future = new Date(Date.now() + 3_600_000);
    utimesSync(base.valuesFile('three'), future, future);
    const store = open(base);
    base.writeValues('one', { number: 2 });
    utimesSync(base.valuesFile('one'), PAST, PAST);
    expect(await store.refresh()).toBe(true);
    expect(readNumbers(store)).toEqual([2, 1, 1]);
  });

  it('The next refresh publishes the second of two writes within one clock tick', async () => {
    const base = makeThreeNamespaces();
    const store = open(base);
    base.writeValues('one', { number: 2 });
    await store.refresh();
    // The same size, and on a coarse clock the same times.
    base.writeValues('one', { number: 3 });
    await store.refresh();
    expect(readNumbers(store)).toEqual([3, 1, 1]);
  });

  it('A refresh publishes the values of a new file', async () => {
    const base = new Base({ one: { number: integer(-1) } });
    const store = open(base);
    expect(store.namespace('one').get('number')).toBe(-1);
    base.writeValues('one', { number: 7 });
    expect(await store.refresh()).toBe(true);
    expect(store.namespace('one').get('number')).toBe(7);
  });
});

describe('the result of a refresh', () => {
  it.each([
    ['refresh()', (store: OptionsStore) => store.refresh()],
    ['refreshSync()', async (store: OptionsStore) => store.refreshSync()],
  ])('%s is true once for a change, although nothing reads in between', async (_name, refresh) => {
    const base = makeThreeNamespaces();
    const store = open(base);
    base.writeValues('one', { number: 2 });
    expect([await refresh(store), await refresh(store), await refresh(store)]).toEqual([true, false, false]);
    expect(readNumbers(store)).toEqual([2, 1, 1]);
  });

  it('refresh() is true if a read adopts the change before the promise settles', async () => {
    const base = makeThreeNamespaces();
    const store = open(base);
    base.writeValues('one', { number: 2 });
    const refreshed = store.refresh();
    const end = performance.now() + 30_000;
    while (store.generation === 1 && performance.now() < end);
    expect(await refreshed).toBe(true);
    expect(await store.refresh()).toBe(false);
  });
});

describe('a refresh without a change', () => {
  it('A refresh publishes nothing after a touch', async () => {
    const base = makeThreeNamespaces();
    const store = open(base);
    const now = new Date();
    for (let touch = 1; touch <= 3; touch++) {
      utimesSync(base.valuesFile('one'), now, new Date(now.getTime() + touch * 1000));
      expect(await store.refresh()).toBe(false);
    }
    expect(store.generation).toBe(1);
  });

  it('A refresh publishes nothing if a new file with the same bytes replaces the old one', async () => {
    const base = makeThreeNamespaces();
    const store = open(base);
    const copy = join(base.directory, 'copy.json');
    writeFileSync(copy, valuesText({ number: 1 }));
    renameSync(copy, base.valuesFile('one'));
    expect(await store.refresh()).toBe(false);
    expect(store.generation).toBe(1);
  });

  it('A refresh keeps the last values while the values directory is missing', async () => {
    const base = makeThreeNamespaces();
    const store = open(base);
    rmSync(join(base.directory, 'values'), { recursive: true });
    expect(await store.refresh()).toBe(false);
    expect(readNumbers(store)).toEqual([1, 1, 1]);
    expect(store.status()).toMatchObject({ health: 'degraded', watcher: 'running' });
    for (const namespace of ['one', 'two', 'three']) base.writeValues(namespace, { number: 2 });
    expect(await store.refresh()).toBe(true);
    expect(readNumbers(store)).toEqual([2, 2, 2]);
    expect(store.status().health).toBe('ok');
  });
});

describe('a rejected refresh', () => {
  it('One invalid namespace keeps all namespaces unchanged, and the error lists its issues', async () => {
    const base = new Base({
      one: { number: integer(-1), text: string('default') },
      two: { number: integer(-1) },
      three: { number: integer(-1) },
    });
    for (const namespace of ['one', 'two', 'three']) base.writeValues(namespace, { number: 1 });
    const store = open(base);
    base.writeValues('two', { number: 2 });
    base.writeValues('three', { number: 2 });
    base.writeValues('one', { number: 'many', text: 5 });
    const error = await store.refresh().catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(ValuesError);
    expect(error).toMatchObject({
      name: 'ValuesError',
      code: 'VALUES_INVALID',
      file: base.valuesFile('one'),
      namespace: 'one',
      key: 'number',
      message:
        `Failed to reload values from ${base.directory}/values: Value error for one:\n` +
        `\tnumber "many" is not of type "integer"\n\ttext 5 is not of type "string"; quote it: "5"\n  in ${base.valuesFile('one')}`,
    });
    expect(readNumbers(store)).toEqual([1, 1, 1]);
    expect(store.generation).toBe(1);
    // While the files are invalid, every refresh throws, even if the files did not change.
    await expect(store.refresh()).rejects.toThrow('"many" is not of type "integer"');
    expect(() => store.refreshSync()).toThrow(ValuesError);
    expect(store.status()).toMatchObject({ health: 'degraded', generation: 1 });

    base.writeValues('one', { number: 2 });
    expect(await store.refresh()).toBe(true);
    expect(readNumbers(store)).toEqual([2, 2, 2]);
    expect(store.status()).toMatchObject({ health: 'ok', lastError: null, generation: 2 });
  });

  it('The error lists the issues of all invalid namespaces', async () => {
    const base = makeThreeNamespaces();
    const store = open(base);
    base.writeValues('one', { number: 'x' });
    base.writeText('three', '{"options": {');
    await expect(store.refresh()).rejects.toThrow(
      /Value error for one:\n\tnumber "x" is not of type "integer"\n.*\nValue error for three:\n\tFailed to parse JSON: .* at line 1 column \d+/,
    );
  });

  it('A snapshot over 64 MiB is rejected', async () => {
    const large = 8_000_000;
    const namespaces = Array.from({ length: 9 }, (_, index) => `large-${index}`);
    const base = new Base(Object.fromEntries(namespaces.map((namespace) => [namespace, { text: string('small') }])));
    const store = open(base, { maxFileBytes: 8 * 2 ** 20 });
    for (const namespace of namespaces) base.writeValues(namespace, { text: 'x'.repeat(large) });
    const error = await store.refresh().catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(SnapshotTooLargeError);
    expect((error as Error).message).toMatch(/must be at most 64\.0 MiB; got at least .*large-0 \(7\.6 MiB/);
    expect(store.namespace('large-0').get('text')).toBe('small');
    for (const namespace of namespaces.slice(1)) base.removeValues(namespace);
    expect(await store.refresh()).toBe(true);
    expect(store.namespace('large-0').get('text')).toHaveLength(large);
  });
});
