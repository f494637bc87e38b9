/**
 * One poll: look, load, publish, report. Runs in the watcher thread and is pure: clock, files, cell and log are handed
 * in, so that a test decides what they say.
 */
import { type OptionsError, toPlain, unreadableValuesError } from '../../src/common/errors.js';
import type { Log } from '../../src/common/log.js';
import { EMPTY_STATUS_RECORD, type StatusRecord } from '../../src/status/status.js';
import { Announcer } from '../report/message-log.js';
import { describeNamespaces } from '../report/namespace-status.js';
import { ReloadHistory } from '../report/reload-history.js';
import type { Loaded, LoadedNamespace, LoadResult, NoDirectory } from '../values/load.js';
import type { Glance } from '../values/volume.js';
import type { Clock } from './clock.js';

/** The files, as a poll needs them. */
export interface Files {
  /** What can be seen without opening a file. */
  glance(): Glance;
  /** Reads, validates and encodes all of them; `prefix` stands before the faults. */
  load(prefix: string): LoadResult;
  /** What a load gives where no file sets anything. */
  loadDefaults(): Loaded;
  /** What is wrong with how they are mounted, a sentence each. */
  mountWarnings(): readonly string[];
}

/** Where the results of a poll go. */
export interface Outlet {
  /** Publishes a snapshot; an error where it does not fit, and nothing has changed. */
  publish(loaded: Loaded, prefix: string): OptionsError | undefined;
  /** Replaces the status record. */
  writeStatus(record: StatusRecord): void;
  /** A reload has published new values. The first load is none. */
  reloaded(before: StatusRecord, after: StatusRecord): void;
  readonly log: Log;
}

/** What does not change from poll to poll. */
export interface PollerSettings {
  /** The values directory, for messages. */
  readonly valuesDirectory: string;
  /** The hash of each namespace's schema. */
  readonly schemaHashes: ReadonlyMap<string, string>;
  /** No warning where there is no values directory at start. */
  readonly suppressMissingDirectory: boolean;
}

/** How long a file that may be half-written, or may be only being replaced, is left alone before it is looked at again. */
const SECOND_LOOK_MS = 50;

/** What one poll does, and what it remembers for the next one. */
export class Poller {
  readonly #clock: Clock;
  readonly #files: Files;
  readonly #outlet: Outlet;
  readonly #settings: PollerSettings;
  readonly #announcer: Announcer;
  readonly #history = new ReloadHistory();

  /** What the last glance showed; undefined where the next poll has to read the files whatever it sees. */
  #signature: string | undefined;
  /** The files that the published snapshot was made of. */
  #published: ReadonlyMap<string, LoadedNamespace> = new Map();
  #generation = 0;
  #record = EMPTY_STATUS_RECORD;

  constructor(clock: Clock, files: Files, outlet: Outlet, settings: PollerSettings) {
    this.#clock = clock;
    this.#files = files;
    this.#outlet = outlet;
    this.#settings = settings;
    this.#announcer = new Announcer(outlet.log, settings.valuesDirectory);
  }

  /**
   * The first load: publishes generation 1, from the defaults where there is no values directory.
   *
   * @throws {OptionsError} where the values on disk cannot be used
   */
  async start(): Promise<void> {
    const prefix = `Failed to load values from ${this.#settings.valuesDirectory}: `;
    for (;;) {
      const glance = this.#files.glance();
      const begun = this.#clock.monotonicTime();
      const result = await this.#load(prefix);
      if (result.kind === 'refused') throw result.error;
      if (result.kind === 'no-directory' && !result.isMissing) throw unreadableValuesError(prefix, result.problem);
      if (result.kind === 'unsettled') {
        await this.#pause();
        continue;
      }
      this.#remember(glance);
      const refusal =
        result.kind === 'no-directory'
          ? this.#startWithout(result, begun, prefix)
          : this.#publish(result, begun, prefix);
      if (refusal !== undefined) throw refusal;
      this.#checkMounts();
      return;
    }
  }

