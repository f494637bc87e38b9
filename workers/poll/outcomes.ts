/**
 * Carries out what follows from a load: publishes it, or keeps the old values; and reports that in the status, the history
 * and the log, in this order: a logger that reacts to a message must find the new status. Runs in the watcher thread.
 */
import { type PlainError, toPlain } from '../../src/common/plain-error.js';
import type { StatusRecord } from '../../src/status/record.js';
import { type HeldReport, HeldReporter, markHeld } from '../report/held-report.js';
import { describeNamespaces } from '../report/namespace-status.js';
import { type ReloadError, toRejectionError } from '../report/rejection.js';
import { ReloadHistory, type ReloadTime } from '../report/reload-history.js';
import { describeGoneVolumes, findAbsent, type GoneVolume, list } from '../values/gone-volumes.js';
import type { InvalidValues, Loaded, TooLarge, Unavailable, Unchanged } from '../values/results.js';
import type { PollerParts } from './parts.js';

export class Outcomes {
  readonly #parts: PollerParts;
  readonly #history = new ReloadHistory();
  readonly #heldReporter: HeldReporter;
  #isStart = true;

  constructor(parts: PollerParts) {
    this.#parts = parts;
    this.#heldReporter = new HeldReporter(parts.settings.valuesDirectory);
  }

  /** Notes that the start has ended: values that are published from now on have just arrived. */
  endStart(): void {
    this.#isStart = false;
  }

