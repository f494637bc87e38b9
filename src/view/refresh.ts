/** Requests a poll from the watcher and waits for its end. Runs in any thread that has the store. */
import { AwakeDeadline } from '../common/awake-deadline.js';
import { ConfigError, WatcherError } from '../common/errors.js';
import { fromPlain } from '../common/plain-error.js';
import { readSettings } from '../common/settings.js';
import { describeArgument } from '../common/value.js';
import { WatcherState } from '../memory/control.js';
import { TICK_MS } from './signal-wait.js';
import type { StoreView } from './view.js';

/** How long a poll may take before the watcher counts as hung. */
const TIMEOUT_MS = 30_000;
/** How often a blocked owner checks for a crash: while it is blocked, no event reports it. */
const OWNER_SLICE_MS = 50;

/** The options of `refresh()` and `refreshSync()`. */
export interface RefreshOptions {
  /**
   * Whether to accept the values that the poll finds, also if they are suspicious and `suspiciousReload` holds them back.
   * Default: false.
   */
  accept?: boolean | undefined;
}

/**
 * Requests a poll that begins from now on, and blocks this thread until it ends.
 *
 * @returns whether this thread has adopted a newer generation than it had when it called
 * @throws {SuspiciousReloadError} if new values are held back because they are suspicious
 * @throws {ConfigError} if an option is unknown or invalid
 * @throws {ValuesError | SnapshotTooLargeError} if files on disk are invalid; with `isolation: 'namespace'`, the values of
 *   all other namespaces are live by then
 * @throws {WatcherError} if the watcher has crashed, is closed, or does not answer within 30 s
 * @throws {SnapshotUnreadableError} if this thread has no values yet, and cannot read the published ones
 */
export function refreshSync(view: StoreView, options?: RefreshOptions): boolean {
  const { control } = view;
  const request = requestPoll(view, options);
  if (request === undefined) return false;
  const { before, ticket, deadline } = request;
  const slice = view.detectExit === undefined ? TICK_MS : OWNER_SLICE_MS;
  for (;;) {
    const seen = control.signal;
    if (control.isServed(ticket)) return conclude(view, before);
    requireRunning(view);
    control.wait(seen, getNextSlice(view, deadline, slice));
    if (control.signal === seen) view.detectDeath();
  }
}

/** Does the same as {@link refreshSync} without blocking. The promise keeps the process alive while it is pending. */
export async function refresh(view: StoreView, options?: RefreshOptions): Promise<boolean> {
  const { control } = view;
  const request = requestPoll(view, options);
  if (request === undefined) return false;
  const { before, ticket, deadline } = request;
  for (;;) {
    const seen = control.signal;
    if (control.isServed(ticket)) return conclude(view, before);
    requireRunning(view);
    getNextSlice(view, deadline, TICK_MS);
    await view.signalWait.next(seen);
  }
}

/** A poll that this thread waits for. */
interface PollRequest {
  /** The generation that this thread knew. */
  readonly before: number;
  readonly ticket: number;
  /** When the thread stops waiting. */
  readonly deadline: AwakeDeadline;
}

/** @throws {ConfigError} if an option is unknown or invalid */
function readAccept(options: RefreshOptions | undefined): boolean {
  const { accept = false } = readSettings<RefreshOptions>('The options of refresh()', options, ['accept']);
  if (typeof accept === 'boolean') return accept;
  throw new ConfigError(`accept must be a boolean; got ${describeArgument(accept)}.`, { key: 'accept' });
}

/** Requests a poll; undefined for a test's store, which has no files that could have changed. */
function requestPoll(view: StoreView, options: RefreshOptions | undefined): PollRequest | undefined {
  const accepts = readAccept(options);
  // Not the newest one: a reload that changed no option is news, too, in each thread.
  const before = view.lastGeneration;
  requireRunning(view);
  if (view.handle.isInMemory) return undefined;
  return { before, ticket: view.control.request(accepts), deadline: new AwakeDeadline(TIMEOUT_MS) };
}

/**
 * Reads the poll's result from the status record, which the watcher writes before it reports the end of the poll. Adopts
 * what it published: otherwise the next refresh would report the same generation again, unless a read came in between.
 */
function conclude(view: StoreView, before: number): boolean {
  const record = view.statusRecord();
  if (record?.rejection != null) {
    // The namespaces that are not held back may have new values, which the caller finds when it catches the error.
    if (Object.values(record.namespaces).some(({ held }) => held !== null)) view.adopt();
    throw fromPlain(record.rejection);
  }
  view.adopt();
  return view.generation > before;
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
 * Returns how long to wait next, in milliseconds, at most `most`.
 *
 * @throws {WatcherError} if the deadline has passed
 */
function getNextSlice({ control }: StoreView, deadline: AwakeDeadline, most: number): number {
  const slice = deadline.nextSlice(most);
  if (slice > 0) return slice;
  const file = control.reading;
  const isWorking = !control.detectStall() && control.isSlow;
  const progress = isWorking
    ? `It still loads the files; the last one that it began to read is ${file}.`
    : `The last file that it began to read is ${file}.`;
  throw new WatcherError('WATCHER_TIMEOUT', `The watcher thread did not answer within ${TIMEOUT_MS} ms. ${progress}`, {
    file,
  });
}