  /**
   * One poll: reloads where a glance shows a change. `isRequested`: whoever asked for it is told of a refusal by an
   * exception, so that it is not logged as well.
   */
  async poll(isRequested: boolean): Promise<void> {
    const glance = this.#files.glance();
    if (glance.signature === this.#signature) return;
    const prefix = `Failed to reload values from ${this.#settings.valuesDirectory}: `;
    const begun = this.#clock.monotonicTime();
    const result = await this.#load(prefix);
    switch (result.kind) {
      case 'unsettled':
        // The old values stay, and the signature too: the next poll looks again.
        return;
      case 'no-directory':
        this.#note({ problem: result.problem, refusal: null, refusedAt: null });
        this.#announcer.problem(`${result.problem}; the last values stay in use.`);
        break;
      case 'refused':
        this.#refuse(result.error, isRequested, glance, begun);
        break;
      case 'loaded': {
        const refusal = this.#differs(result.namespaces) ? this.#publish(result, begun, prefix) : this.#accept();
        if (refusal !== undefined) this.#refuse(refusal, isRequested, glance, begun);
        break;
      }
    }
    this.#checkMounts();
    this.#remember(glance);
  }

  /** A load; a second one after a moment where the first may have met a writer in the middle of its work. */
  async #load(prefix: string): Promise<LoadResult> {
    const result = this.#files.load(prefix);
    if (!this.#deservesSecondLook(result)) return result;
    await this.#pause();
    return this.#files.load(prefix);
  }

  #deservesSecondLook(result: LoadResult): boolean {
    switch (result.kind) {
      case 'refused':
        return result.isFresh;
      case 'unsettled':
        return true;
      case 'no-directory':
        return this.#record.appliedAt !== null && this.#record.problem === null;
      case 'loaded':
        return [...result.namespaces].some(([name, { hash }]) => hash === null && this.#publishedHash(name) !== null);
    }
  }

  /** A file whose times another write could share is read again at the next poll, whatever its times say then. */
  #remember(glance: Glance): void {
    this.#signature = glance.isRecent ? undefined : glance.signature;
  }

  #publishedHash(namespace: string): string | null {
    return this.#published.get(namespace)?.hash ?? null;
  }

  #differs(namespaces: ReadonlyMap<string, LoadedNamespace>): boolean {
    return [...namespaces].some(([name, { hash }]) => hash !== this.#publishedHash(name));
  }

  /** Generation 1 where there is no values directory: nothing is set. */
  #startWithout(result: NoDirectory, begun: number, prefix: string): OptionsError | undefined {
    const refusal = this.#publish(this.#files.loadDefaults(), begun, prefix);
    if (refusal !== undefined || this.#settings.suppressMissingDirectory) return refusal;
    this.#announcer.problem(`${result.problem}; the defaults are in use until it can be read.`);
    this.#note({ problem: result.problem });
    return undefined;
  }

  /** Makes a new generation of what was loaded; an error where it does not fit, and the old one stays. */
  #publish(loaded: Loaded, begun: number, prefix: string): OptionsError | undefined {
    const refusal = this.#outlet.publish(loaded, prefix);
    if (refusal !== undefined) return refusal;
    const record = this.#record;
    const now = this.#clock.wallTime();
    const before = this.#published;
    const namespaces = describeNamespaces(loaded.namespaces, {
      before,
      described: record.namespaces,
      now,
      schemaHashes: this.#settings.schemaHashes,
    });
    const appliedAt = new Date(now).toISOString();
    const reloadMs = this.#clock.monotonicTime() - begun;
    this.#published = loaded.namespaces;
    this.#generation++;
    // Before it is told of: whoever reacts to the message finds its status.
    this.#note({
      appliedAt,
      reloadMs,
      refusal: null,
      refusedAt: null,
      problem: null,
      namespaces,
      ...(this.#generation > 1 &&
        this.#history.published(this.#generation, before, loaded.namespaces, { at: appliedAt, reloadMs })),
    });
    this.#announcer.published(before, loaded.namespaces);
    if (this.#generation > 1) this.#outlet.reloaded(record, this.#record);
    return undefined;
  }

  /** The files are good, and hold what is published already. */
  #accept(): undefined {
    this.#announcer.recovered();
    this.#history.accepted();
    this.#note({ refusal: null, refusedAt: null, problem: null });
  }

  /** The old values stay; the error stands in the status until the files are good again. */
  #refuse(error: OptionsError, isRequested: boolean, { signature }: Glance, begun: number): void {
    const reloadMs = this.#clock.monotonicTime() - begun;
    const at = new Date(this.#clock.wallTime()).toISOString();
    const refusedAt = this.#record.refusedAt ?? at;
    const history = this.#history.refused(signature, error.message, { at, reloadMs });
    this.#note({ refusal: toPlain(error), refusedAt, problem: null, ...history });
    this.#announcer.refused(error.message, isRequested);
  }

  /** After a load, since mounts change with what there is to load; and after it has been told of. */
  #checkMounts(): void {
    const mountWarnings = this.#files.mountWarnings();
    this.#announcer.mounts(mountWarnings);
    if (mountWarnings.join('\n') !== this.#record.mountWarnings.join('\n')) this.#note({ mountWarnings });
  }

  #note(changes: Partial<StatusRecord>): void {
    this.#record = { ...this.#record, ...changes };
    this.#outlet.writeStatus(this.#record);
  }

  /** Before a second look; no request cuts it short. */
  #pause(): Promise<void> {
    return new Promise((resolve) => void this.#clock.timer(SECOND_LOOK_MS, resolve));
  }
}
