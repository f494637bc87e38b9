/**
 * One poll: probe the files, load, publish, report. Runs in the watcher thread. Pure: the caller passes in the clock,
 * the files and the sink, so that a test controls all of them.
 */

import { type PlainError, toPlain } from '../../src/common/plain-error.js';
import { nextGeneration } from '../../src/memory/cell/writer.js';
import { EMPTY_STATUS_RECORD, type StateStatus, type StatusRecord } from '../../src/status/record.js';
import { type HeldReport, HeldReporter, markHeld } from '../report/held-report.js';
import { MessageLog } from '../report/message-log.js';
import { describeNamespaces } from '../report/namespace-status.js';
import { describeDelay, type Rejection, type ReloadError, toRejectionError } from '../report/rejection.js';
import { ReloadHistory, type ReloadTime } from '../report/reload-history.js';
import { describeLost, findLost } from '../values/lost.js';
import type {
  InvalidValues,
  Loaded,
  LoadResult,
  Published,
  TooLarge,
  Unavailable,
  Unchanged,
} from '../values/results.js';
import type { Clock } from './clock.js';
import type { Files, Sink } from './ports.js';
import { RETRY_MS, shouldRetry } from './retry.js';

/** How often the watcher verifies what it has published, in milliseconds: intervals may be short, and values large. */
const VERIFY_MS = 1_000;

/** Settings that stay the same for all polls. */
interface PollerSettings {
  /** The path of the values directory, for messages. */
  readonly valuesDirectory: string;
  /** The hash of each namespace's schema, by namespace. */
  readonly schemaHashes: ReadonlyMap<string, string>;
  /** Whether a values directory that does not exist at start causes no warning. */
  readonly suppressMissingDirectory: boolean;
  /** Whether a bad file holds back its namespace only. Default: false. */
  readonly isIsolated?: boolean | undefined;
  /** What the status says of the last good values at startup. Default: there is no state directory. */
  readonly state?: StateStatus | undefined;
}

/** The result of a first load during which the volume was stable. */
type Settled = Exclude<LoadResult, { kind: 'unsettled' | 'unchanged' }>;

/** FAT has the coarsest timestamps of the file systems in use: two seconds. */
const TIMESTAMP_GRANULARITY_MS = 2_000;

/** Runs polls, and keeps what the next poll needs from the last one. */
export class Poller {
  readonly #clock: Clock;
  readonly #files: Files;
  readonly #sink: Sink;
  readonly #settings: PollerSettings;
  readonly #messageLog: MessageLog;
  readonly #history = new ReloadHistory();
  readonly #heldReporter: HeldReporter;

  /** The signature of the last probe; undefined if there is none. */
  #signature: string | undefined;
  /** When a probe first returned that signature, by the monotonic clock. */
  #signatureSince = 0;
  /** Whether the files with that signature are loaded, for good. Otherwise the next poll loads them again. */
  #isSettled = false;
  #areMountsChecked = false;
  /**
   * The last reload. Counts the generations: a reload in which no option changed has one, too, but publishes nothing in
   * the cell. Keeps the payload: nothing else has it if other code overwrites a slot of the cell.
   */
  #published: Published = { generation: 0, payload: new Uint8Array(), namespaces: new Map() };
  /** When the watcher last verified what it has published, by the monotonic clock. */
  #verifiedAt = 0;
  #record: StatusRecord;

  constructor(clock: Clock, files: Files, sink: Sink, settings: PollerSettings) {
    this.#clock = clock;
    this.#files = files;
    this.#sink = sink;
    this.#settings = settings;
    this.#record = { ...EMPTY_STATUS_RECORD, state: settings.state ?? null };
    this.#heldReporter = new HeldReporter(settings.valuesDirectory);
    this.#messageLog = new MessageLog(sink.log, settings.valuesDirectory);
  }

  /**
   * Runs the first load and publishes generation 1; from the defaults if the values directory does not exist. If the
   * values are invalid, publishes what the settings say instead.
   *
   * @throws {ValuesError | SnapshotTooLargeError} if the watcher cannot publish the values on disk
   */
  async start(): Promise<void> {
    for (;;) {
      this.#probe();
      const startedAt = this.#clock.monotonicTime();
      const result = await this.#load(false);
      if (
        result.kind === 'unsettled' ||
        result.kind === 'unchanged' ||
        this.#isDelayed(result) ||
        this.#hasAppeared(result)
      ) {
        await this.#pause();
        continue;
      }
      const rejection = this.#publishFirst(result, startedAt);
      if (rejection !== undefined && this.#isDelayed(rejection)) {
        await this.#pause();
        continue;
      }
      if (rejection !== undefined) await this.#fallBack(rejection, startedAt);
      // A missing directory has no timestamps to wait for.
      else if (result.kind === 'loaded') this.#sink.live(this.#published);
      else this.#isSettled = this.#signature !== undefined;
      this.#checkMounts();
      return;
    }
  }

