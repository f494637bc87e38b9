/** Tests that the library does not depend on timers that a test fakes. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { close, init, onReload, options, status } from 'sentry-options';
import { ConfigMapVolume, crashWatcher, overrideOptions } from 'sentry-options/testing';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { schemas } from '../service.js';

let directory;
let volume;

beforeEach(() => {
  vi.useFakeTimers();
  directory = mkdtempSync(join(tmpdir(), 'service-'));
  volume = new ConfigMapVolume(join(directory, 'values/seer'));
  volume.writeValues({ 'max-attempts': 1 });
});

afterEach(async () => {
  await close();
  rmSync(directory, { recursive: true });
  vi.useRealTimers();
});

test('A store starts, refreshes, emits events and closes under fake timers', async () => {
  const store = init({ directory, schemas, pollInterval: null });
  const event = new Promise((resolve) => {
    onReload(resolve);
  });
  volume.writeValues({ 'max-attempts': 2 });
  expect(await store.refresh()).toBe(true);
  expect(await event).toMatchObject({ generation: 2, changes: [{ oldValue: 1, newValue: 2 }] });
  volume.tear();
  await expect(store.refresh()).rejects.toThrow('Failed to parse JSON');
  await overrideOptions('seer', { 'max-attempts': 9 }, async () => {
    await null;
    expect(options('seer').get('max-attempts')).toBe(9);
  });
  expect(options('seer').get('max-attempts')).toBe(2);
});

test('A store polls under fake timers', async () => {
  const store = init({ directory, schemas, pollInterval: 10 });
  const changes = store.changes()[Symbol.asyncIterator]();
  const next = changes.next();
  volume.writeValues({ 'max-attempts': 3 });
  expect((await next).value).toMatchObject({ generation: 2 });
  await crashWatcher(store);
  expect(await changes.next()).toMatchObject({ done: true });
  expect(status().watcher).toBe('crashed');
});
