/** Asking the watcher for a poll, and waiting for its answer. From any thread that has the store. */
// Not the globals, which a test's fake timers replace.
import { clearInterval, setInterval } from 'node:timers';
import { fromPlain, WatcherError } from '../common/errors.js';
import { WatcherState } from '../memory/control.js';
import type { Store } from './view.js';

/** How long a poll may take before it counts as hung. */
const TIMEOUT_MS = 30_000;
/** Where a thread dies without a word, and its owner is not there to tell, this is how soon a waiter asks again. */
const SLICE_MS = 1_000;
/** While the owner's thread is blocked, no event tells it of a death: it looks for one this often. */
const OWNER_SLICE_MS = 50;

/**
 * Asks for a poll that begins from now on, and blocks this thread until it has ended.
 *
 * @returns whether the published generation is now higher than the one that this thread had adopted
 * @throws {ValuesError | SnapshotTooLargeError} as long as the files on disk cannot be used
 * @throws {WatcherError} where the watcher is dead, closed, or does not answer for 30 s
 */
export function refreshSync(store: Store): boolean {
  const { control } = store;
  const before = store.adopted.generation;
  requireRunning(store);
  // A test's store has no files that could have changed.
  if (store.handle.isInMemory) return false;
  const ticket = control.request();
  const deadline = performance.now() + TIMEOUT_MS;
  const slice = store.lookForDeath === undefined ? SLICE_MS : OWNER_SLICE_MS;
  for (;;) {
    const seen = control.signal;
    if (control.isServed(ticket)) return conclude(store, before);
    requireRunning(store);
    control.wait(seen, Math.min(slice, remaining(store, deadline)));
    if (control.signal === seen) store.lookForDeath?.();
  }
}

/** The same without blocking. The promise keeps the process alive as long as it is pending. */
export async function refresh(store: Store): Promise<boolean> {
  const { control } = store;
  const before = store.adopted.generation;
  requireRunning(store);
  // A test's store has no files that could have changed.
  if (store.handle.isInMemory) return false;
  const ticket = control.request();
  const deadline = performance.now() + TIMEOUT_MS;
  // Atomics.waitAsync keeps no event loop alive: without this the process could end with the promise pending.
  const alive = setInterval(() => {}, TIMEOUT_MS);
  try {
    for (;;) {
      const seen = control.signal;
      if (control.isServed(ticket)) return conclude(store, before);
      requireRunning(store);
      await control.waitAsync(seen, Math.min(SLICE_MS, remaining(store, deadline)));
    }
  } finally {
    clearInterval(alive);
  }
}

/** What the poll found is in the status record, which is written before the poll is said to have ended. */
function conclude(store: Store, before: number): boolean {
  const refusal = store.statusRecord()?.refusal;
  if (refusal != null) throw fromPlain(refusal);
  return store.published > before;
}

function requireRunning({ control }: Store): void {
  const { state } = control;
  if (state === WatcherState.RUNNING) return;
  if (state === WatcherState.CLOSED) {
    throw new WatcherError(
      'WATCHER_CLOSED',
      'The store was closed, so nothing can be refreshed; its last values stay.',
    );
  }
  throw new WatcherError(
    'WATCHER_CRASHED',
    `The watcher thread is dead, so nothing can be refreshed; the last values stay. ${control.reason ?? ''}`.trimEnd(),
  );
}

/** Milliseconds until `deadline`. */
function remaining({ control }: Store, deadline: number): number {
  const left = deadline - performance.now();
  if (left > 0) return left;
  const file = control.reading;
  throw new WatcherError(
    'WATCHER_TIMEOUT',
    `The watcher thread did not answer within ${TIMEOUT_MS} ms. The file that it read last is ${file}.`,
    { file },
  );
}
