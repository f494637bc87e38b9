/** A third realm: that the second one has let go of the store changes nothing for it. It may start another one instead. */
import { mkdirSync } from 'node:fs';
import { AlreadyInitializedError, close, init, options } from 'sentry-options';
import { schemas } from '../../service.js';

test('finds the store of the first realm, lets go of it, and starts another one', async () => {
  const config = { directory: 'anew', schemas, pollInterval: null };
  mkdirSync('anew/values', { recursive: true });
  const before = options('seer');
  expect(before.get('max-attempts')).toBe(9);
  expect(() => init(config)).toThrow(AlreadyInitializedError);
  await close();
  // It is left running, and may not keep the runner from ending.
  init(config);
  expect(options('seer').get('max-attempts')).toBe(3);
  expect(before.get('max-attempts')).toBe(9);
});
