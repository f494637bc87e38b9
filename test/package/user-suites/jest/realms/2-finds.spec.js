/** Tests that a second realm of the same thread finds the store through every function and can detach from it. */
import {
  AlreadyInitializedError,
  attach,
  close,
  init,
  NotInitializedError,
  OptionsError,
  onReload,
  options,
  refresh,
  status,
} from 'sentry-options';
import { ConfigMapVolume, crashWatcher, overrideOptions } from 'sentry-options/testing';

test('A second realm finds the store of the first', async () => {
  expect(globalThis.realm).toBe(undefined);
  const seer = options('seer');
  expect(seer.get('max-attempts')).toBe(8);
  expect(seer.get('limits')).toStrictEqual({ perMinute: 100, tiers: ['free'] });
  const store = init();
  expect(init({ directory: 'realms' })).toBe(store);
  expect(attach(store.handle)).toBe(store);
  expect(() => init({ directory: 'elsewhere' })).toThrow(AlreadyInitializedError);

  const event = new Promise((resolve) => {
    onReload(resolve);
  });
  new ConfigMapVolume('realms/values/seer').writeValues({ 'max-attempts': 9 });
  expect(await refresh()).toBe(true);
  expect(seer.get('max-attempts')).toBe(9);
  expect((await event).changes).toEqual([{ namespace: 'seer', key: 'max-attempts', oldValue: 8, newValue: 9 }]);

  overrideOptions('seer', { 'max-attempts': 1 }, () => expect(seer.get('max-attempts')).toBe(1));
  // The watcher belongs to the realm that started it.
  await expect(crashWatcher(store)).rejects.toBeInstanceOf(OptionsError);
  expect(status().watcher).toBe('running');

  await close();
  expect(() => options('seer').keys()).toThrow(NotInitializedError);
});
