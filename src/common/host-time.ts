/**
 * The clocks and timers of Node.js, taken when this module loads: fake timers that a test installs (sinon, vitest, jest)
 * would otherwise stop the library too. Runs in any thread. No other file uses the globals.
 */
import { performance } from 'node:perf_hooks';
import timers from 'node:timers';

export const clearInterval = findReal('clearInterval');
export const clearTimeout = findReal('clearTimeout');
export const setImmediate = findReal('setImmediate');
export const setInterval = findReal('setInterval');
export const setTimeout = findReal('setTimeout');

/**
 * Returns the timer that a test's fake timers replaced before this module was loaded: those of sinon, vitest and jest
 * (`@sinonjs/fake-timers`) keep it in the property `clock` of their own.
 */
function findReal<Name extends 'clearInterval' | 'clearTimeout' | 'setImmediate' | 'setInterval' | 'setTimeout'>(
  name: Name,
): (typeof timers)[Name] {
  const current: (typeof timers)[Name] & { clock?: Record<string, unknown> } = timers[name];
  const real = current.clock?.[`_${name}`];
  return typeof real === 'function' ? (real as (typeof timers)[Name]) : current;
}

// From the prototype: fake timers put their `now` on the object. In Bun, it is on the object alone.
const { now = performance.now } = Object.getPrototypeOf(performance) as Partial<typeof performance>;
const { bigint } = process.hrtime;

/** Returns milliseconds since 1970. May jump in either direction. */
export const wallTime: () => number = Date.now;

/** Returns milliseconds since an arbitrary moment, which differs between threads. Never goes back. */
export function monotonicTime(): number {
  return now.call(performance);
}

/** Returns nanoseconds since an arbitrary moment, the same in all threads. Never goes back. */
export function sharedMonotonicTime(): bigint {
  return bigint();
}

/** A word that no thread notifies. Made on first use: a start-up snapshot of Node cannot contain shared memory. */
let unnotified: Int32Array<SharedArrayBuffer> | undefined;

function getUnnotified(): Int32Array<SharedArrayBuffer> {
  unnotified ??= new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
  return unnotified;
}

/** Resolves after `milliseconds`, by a timer that nothing can fake. Keeps no event loop alive. */
export async function sleep(milliseconds: number): Promise<void> {
  await Atomics.waitAsync(getUnnotified(), 0, 0, milliseconds).value;
}

/** Blocks this thread for `milliseconds`. */
export function sleepSync(milliseconds: number): void {
  Atomics.wait(getUnnotified(), 0, 0, milliseconds);
}