  /**
   * Publishes a load as a new generation; only its status if no option changed. Returns a rejection if it does not fit;
   * the old generation stays then.
   */
  publish(result: Loaded, startedAt: number, isRequested: boolean): TooLarge | undefined {
    const { clock, sink, settings, messageLog, freshness, live } = this.#parts;
    const { payload, namespaces: loaded, changes, held } = result;
    const { namespaces: before } = live.published;
    const rejected = live.publish(result);
    if (rejected !== undefined)
      return { kind: 'too-large', size: payload?.length ?? 0, ...rejected, namespaces: loaded };
    const { record } = live;
    // Next to each other: telemetry computes when the reload began from both.
    const reloadMs = clock.monotonicTime() - startedAt;
    const now = clock.wallTime();
    const namespaces = describeNamespaces(loaded, {
      before,
      previous: record.namespaces,
      now,
      isStart: this.#isStart,
      schemaHashes: settings.schemaHashes,
    });
    const appliedAt = new Date(now).toISOString();
    const { generation } = live.published;
    const report = this.#heldReporter.report(held);
    const absent = findAbsent(loaded);
    live.update({
      appliedAt,
      reloadMs,
      fallback: report.isEmpty ? null : record.fallback,
      namespaces: markHeld(namespaces, held, appliedAt),
      ...(generation > 1 && this.#history.published(generation, changes, { at: appliedAt, reloadMs })),
      ...this.#describeHeld(report, { at: appliedAt, reloadMs }),
      accessError: this.#describeAccess(report, absent),
    });
    if (generation > 1) messageLog.live(generation, changes);
    this.#logAccess(report, absent);
    messageLog.published(before, loaded);
    messageLog.heldBack(report, isRequested);
    messageLog.suspicious(result.suspicions, loaded);
    freshness.settle(startedAt, report.isTransient);
    if (generation > 1) sink.reloaded(record, live.record);
    return undefined;
  }

  /** Handles files whose bytes are already published, besides those that are held back. */
  accept({ namespaces, held }: Unchanged, startedAt: number, isRequested: boolean): undefined {
    const { clock, messageLog, freshness, live } = this.#parts;
    // The same bytes, possibly in another directory.
    live.move(namespaces);
    const report = this.#heldReporter.report(held);
    const absent = findAbsent(namespaces);
    const reloadMs = clock.monotonicTime() - startedAt;
    const at = new Date(clock.wallTime()).toISOString();
    this.#history.accepted();
    live.update({
      fallback: report.isEmpty ? null : live.record.fallback,
      namespaces: markHeld(live.record.namespaces, held, at),
      ...this.#describeHeld(report, { at, reloadMs }),
      accessError: this.#describeAccess(report, absent),
    });
    this.#logAccess(report, absent);
    messageLog.heldBack(report, isRequested);
    freshness.settle(startedAt, report.isTransient);
  }

  /** Describes what a load held back, which is nothing for most loads. */
  #describeHeld({ error, rejected }: HeldReport, time: ReloadTime): Partial<StatusRecord> {
    return {
      rejection: error === undefined ? null : this.#toPlain(error),
      rejectedAt: error === undefined ? null : (this.#parts.live.record.rejectedAt ?? time.at),
      ...(rejected && this.#history.heldBack(rejected.message, time)),
    };
  }

  /** Returns which volumes are gone: of namespaces that are held back, and of those that have had no values. */
  #describeAccess({ accessError }: HeldReport, absent: readonly GoneVolume[]): string | null {
    if (absent.length === 0) return accessError;
    const reason = describeGoneVolumes(this.#parts.settings.valuesDirectory, absent);
    return accessError === null ? reason : `${accessError}. ${reason}`;
  }

  /** Logs that an error of all files is over; or once that namespaces have no values, because their mount is dead. */
  #logAccess({ isEmpty }: HeldReport, absent: readonly GoneVolume[]): void {
    const { settings, messageLog } = this.#parts;
    if (absent.length === 0) {
      messageLog.recovered(isEmpty);
      return;
    }
    const names = absent.map(({ namespace }) => namespace);
    messageLog.unreadable(
      'values-missing',
      `${describeGoneVolumes(settings.valuesDirectory, absent)}; the defaults of ${list(names)} are in use.`,
      names,
    );
  }

  /** Rejects a load: the old values stay. The status holds the error until the files are valid again. */
  reject(rejection: InvalidValues | TooLarge, isRequested: boolean, startedAt: number): void {
    if (rejection.kind === 'too-large' && rejection.isTransient) {
      this.reportUnavailable(rejection, isRequested);
      return;
    }
    const { clock, files, settings, messageLog, freshness, live } = this.#parts;
    freshness.settle(startedAt);
    const error = toRejectionError(rejection, 'reload', settings.valuesDirectory);
    const reloadMs = clock.monotonicTime() - startedAt;
    const at = new Date(clock.wallTime()).toISOString();
    const rejectedAt = live.record.rejectedAt ?? at;
    // Probed after the load: if the files were replaced between the last probe and the load, the next poll loads the same
    // bytes again, and must not count them again.
    const history = this.#history.rejected(files.probe() ?? '', error.message, { at, reloadMs });
    live.update({ rejection: this.#toPlain(error), rejectedAt, accessError: null, ...history });
    messageLog.rejected(error, isRequested);
  }

  /** Reports that the system fails: the old values stay. It is no reload, since nothing is known about the files. */
  reportUnavailable(result: Unavailable | TooLarge, isRequested: boolean): void {
    const { clock, settings, messageLog, live } = this.#parts;
    const error = toRejectionError(result, 'reload', settings.valuesDirectory);
    const rejectedAt = live.record.rejectedAt ?? new Date(clock.wallTime()).toISOString();
    live.update({ rejection: this.#toPlain(error), rejectedAt, accessError: null });
    messageLog.unavailable(error, isRequested);
  }

  /**
   * Reports that there is no directory or no volume to read: the old values stay.
   *
   * @param namespaces those that it concerns; none if it concerns all
   */
  reportUnreadable(reason: string, namespaces: readonly string[] = [], isLogged = false): void {
    const { messageLog, live } = this.#parts;
    live.update({ accessError: reason, rejection: null, rejectedAt: null });
    messageLog.unreadable('volume-gone', `${reason}; the last values stay in use.`, namespaces, isLogged);
  }

  /** Converts an error for the status; returns the same object as long as the error is the same. */
  #toPlain(error: ReloadError): PlainError {
    const last = this.#parts.live.record.rejection;
    return last?.message === error.message ? last : toPlain(error);
  }
}