  /**
   * Continues from values that another thread has published as generation 1, with the status `record`. Runs the first poll,
   * which finds the same bytes, or publishes generation 2.
   */
  async takeOver(published: Published, record: StatusRecord): Promise<void> {
    this.#published = published;
    this.#record = record;
    this.#messageLog.published(new Map(), published.namespaces);
    await this.poll(false);
    this.#sink.writeStatus(this.#record, this.#published.generation);
  }

  /**
   * Runs one poll: reloads if the probe shows a change.
   *
   * @param isRequested whether a thread requested the poll; that thread throws a rejection, so it is not logged
   * @param accepts whether a thread accepts values that are suspicious
   */
  async poll(isRequested: boolean, accepts = false): Promise<void> {
    this.#verify(isRequested);
    this.#probe();
    // What was held back is loaded again to be accepted, although it has not changed.
    if (this.#isSettled && !accepts) {
      if (!this.#areMountsChecked) this.#checkMounts();
      return;
    }
    const startedAt = this.#clock.monotonicTime();
    const result = await this.#load(accepts);
    switch (result.kind) {
      case 'unsettled':
        // The old values stay, and the next poll loads again.
        return;
      case 'unavailable':
        // Nothing is known about the files: the next poll loads again, even if they do not change.
        this.#reportUnavailable(result, isRequested);
        break;
      case 'no-directory':
        // Not settled either: permissions of a directory change without a change of the signature.
        this.#reportUnreadable(result.reason);
        break;
      case 'invalid':
      case 'too-large':
        this.#reject(result, isRequested, startedAt);
        break;
      case 'unchanged':
      case 'loaded': {
        const lost = findLost(this.#published.namespaces, result.namespaces);
        if (lost.length > 0) {
          this.#reportUnreadable(describeLost(this.#settings.valuesDirectory, lost));
          break;
        }
        const isNew = result.kind === 'loaded';
        const rejection = isNew
          ? this.#publish(result, startedAt, isRequested)
          : this.#accept(result, startedAt, isRequested);
        if (rejection === undefined) this.#offer();
        else this.#reject(rejection, isRequested, startedAt);
        break;
      }
    }
    this.#checkMounts();
  }

  /** Probes the files. After a change, they must be loaded. */
  #probe(): void {
    const signature = this.#files.probe();
    if (signature !== undefined && signature === this.#signature) return;
    this.#signature = signature;
    this.#signatureSince = this.#clock.monotonicTime();
    this.#isSettled = false;
  }

  /**
   * Notes that the load that began at `startedAt` has a verdict on the files.
   *
   * A further write within the granularity of the timestamps may leave the signature as it is. So a verdict counts for
   * good only if the load began later than that after the signature was first seen. Compares no times of files: the
   * clock of their server may differ from this one.
   */
  #settle(startedAt: number, { isTransient = false }: Partial<HeldReport> = {}): void {
    this.#isSettled =
      !isTransient && this.#signature !== undefined && startedAt - this.#signatureSince > TIMESTAMP_GRANULARITY_MS;
  }

  /**
   * Publishes the last snapshot, and writes the last status, again if other code of the process has overwritten them:
   * threads that have not read them yet cannot read them any more. From memory, not from the files, which may be invalid
   * by now.
   */
  #verify(isRequested: boolean): void {
    const now = this.#clock.monotonicTime();
    if (!isRequested && now - this.#verifiedAt < VERIFY_MS) return;
    this.#verifiedAt = now;
    const areValuesIntact = this.#sink.areValuesIntact();
    const isStatusIntact = this.#sink.isStatusIntact();
    if (areValuesIntact && isStatusIntact) {
      this.#messageLog.intact();
      return;
    }
    const arePublished = areValuesIntact || this.#publishAgain();
    const { generation } = this.#published;
    // The same record, to which the status of a new generation is due as well: until then, its listeners wait.
    if (arePublished || !isStatusIntact) this.#sink.writeStatus(this.#record, generation);
    if (areValuesIntact) this.#messageLog.statusOverwritten();
    else this.#messageLog.overwritten(arePublished ? generation : undefined);
  }

  /** Publishes the last snapshot again, as a new generation. Returns false if the system has no memory for it now. */
  #publishAgain(): boolean {
    const generation = nextGeneration(this.#published.generation);
    if (!this.#sink.publishAgain(this.#published.payload)) return false;
    this.#published = { ...this.#published, generation };
    return true;
  }

  /** Loads; loads a second time if the first load may have met a writer in the middle of its work. */
  async #load(accepts: boolean): Promise<LoadResult> {
    const published = this.#published.generation === 0 ? undefined : this.#published;
    const result = this.#files.load(published, accepts);
    if (!shouldRetry(result, { namespaces: this.#published.namespaces, record: this.#record })) return result;
    await this.#pause();
    return this.#files.load(published, accepts);
  }

  /** Whether the first load failed for a reason that may end by itself. The owner's timeout ends the attempts. */
  #isDelayed(result: Settled): boolean {
    if (result.kind === 'loaded' || result.kind === 'invalid' || !result.isTransient) return false;
    this.#sink.startDelayed(describeDelay(result));
    return true;
  }

  /** Whether the directory, missing in the first load, was there in the probe before it, or is there now. */
  #hasAppeared(result: Settled): boolean {
    return result.kind === 'no-directory' && result.isMissing && this.#files.probe() !== this.#signature;
  }

  /** Publishes generation 1; from the defaults if the values directory does not exist. Returns a rejection, if any. */
  #publishFirst(result: Settled, startedAt: number): Rejection | undefined {
    if (result.kind === 'loaded') return this.#publish(result, startedAt, false);
    if (result.kind !== 'no-directory' || !result.isMissing) return result;
    const rejection = this.#publish(this.#files.loadDefaults(), startedAt, false);
    if (rejection !== undefined || this.#settings.suppressMissingDirectory) return rejection;
    this.#messageLog.unreadable(`${result.reason}; the defaults are in use until it can be read.`);
    this.#update({ accessError: result.reason });
    return undefined;
  }

  /**
   * Publishes what the settings say instead of rejected values, and reports both.
   *
   * @throws {ValuesError | SnapshotTooLargeError} if there is nothing to publish
   */
  async #fallBack(rejection: Rejection, startedAt: number): Promise<void> {
    const error = toRejectionError(rejection, 'load', this.#settings.valuesDirectory);
    const fallback = this.#files.loadFallback();
    if (fallback === undefined || this.#publish(fallback.loaded, startedAt, false) !== undefined) throw error;
    const { status } = fallback;
    this.#update({ fallback: status });
    this.#messageLog.fellBack(error.message, status, this.#clock.wallTime());
    // Nothing is known about files that cannot be read: the next poll reads them again.
    this.#isSettled = false;
    // The good files do not wait for the next poll, and the error that is logged says which files are bad.
    if (this.#settings.isIsolated && rejection.kind !== 'no-directory') return await this.poll(true);
    // As a running watcher reports such files, but for the message.
    switch (rejection.kind) {
      case 'unavailable':
        this.#reportUnavailable(rejection, true);
        break;
      case 'no-directory':
        this.#reportUnreadable(rejection.reason, true);
        break;
      default:
        this.#reject(rejection, true, startedAt);
    }
  }

  /** Offers what is live to be kept, but no defaults that are live because a file is invalid. */
  #offer(): void {
    if (this.#record.fallback?.kind !== 'defaults') this.#sink.live(this.#published);
  }

  /** Notes what the status says of the last good values in the state directory. */
  noteState(state: StateStatus): void {
    this.#update({ state });
  }

  /**
   * Publishes a load as a new generation; only its status if no option changed. Returns a rejection if it does not fit;
   * the old generation stays then.
   */
  #publish(result: Loaded, startedAt: number, isRequested: boolean): TooLarge | undefined {
    const { payload, namespaces: loaded, changes, held } = result;
    const { namespaces: before, ...last } = this.#published;
    const generation = nextGeneration(last.generation);
    const rejected = payload && this.#sink.publish(payload);
    if (rejected !== undefined)
      return { kind: 'too-large', size: payload?.length ?? 0, ...rejected, namespaces: loaded };
    const record = this.#record;
    // Next to each other: telemetry computes when the reload began from both.
    const reloadMs = this.#clock.monotonicTime() - startedAt;
    const now = this.#clock.wallTime();
    const namespaces = describeNamespaces(loaded, {
      before,
      previous: record.namespaces,
      now,
      schemaHashes: this.#settings.schemaHashes,
    });
    const appliedAt = new Date(now).toISOString();
    this.#published = { generation, payload: payload ?? last.payload, namespaces: loaded };
    const report = this.#heldReporter.report(held);
    // Before the message: a logger that reacts to it must find the new status.
    this.#update({
      appliedAt,
      reloadMs,
      fallback: report.isEmpty ? null : this.#record.fallback,
      namespaces: markHeld(namespaces, held, appliedAt),
      ...(generation > 1 && this.#history.published(generation, changes, { at: appliedAt, reloadMs })),
      ...this.#describeHeld(report, { at: appliedAt, reloadMs }),
    });
    this.#messageLog.recovered(report.isEmpty);
    this.#messageLog.published(before, loaded);
    this.#messageLog.heldBack(report, isRequested);
    this.#messageLog.suspicious(result.suspicions);
    this.#settle(startedAt, report);
    if (generation > 1) this.#sink.reloaded(record, this.#record);
    return undefined;
  }

  /** Handles files whose bytes are already published, besides those that are held back. */
  #accept({ namespaces, held }: Unchanged, startedAt: number, isRequested: boolean): undefined {
    // The same bytes, possibly in another directory.
    this.#published = { ...this.#published, namespaces };
    const report = this.#heldReporter.report(held);
    const reloadMs = this.#clock.monotonicTime() - startedAt;
    const at = new Date(this.#clock.wallTime()).toISOString();
    this.#history.accepted();
    this.#messageLog.recovered(report.isEmpty);
    this.#update({
      fallback: report.isEmpty ? null : this.#record.fallback,
      namespaces: markHeld(this.#record.namespaces, held, at),
      ...this.#describeHeld(report, { at, reloadMs }),
    });
    this.#messageLog.heldBack(report, isRequested);
    this.#settle(startedAt, report);
  }

  /** Describes what a load held back, which is nothing for most loads. */
  #describeHeld({ error, accessError, rejected }: HeldReport, time: ReloadTime): Partial<StatusRecord> {
    return {
      rejection: error === undefined ? null : this.#toPlain(error),
      rejectedAt: error === undefined ? null : (this.#record.rejectedAt ?? time.at),
      accessError,
      ...(rejected && this.#history.heldBack(rejected.message, time)),
    };
  }

  /** Rejects a load: the old values stay. The status holds the error until the files are valid again. */
  #reject(rejection: InvalidValues | TooLarge, isRequested: boolean, startedAt: number): void {
    if (rejection.kind === 'too-large' && rejection.isTransient) {
      this.#reportUnavailable(rejection, isRequested);
      return;
    }
    this.#settle(startedAt);
    const error = toRejectionError(rejection, 'reload', this.#settings.valuesDirectory);
    const reloadMs = this.#clock.monotonicTime() - startedAt;
    const at = new Date(this.#clock.wallTime()).toISOString();
    const rejectedAt = this.#record.rejectedAt ?? at;
    // Probed after the load: if the files were replaced between the last probe and the load, the next poll loads the same
    // bytes again, and must not count them again.
    const history = this.#history.rejected(this.#files.probe() ?? '', error.message, { at, reloadMs });
    this.#update({ rejection: this.#toPlain(error), rejectedAt, accessError: null, ...history });
    this.#messageLog.rejected(error, isRequested);
  }

  /** Reports that the system fails: the old values stay. It is no reload, since nothing is known about the files. */
  #reportUnavailable(result: Unavailable | TooLarge, isRequested: boolean): void {
    const error = toRejectionError(result, 'reload', this.#settings.valuesDirectory);
    const rejectedAt = this.#record.rejectedAt ?? new Date(this.#clock.wallTime()).toISOString();
    this.#update({ rejection: this.#toPlain(error), rejectedAt, accessError: null });
    this.#messageLog.unavailable(error.message, isRequested);
  }

  /** Reports that there is no directory or no volume to read: the old values stay. */
  #reportUnreadable(reason: string, isLogged = false): void {
    this.#update({ accessError: reason, rejection: null, rejectedAt: null });
    this.#messageLog.unreadable(`${reason}; the last values stay in use.`, isLogged);
  }

  /** Checks the mounts. Runs after each load, since mounts change together with the files, and after its messages. */
  #checkMounts(): void {
    const mountWarnings = this.#files.mountWarnings();
    this.#areMountsChecked = mountWarnings !== undefined;
    if (mountWarnings === undefined) return;
    this.#messageLog.mounts(mountWarnings);
    if (mountWarnings.join('\n') !== this.#record.mountWarnings.join('\n')) this.#update({ mountWarnings });
  }

  /** Converts an error for the status; returns the same object as long as the error is the same. */
  #toPlain(error: ReloadError): PlainError {
    const last = this.#record.rejection;
    return last?.message === error.message ? last : toPlain(error);
  }

  /** Changes the status. Without a difference, writes nothing: each write wakes the threads that have listeners. */
  #update(changes: Partial<StatusRecord>): void {
    const record = { ...this.#record, ...changes };
    const keys = Object.keys(changes) as (keyof StatusRecord)[];
    if (keys.every((key) => record[key] === this.#record[key])) return;
    this.#record = record;
    this.#sink.writeStatus(record, this.#published.generation);
  }

  /** Waits before a second load. No request shortens the pause. */
  #pause(): Promise<void> {
    return new Promise((resolve) => void this.#clock.timer(RETRY_MS, resolve));
  }
}
