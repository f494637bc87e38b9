/** Why a thread cannot read the shared memory of its store, and what to do about it. Runs in readers. Pure. */
import { SnapshotFormatError } from '../codec/decode-value.js';
import { SnapshotUnreadableError } from '../common/errors.js';
import { describeThrown } from '../common/log.js';
import { CellCorruptedError } from '../memory/cell/reader.js';
import { type Control, WatcherState } from '../memory/control.js';
import { CatalogCorruptedError } from '../names/name-table.js';

/** How long a thread does not try again to read bytes that are corrupted for certain. */
export const RETRY_MS = 1_000;
/** What an error of memory that other code has overwritten says. */
export const OVERWRITTEN = 'The checksum differs';
/** What to do if nothing repairs the memory. */
export const RESTART = 'restart the process, or call close() and then init()';

/** Why this thread could not adopt the published generation at its last try. */
export interface Failure {
  readonly error: unknown;
  /** The last publication in the cell at that time. */
  readonly publication: number;
  /** The generation that the watcher had described at that time, for messages. */
  readonly generation: number;
  /**
   * Whether the bytes themselves are wrong. Any other error, of an exhausted stack or an allocation, says nothing about
   * them, so a later read tries again.
   */
  readonly isCorrupted: boolean;
  /** When this publication first failed, by the monotonic clock, in milliseconds. */
  readonly since: number;
  /** When this thread may try again. */
  readonly retryAt: number;
}

/** Whether `error` says that the bytes themselves are wrong. */
export function isCorruption(error: unknown): boolean {
  return [CellCorruptedError, CatalogCorruptedError, SnapshotFormatError].some((type) => error instanceof type);
}

/** Whether the system or V8 had no memory for a buffer. */
export function isFailedAllocation(error: unknown): boolean {
  return /alloc/.test(describeThrown(error));
}

/** Says what brings the values back that other code has overwritten. */
export function adviseWait({ state, isPolling }: Control): string {
  if (state !== WatcherState.RUNNING) return RESTART;
  return `${isPolling ? 'the next poll' : 'refresh()'} publishes the values again`;
}

/** `what`: what this thread cannot read. */
export function describeFailure(what: string, error: unknown): string {
  return `This thread cannot read ${what}: ${describeThrown(error)}`;
}

/** `advice`: what to do if other code has overwritten `what`. */
export function makeUnreadableError(what: string, error: unknown, advice: string): SnapshotUnreadableError {
  const toDo = isCorruption(error)
    ? `Other code of this process wrote to the shared memory; ${advice}.`
    : 'Free stack or memory: the next read tries again.';
  return new SnapshotUnreadableError(`${describeFailure(what, error)}. ${toDo}`, {}, { cause: error });
}
