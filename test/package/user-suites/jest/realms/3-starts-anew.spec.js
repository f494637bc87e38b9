/** Tests that a third realm still finds the store after the second detached, and can start another store. */
import { mkdirSync } from 'node:fs';
import { AlreadyInitializedError, close, init, options } from 'sentry-options';
import { schemas } from '../../service.js';

test('A third realm finds the store of the first, detaches, and starts another store', async () => {
  const config = { directory: 'anew', schemas, pollInterval: null };
  mkdirSync('anew/values', { recursive: true });
  const before = options('seer');
  const own = init().namespace('seer');
  expect(before.get('max-attempts')).toBe(9);
  expect(() => init(config)).toThrow(AlreadyInitializedError);
  await close();
  // The store stays open and must not keep the runner from ending.
  init(config);
  expect(options('seer').get('max-attempts')).toBe(3);
  expect(before.get('max-attempts')).toBe(3);
  expect(own.get('max-attempts')).toBe(9);
});
