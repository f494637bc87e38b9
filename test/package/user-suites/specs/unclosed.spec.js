/** A test that does not clean up: neither the store nor the listener may keep the runner from ending. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openOptions } from 'sentry-options';
import { ConfigMapVolume } from 'sentry-options/testing';
import { schemas } from '../service.js';

test('An unclosed store with a listener reads a change', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'service-'));
  const volume = new ConfigMapVolume(join(directory, 'values/seer'));
  volume.writeValues({ 'max-attempts': 1 });
  const store = openOptions({ directory, schemas });
  store.onReload(() => {});
  volume.writeValues({ 'max-attempts': 2 });
  expect(await store.refresh()).toBe(true);
  expect(store.namespace('seer').get('max-attempts')).toBe(2);
  rmSync(directory, { recursive: true });
});
