/**
 * One poll: look, load, publish, report. Runs in the watcher thread and is pure: clock, files, cell and log are handed
 * in, so that a test decides what they say.
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

/** The files, as a poll needs them. */
export interface Files {
  /** What can be seen without opening a file. */
  probe(): Probe;
  /** Reads, validates and encodes all of them. */
  load(): LoadResult;
  /** What a load gives where no file sets anything. */
  loadDefaults(): Loaded;
  /** What is wrong with how they are mounted, a sentence each. */
  mountWarnings(): readonly string[];
}

/** Where the results of a poll go. */
export interface Sink {
  /**
   * Publishes a snapshot.
   *
   * @returns the largest payload that fits, in bytes, if this one does not; nothing has changed then
   */
  publish(payload: Uint8Array): number | undefined;
  /** Replaces the status record. */
  writeStatus(record: StatusRecord): void;
  /** A reload has published new values. The first load is none. */
  reloaded(before: StatusRecord, after: StatusRecord): void;
  readonly log: Log;
}

/** What does not change from poll to poll. */
interface PollerSettings {
  /** The values directory, for messages. */
  readonly valuesDirectory: string;
  /** The hash of each namespace's schema. */
  readonly schemaHashes: ReadonlyMap<string, string>;
  /** No warning where there is no values directory at start. */
  readonly suppressMissingDirectory: boolean;
}

/** How long a file that may be half-written, or may be only being replaced, is left alone before it is looked at again. */
const RETRY_MS = 50;

/** A load that has come to an end. */
type Settled = Exclude<LoadResult, { kind: 'unsettled' }>;

/** What one poll does, and what it remembers for the next one. */
export class Poller {
  readonly #clock: Clock;
  readonly #files: Files;
  readonly #sink: Sink;
  readonly #settings: PollerSettings;
  readonly #messageLog: MessageLog;
  readonly #history = new ReloadHistory();

  /** What the last glance showed; undefined where the next poll has to read the files whatever it sees. */
  #signature: string | undefined;
  /** The files that the published snapshot was made of. */
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
   * The first load: publishes generation 1, from the defaults where there is no values directory.
   *
   * @throws {OptionsError} where the values on disk cannot be used
   */
  async start(): Promise<void> {
    for (;;) {
      const probe = this.#files.probe();
      const begun = this.#clock.monotonicTime();
      const result = await this.#load();
      if (result.kind === 'unsettled') {
        await this.#pause();
        continue;
      }
      this.#remember(probe);
      const rejection = this.#publishFirst(result, begun);
      if (rejection !== undefined) throw toRejectionError(rejection, 'load', this.#settings.valuesDirectory);
      this.#checkMounts();
      return;
    }
  }

  /**
   * One poll: reloads where a glance shows a change. `isRequested`: whoever asked for it is told of a refusal by an
   * exception, so that it is not logged as well.
   */
  async poll(isRequested: boolean): Promise<void> {
    const probe = this.#files.probe();
    if (probe.signature === this.#signature) return;
    const begun = this.#clock.monotonicTime();
    const result = await this.#load();
    switch (result.kind) {
      case 'unsettled':
        // The old values stay, and the signature too: the next poll looks again.
        return;
      case 'no-directory':
        this.#update({ accessError: result.reason, rejection: null, rejectedAt: null });
        this.#messageLog.unreadable(`${result.reason}; the last values stay in use.`);
        break;
      case 'invalid':
      case 'too-large':
        this.#reject(result, isRequested, probe, begun);
        break;
      case 'loaded': {
        const rejection = this.#differs(result.namespaces) ? this.#publish(result, begun) : this.#accept();
        if (rejection !== undefined) this.#reject(rejection, isRequested, probe, begun);
        break;
      }
    }
    this.#checkMounts();
    this.#remember(probe);
  }

  /** A load; a second one after a moment where the first may have met a writer in the middle of its work. */
  async #load(): Promise<LoadResult> {
    const result = this.#files.load();
    if (!this.#shouldRetry(result)) return result;
    await this.#pause();
    return this.#files.load();
  }

  #shouldRetry(result: LoadResult): boolean {
    switch (result.kind) {
      case 'invalid':
        return result.isFresh;
      case 'too-large':
        return false;
      case 'unsettled':
        return true;
      case 'no-directory':
        return this.#record.appliedAt !== null && this.#record.accessError === null;
      case 'loaded':
        return [...result.namespaces].some(([name, { hash }]) => hash === null && this.#publishedHash(name) !== null);
    }
  }

  /** A file whose times another write could share is read again at the next poll, whatever its times say then. */
  #remember(probe: Probe): void {
    this.#signature = probe.isRecent ? undefined : probe.signature;
  }

  #publishedHash(namespace: string): string | null {
    return this.#published.get(namespace)?.hash ?? null;
  }

