/**
 * One poll: probe the files, load, publish, report. Runs in the watcher thread. Pure: the caller passes in the clock,
 * the files and the sink, so that a test controls all of them.
 */
import type { Log } from '../../src/common/log.js';
import { toPlain } from '../../src/common/plain-error.js';
import { EMPTY_STATUS_RECORD, type StatusRecord } from '../../src/status/record.js';
import { MessageLog } from '../report/message-log.js';
import { describeNamespaces } from '../report/namespace-status.js';
import { type Rejection, toRejectionError } from '../report/rejection.js';
import { ReloadHistory } from '../report/reload-history.js';
import type { Loaded, LoadedNamespace, LoadResult, TooLarge } from '../values/load.js';
import type { Probe } from '../values/volume.js';
import type { Clock } from './clock.js';
import { RETRY_MS, shouldRetry } from './retry.js';

/** The operations on the files that a poll needs. */
export interface Files {
  /** Probes all files without opening one. */
  probe(): Probe;
  /** Reads, validates and encodes all files. */
  load(): LoadResult;
  /** Encodes a snapshot in which no file sets an option. */
  loadDefaults(): Loaded;
  /** Lists what is wrong with the mounts of the files, one sentence for each issue. */
  mountWarnings(): readonly string[];
}

/** Receives the results of a poll. */
export interface Sink {
  /**
   * Publishes a snapshot.
   *
   * @returns undefined, or if `payload` does not fit, the largest size that does, in bytes; nothing has changed then
   */
  publish(payload: Uint8Array): { readonly limit: number } | undefined;
  /** Replaces the status record. */
  writeStatus(record: StatusRecord): void;
  /** Called after a reload publishes new values. The first load is not a reload. */
  reloaded(before: StatusRecord, after: StatusRecord): void;
  readonly log: Log;
}

/** Settings that stay the same for all polls. */
interface PollerSettings {
  /** The path of the values directory, for messages. */
  readonly valuesDirectory: string;
  /** The hash of each namespace's schema, by namespace. */
  readonly schemaHashes: ReadonlyMap<string, string>;
  /** Whether a values directory that does not exist at start causes no warning. */
  readonly suppressMissingDirectory: boolean;
}

/** The result of a load during which the volume was stable. */
type Settled = Exclude<LoadResult, { kind: 'unsettled' }>;

/** Runs polls, and keeps what the next poll needs from the last one. */
export class Poller {
  readonly #clock: Clock;
  readonly #files: Files;
  readonly #sink: Sink;
  readonly #settings: PollerSettings;
  readonly #messageLog: MessageLog;
  readonly #history = new ReloadHistory();

  /** The signature of the last probe; undefined if the next poll must load the files whatever its probe returns. */
  #signature: string | undefined;
  /** The namespaces of the published snapshot, as they were loaded. */
  #published: ReadonlyMap<string, LoadedNamespace> = new Map();
  #generation = 0;
  #record = EMPTY_STATUS_RECORD;

  constructor(clock: Clock, files: Files, sink: Sink, settings: PollerSettings) {
    this.#clock = clock;
    this.#files = files;
    this.#sink = sink;
    this.#settings = settings;
    this.#messageLog = new MessageLog(sink.log, settings.valuesDirectory);
  }

