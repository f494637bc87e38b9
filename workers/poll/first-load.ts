/** The first load, which publishes generation 1: of the files, or what the settings say instead. Runs in the watcher thread. */
import { describeDelay, type Rejection, toRejectionError } from '../report/rejection.js';
import type { LoadResult } from '../values/results.js';
import { loadFiles, pause, probeFiles } from './load.js';
import type { Outcomes } from './outcomes.js';
import type { PollerParts } from './parts.js';

/** The result of a first load during which the volume was stable. */
type Settled = Exclude<LoadResult, { kind: 'unsettled' | 'unchanged' }>;

/** Runs the first load of a poller. */
export class FirstLoad {
  readonly #parts: PollerParts;
  readonly #outcomes: Outcomes;

  constructor(parts: PollerParts, outcomes: Outcomes) {
    this.#parts = parts;
    this.#outcomes = outcomes;
  }

  /**
   * Loads until the files are stable, and publishes them; the defaults if the values directory does not exist. If the
   * values are invalid, publishes what the settings say instead.
   *
   * @returns whether to poll at once: the values are not those of the files, and some of the files may be good
   * @throws {ValuesError | SnapshotTooLargeError} if the watcher cannot publish the values on disk
   */
  async run(): Promise<boolean> {
    const { clock, freshness, live } = this.#parts;
    for (;;) {
      probeFiles(this.#parts);
      const startedAt = clock.monotonicTime();
      const result = await loadFiles(this.#parts, false);
      if (
        result.kind === 'unsettled' ||
        result.kind === 'unchanged' ||
        this.#isDelayed(result) ||
        this.#hasAppeared(result)
      ) {
        await pause(clock);
        continue;
      }
      const rejection = this.#publish(result, startedAt);
      if (rejection !== undefined && this.#isDelayed(rejection)) {
        await pause(clock);
        continue;
      }
      if (rejection !== undefined) return this.#fallBack(rejection, startedAt);
      if (result.kind === 'loaded') live.offer();
      else freshness.settleMissing();
      return false;
    }
  }

  /** Whether the load failed for a reason that may end by itself. The owner's timeout ends the attempts. */
  #isDelayed(result: Settled): boolean {
    if (result.kind === 'loaded' || result.kind === 'invalid' || !result.isTransient) return false;
    this.#parts.sink.startDelayed(describeDelay(result));
    return true;
  }

  /** Whether the directory, missing in the load, was there in the probe before it, or is there now. */
  #hasAppeared(result: Settled): boolean {
    const { files, freshness } = this.#parts;
    return result.kind === 'no-directory' && result.isMissing && files.probe() !== freshness.signature;
  }

  /** Publishes generation 1; from the defaults if the values directory does not exist. Returns a rejection, if any. */
  #publish(result: Settled, startedAt: number): Rejection | undefined {
    if (result.kind === 'loaded') return this.#outcomes.publish(result, startedAt, false);
    if (result.kind !== 'no-directory' || !result.isMissing) return result;
    const { files, settings, messageLog, live } = this.#parts;
    const rejection = this.#outcomes.publish(files.loadDefaults(), startedAt, false);
    if (rejection !== undefined || settings.suppressMissingDirectory) return rejection;
    live.update({ accessError: result.reason });
    messageLog.unreadable('values-missing', `${result.reason}; the defaults are in use until it can be read.`);
    return undefined;
  }

  /** Publishes what the settings say instead of rejected values, and reports both. Returns and throws as {@link run}. */
  #fallBack(rejection: Rejection, startedAt: number): boolean {
    const { clock, files, settings, messageLog, freshness, live } = this.#parts;
    const error = toRejectionError(rejection, 'load', settings.valuesDirectory);
    const fallback = files.loadFallback();
    if (fallback === undefined || this.#outcomes.publish(fallback.loaded, startedAt, false) !== undefined) throw error;
    const { status } = fallback;
    live.update({ fallback: status });
    messageLog.fellBack(error, status, clock.wallTime());
    // Nothing is known about files that cannot be read: the next poll reads them again.
    freshness.unsettle();
    // The good files do not wait for the next poll, and the error that is logged says which files are bad.
    if (settings.isIsolated && rejection.kind !== 'no-directory') return true;
    // As a running watcher reports such files, but for the message.
    switch (rejection.kind) {
      case 'unavailable':
        this.#outcomes.reportUnavailable(rejection, true);
        break;
      case 'no-directory':
        this.#outcomes.reportUnreadable(rejection.reason, [], true);
        break;
      default:
        this.#outcomes.reject(rejection, true, startedAt);
    }
    return false;
  }
}
