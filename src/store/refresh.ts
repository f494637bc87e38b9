/** Requests a poll from the watcher and waits for its end. Runs in any thread that has the store. */
// Not the globals, which a test's fake timers replace.
import { clearInterval, setInterval } from 'node:timers';
import { WatcherError } from '../common/errors.js';
import { fromPlain } from '../common/plain-error.js';
import { WatcherState } from '../memory/control.js';
import type { StoreView } from './view.js';

/** How long a poll may take before the watcher counts as hung. */
const TIMEOUT_MS = 30_000;
/** How often a waiting thread checks for a crash that nobody reported, because the owner of the watcher ended, too. */
const SLICE_MS = 1_000;
/** How often a blocked owner checks for a crash: while it is blocked, no event reports it. */
const OWNER_SLICE_MS = 50;

/**
 * Requests a poll that begins from now on, and blocks this thread until it ends.
 *
 * @returns whether the published generation is now higher than the one that this thread had adopted
 * @throws {ValuesError | SnapshotTooLargeError} if the files on disk are invalid
 * @throws {WatcherError} if the watcher has crashed, is closed, or does not answer within 30 s
 */
export function refreshSync(view: StoreView): boolean {
  const { control } = view;
  const request = requestPoll(view);
  if (request === undefined) return false;
  const { before, ticket, deadline } = request;
  const slice = view.detectExit === undefined ? SLICE_MS : OWNER_SLICE_MS;
  for (;;) {
    const seen = control.signal;
    if (control.isServed(ticket)) return conclude(view, before);
    requireRunning(view);
    control.wait(seen, Math.min(slice, getRemainingTime(view, deadline)));
    if (control.signal === seen) view.detectExit?.();
  }
}

/** Does the same as {@link refreshSync} without blocking. The promise keeps the process alive while it is pending. */
export async function refresh(view: StoreView): Promise<boolean> {
  const { control } = view;
  const request = requestPoll(view);
  if (request === undefined) return false;
  const { before, ticket, deadline } = request;
  // Atomics.waitAsync keeps no event loop alive: without this timer, the process could end with the promise pending.
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

/** A poll that this thread waits for. */
interface PollRequest {
  /** The generation that this thread had adopted. */
  readonly before: number;
  readonly ticket: number;
  /** When the thread stops waiting, by the monotonic clock, in milliseconds. */
  readonly deadline: number;
}

/** Requests a poll; undefined for a test's store, which has no files that could have changed. */
function requestPoll(view: StoreView): PollRequest | undefined {
  const before = view.adopted.generation;
  requireRunning(view);
  if (view.handle.isInMemory) return undefined;
  return { before, ticket: view.control.request(), deadline: performance.now() + TIMEOUT_MS };
}

/** Reads the poll's result from the status record, which the watcher writes before it reports the end of the poll. */
function conclude(view: StoreView, before: number): boolean {
  const rejection = view.statusRecord()?.rejection;
  if (rejection != null) throw fromPlain(rejection);
  return view.published > before;
}

function requireRunning({ control }: StoreView): void {
  const { state } = control;
  if (state === WatcherState.RUNNING) return;
  if (state === WatcherState.CLOSED) {
    throw new WatcherError('WATCHER_CLOSED', 'The store is closed, so it cannot refresh; the last values stay in use.');
  }
  const reason = control.reason ?? '';
  throw new WatcherError(
    'WATCHER_CRASHED',
    `The watcher thread has crashed, so the store cannot refresh; the last values stay in use. ${reason}`.trimEnd(),
  );
}

/**
 * Returns the milliseconds until `deadline`.
 *
 * @throws {WatcherError} if the deadline has passed
 */
function getRemainingTime({ control }: StoreView, deadline: number): number {
  const left = deadline - performance.now();
  if (left > 0) return left;
  const file = control.reading;
  throw new WatcherError(
    'WATCHER_TIMEOUT',
    `The watcher thread did not answer within ${TIMEOUT_MS} ms. The last file that it began to read is ${file}.`,
    { file },
  );
}