  /**
   * Runs the first load and publishes generation 1; from the defaults if the values directory does not exist.
   *
   * @throws {ValuesError | SnapshotTooLargeError} if the watcher cannot publish the values on disk
   */
  async start(): Promise<void> {
    for (;;) {
      const probe = this.#files.probe();
      const startedAt = this.#clock.monotonicTime();
      const result = await this.#load();
      if (result.kind === 'unsettled') {
        await this.#pause();
        continue;
      }
      this.#remember(probe);
      const rejection = this.#publishFirst(result, startedAt);
      if (rejection !== undefined) throw toRejectionError(rejection, 'load', this.#settings.valuesDirectory);
      this.#checkMounts();
      return;
    }
  }

  /**
   * Runs one poll: reloads if the probe shows a change.
   *
   * @param isRequested whether a thread requested the poll; that thread throws a rejection, so it is not logged
   */
  async poll(isRequested: boolean): Promise<void> {
    const probe = this.#files.probe();
    if (probe.signature === this.#signature) return;
    const startedAt = this.#clock.monotonicTime();
    const result = await this.#load();
    switch (result.kind) {
      case 'unsettled':
        // The old values stay, and so does the signature: the next poll loads again.
        return;
      case 'no-directory':
        this.#update({ accessError: result.reason, rejection: null, rejectedAt: null });
        this.#messageLog.unreadable(`${result.reason}; the last values stay in use.`);
        break;
      case 'invalid':
      case 'too-large':
        this.#reject(result, isRequested, probe, startedAt);
        break;
      case 'loaded': {
        const rejection = this.#differs(result.namespaces) ? this.#publish(result, startedAt) : this.#accept();
        if (rejection !== undefined) this.#reject(rejection, isRequested, probe, startedAt);
        break;
      }
    }
    this.#checkMounts();
    this.#remember(probe);
  }

  /** Loads; loads a second time if the first load may have met a writer in the middle of its work. */
  async #load(): Promise<LoadResult> {
    const result = this.#files.load();
    if (!shouldRetry(result, { namespaces: this.#published, record: this.#record })) return result;
    await this.#pause();
    return this.#files.load();
  }

  /** Forgets the signature if another write could share a file's times: the next poll then reads the files again. */
  #remember(probe: Probe): void {
    this.#signature = probe.isRecent ? undefined : probe.signature;
  }

  #differs(namespaces: ReadonlyMap<string, LoadedNamespace>): boolean {
    return [...namespaces].some(([name, { hash }]) => hash !== (this.#published.get(name)?.hash ?? null));
  }

  /** Publishes generation 1; from the defaults if the values directory does not exist. Returns a rejection, if any. */
  #publishFirst(result: Settled, startedAt: number): Rejection | undefined {
    if (result.kind === 'loaded') return this.#publish(result, startedAt);
    if (result.kind !== 'no-directory' || !result.isMissing) return result;
    const rejection = this.#publish(this.#files.loadDefaults(), startedAt);
    if (rejection !== undefined || this.#settings.suppressMissingDirectory) return rejection;
    this.#messageLog.unreadable(`${result.reason}; the defaults are in use until it can be read.`);
    this.#update({ accessError: result.reason });
    return undefined;
  }

  /** Publishes a load as a new generation. Returns a rejection if it does not fit; the old generation stays then. */
  #publish({ payload, namespaces: loaded }: Loaded, startedAt: number): TooLarge | undefined {
    const rejected = this.#sink.publish(payload);
    if (rejected !== undefined) return { kind: 'too-large', size: payload.length, ...rejected, namespaces: loaded };
    const record = this.#record;
    // Next to each other: telemetry computes when the reload began from both.
    const reloadMs = this.#clock.monotonicTime() - startedAt;
    const now = this.#clock.wallTime();
    const before = this.#published;
    const namespaces = describeNamespaces(loaded, {
      before,
      previous: record.namespaces,
      now,
      schemaHashes: this.#settings.schemaHashes,
    });
    const appliedAt = new Date(now).toISOString();
    this.#published = loaded;
    this.#generation++;
    // Before the message: a logger that reacts to it must find the new status.
    this.#update({
      appliedAt,
      reloadMs,
      rejection: null,
      rejectedAt: null,
      accessError: null,
      namespaces,
      ...(this.#generation > 1 &&
        this.#history.published(this.#generation, before, loaded, { at: appliedAt, reloadMs })),
    });
    this.#messageLog.published(before, loaded);
    if (this.#generation > 1) this.#sink.reloaded(record, this.#record);
    return undefined;
  }

  /** Handles valid files whose bytes are already published. */
  #accept(): undefined {
    this.#messageLog.recovered();
    this.#history.accepted();
    this.#update({ rejection: null, rejectedAt: null, accessError: null });
  }

  /** Rejects a load: the old values stay. The status holds the error until the files are valid again. */
  #reject(rejection: Rejection, isRequested: boolean, { signature }: Probe, startedAt: number): void {
    const error = toRejectionError(rejection, 'reload', this.#settings.valuesDirectory);
    const reloadMs = this.#clock.monotonicTime() - startedAt;
    const at = new Date(this.#clock.wallTime()).toISOString();
    const rejectedAt = this.#record.rejectedAt ?? at;
    const history = this.#history.rejected(signature, error.message, { at, reloadMs });
    this.#update({ rejection: toPlain(error), rejectedAt, accessError: null, ...history });
    this.#messageLog.rejected(error.message, isRequested);
  }

  /** Checks the mounts. Runs after each load, since mounts change together with the files, and after its messages. */
  #checkMounts(): void {
    const mountWarnings = this.#files.mountWarnings();
    this.#messageLog.mounts(mountWarnings);
    if (mountWarnings.join('\n') !== this.#record.mountWarnings.join('\n')) this.#update({ mountWarnings });
  }

  #update(changes: Partial<StatusRecord>): void {
    this.#record = { ...this.#record, ...changes };
    this.#sink.writeStatus(this.#record);
  }

  /** Waits before a second load. No request shortens the pause. */
  #pause(): Promise<void> {
    return new Promise((resolve) => void this.#clock.timer(RETRY_MS, resolve));
  }
}