  #differs(namespaces: ReadonlyMap<string, LoadedNamespace>): boolean {
    return [...namespaces].some(([name, { hash }]) => hash !== this.#publishedHash(name));
  }

  /** Publishes generation 1; from the defaults if there is no values directory. Returns why it cannot. */
  #publishFirst(result: Settled, begun: number): Rejection | undefined {
    if (result.kind === 'loaded') return this.#publish(result, begun);
    if (result.kind !== 'no-directory' || !result.isMissing) return result;
    const rejection = this.#publish(this.#files.loadDefaults(), begun);
    if (rejection !== undefined || this.#settings.suppressMissingDirectory) return rejection;
    this.#messageLog.unreadable(`${result.reason}; the defaults are in use until it can be read.`);
    this.#update({ accessError: result.reason });
    return undefined;
  }

  /** Makes a new generation of what was loaded; an error where it does not fit, and the old one stays. */
  #publish({ payload, namespaces: loaded }: Loaded, begun: number): TooLarge | undefined {
    const limit = this.#sink.publish(payload);
    if (limit !== undefined) return { kind: 'too-large', size: payload.length, limit, namespaces: loaded };
    const record = this.#record;
    const now = this.#clock.wallTime();
    const before = this.#published;
    const namespaces = describeNamespaces(loaded, {
      before,
      previous: record.namespaces,
      now,
      schemaHashes: this.#settings.schemaHashes,
    });
    const appliedAt = new Date(now).toISOString();
    const reloadMs = this.#clock.monotonicTime() - begun;
    this.#published = loaded;
    this.#generation++;
    // Before it is told of: whoever reacts to the message finds its status.
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

  /** The files are good, and hold what is published already. */
  #accept(): undefined {
    this.#messageLog.recovered();
    this.#history.accepted();
    this.#update({ rejection: null, rejectedAt: null, accessError: null });
  }

  /** The old values stay; the error stands in the status until the files are good again. */
  #reject(rejection: Rejection, isRequested: boolean, { signature }: Probe, begun: number): void {
    const error = toRejectionError(rejection, 'reload', this.#settings.valuesDirectory);
    const reloadMs = this.#clock.monotonicTime() - begun;
    const at = new Date(this.#clock.wallTime()).toISOString();
    const rejectedAt = this.#record.rejectedAt ?? at;
    const history = this.#history.rejected(signature, error.message, { at, reloadMs });
    this.#update({ rejection: toPlain(error), rejectedAt, accessError: null, ...history });
    this.#messageLog.rejected(error.message, isRequested);
  }

  /** After a load, since mounts change with what there is to load; and after it has been told of. */
  #checkMounts(): void {
    const mountWarnings = this.#files.mountWarnings();
    this.#messageLog.mounts(mountWarnings);
    if (mountWarnings.join('\n') !== this.#record.mountWarnings.join('\n')) this.#update({ mountWarnings });
  }

  #update(changes: Partial<StatusRecord>): void {
    this.#record = { ...this.#record, ...changes };
    this.#sink.writeStatus(this.#record);
  }

  /** Before a second look; no request cuts it short. */
  #pause(): Promise<void> {
    return new Promise((resolve) => void this.#clock.timer(RETRY_MS, resolve));
  }
}
