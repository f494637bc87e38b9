/** Tests that errors and values of other threads do not depend on what other code adds to `Object.prototype`. */
import { expect, it } from 'vitest';
import { fromPlain } from '../../src/common/plain-error.js';
import { StoreView } from '../../src/view/view.js';
import { makeMemoryStore } from '../support/memory-store.js';

it.each(['get', 'set'])('An error and a struct are restored while all objects inherit a property "%s"', (name) => {
  const properties = { toString: { type: 'string' } };
  const struct = { type: 'object', properties, default: { toString: 'x' }, description: 'a struct' };
  const view = new StoreView(makeMemoryStore({ seer: { struct } }, { seer: { struct: { toString: 'y' } } }).handle);
  Object.defineProperty(Object.prototype, name, { value: undefined, configurable: true });
  let results: unknown[];
  try {
    results = [fromPlain({ code: 'VALUES_INVALID', message: 'wrong', frames: '\n    at f' }).cause, view.value(0)];
  } catch (error) {
    results = [error];
  } finally {
    Reflect.deleteProperty(Object.prototype, name);
  }
  expect(results).toEqual([expect.objectContaining({ message: 'thrown in the watcher thread' }), { toString: 'y' }]);
});
