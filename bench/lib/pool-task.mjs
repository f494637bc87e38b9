/** The tasks of a pool's worker, each a small request: with the library's options, options in the task, or none. */
import { options } from '../../dist/index.js';

/** The number of keys that a request reads. */
const KEYS_READ = 20;

/** Reads from the store that the worker inherited. */
export function library({ keys }) {
  const live = options('service');
  let count = 0;
  for (const key of keys) if (live.get(key) !== undefined) count++;
  return count;
}

/** Reads from the values in the task. */
export function passed({ keys, values }) {
  let count = 0;
  for (const key of keys) if (values[key] !== undefined) count++;
  return count;
}

/** Reads nothing. */
export function bare({ keys }) {
  return keys.length;
}

/** Chooses the keys that a request reads. */
export function keysToRead(keys) {
  return keys.slice(0, KEYS_READ);
}
