/** The tasks of the demo's pool. Each thread finds the main thread's store by itself. */
import { setImmediate } from 'node:timers/promises';
import { threadId } from 'node:worker_threads';
import { init, options } from 'sentry-options';

const store = init();
const greeting = options('shop').option('greeting');
const limits = options('shop').option('limits');

/** Reads until `generation` is published, and returns when this thread first saw it. */
export async function seeGeneration(generation) {
  while (store.generation < generation) await setImmediate();
  return { ...report(), at: performance.timeOrigin + performance.now() };
}

/** Reads as fast as possible for `milliseconds`. */
export async function readFor(milliseconds) {
  const end = performance.now() + milliseconds;
  let reads = 0;
  while (performance.now() < end) {
    for (let read = 0; read < 1000; read++) if (greeting.value !== '') reads++;
    await setImmediate();
  }
  return { ...report(), reads };
}

function report() {
  return {
    thread: threadId,
    generation: store.generation,
    greeting: greeting.value,
    perMinute: limits.value.perMinute,
  };
}
