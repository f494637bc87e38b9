/** Asking the watcher for a poll, and waiting for its answer. From any thread that has the store. */
// Not the globals, which a test's fake timers replace.

import { clearInterval, setInterval } from 'node:timers';
import { WatcherError } from '../common/errors.js';
import { fromPlain } from '../common/plain-error.js';
import { WatcherState } from '../memory/control.js';
import type { StoreView } from './view.js';

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
export function refreshSync(view: StoreView): boolean {
  const { control } = view;
  const before = view.adopted.generation;
  requireRunning(view);
  // A test's store has no files that could have changed.
  if (view.handle.isInMemory) return false;
  const ticket = control.request();
  const deadline = performance.now() + TIMEOUT_MS;
  const slice = view.detectExit === undefined ? SLICE_MS : OWNER_SLICE_MS;
  for (;;) {
    const seen = control.signal;
    if (control.isServed(ticket)) return conclude(view, before);
    requireRunning(view);
    control.wait(seen, Math.min(slice, getRemainingTime(view, deadline)));
    if (control.signal === seen) view.detectExit?.();
  }
}

/** The same without blocking. The promise keeps the process alive as long as it is pending. */
export async function refresh(view: StoreView): Promise<boolean> {
  const { control } = view;
  const before = view.adopted.generation;
  requireRunning(view);
  // A test's store has no files that could have changed.
  if (view.handle.isInMemory) return false;
  const ticket = control.request();
  const deadline = performance.now() + TIMEOUT_MS;
  // Atomics.waitAsync keeps no event loop alive: without this the process could end with the promise pending.
  const alive = setInterval(() => {}, TIMEOUT_MS);
  try {
    for (;;) {
      const seen = control.signal;
      if (control.isServed(ticket)) return conclude(view, before);
      requireRunning(view);
      await control.waitAsync(seen, Math.min(SLICE_MS, getRemainingTime(view, deadline)));
    }
  } finally {
    clearInterval(alive);
  }
}

/** What the poll found is in the status record, which is written before the poll is said to have ended. */
function conclude(view: StoreView, before: number): boolean {
  const rejection = view.statusRecord()?.rejection;
  if (rejection != null) throw fromPlain(rejection);
  return view.published > before;
}

function requireRunning({ control }: StoreView): void {
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
function getRemainingTime({ control }: StoreView, deadline: number): number {
  const left = deadline - performance.now();
  if (left > 0) return left;
  const file = control.reading;
  throw new WatcherError(
    'WATCHER_TIMEOUT',
    `The watcher thread did not answer within ${TIMEOUT_MS} ms. The file that it read last is ${file}.`,
    { file },
  );
}
