/** Starts the thread's store and leaves it running. */
import { mkdirSync } from 'node:fs';
import { init } from 'sentry-options';
import { ConfigMapVolume } from 'sentry-options/testing';
import { schemas } from '../../service.js';

test('init() starts a store in the first realm', () => {
  mkdirSync('realms');
  new ConfigMapVolume('realms/values/seer').writeValues({ 'max-attempts': 8 });
  const store = init({ directory: 'realms', schemas, pollInterval: null });
  globalThis.realm = 'the first';
  expect(store.namespace('seer').get('max-attempts')).toBe(8);
});
