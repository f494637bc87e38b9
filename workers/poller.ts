/**
 * One poll: look, load, publish, report. Runs in the watcher thread and is pure: clock, files, cell and log are handed
 * in, so that a test decides what they say.
 */
import { type OptionsError, toPlain, ValuesError } from '../src/errors.js';
import type { Log } from '../src/log.js';
import { listedUnknownKeys, type NamespaceStatus, type StatusRecord } from '../src/status.js';
import type { Loaded, LoadedNamespace, LoadResult, NoDirectory } from '../src/values/load.js';
import type { Glance } from '../src/values/volume.js';
import { Announcer } from './announce.js';
import type { Clock } from './clock.js';

/** The files, as a poll needs them. */
export interface Files {
  /** What can be seen without opening a file. */
  glance(): Glance;
  /** Reads, validates and encodes all of them; `prefix` stands before the faults. */
  load(prefix: string): LoadResult;
  /** What a load gives where no file sets anything. */
  loadDefaults(): Loaded;
}

/** Where the results of a poll go. */
export interface Outlet {
  /** Publishes a snapshot; an error where it does not fit, and nothing has changed. */
  publish(loaded: Loaded, prefix: string): OptionsError | undefined;
  /** Replaces the status record. */
  writeStatus(record: StatusRecord): void;
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

  /** What the last glance showed; undefined where the next poll has to read the files whatever it sees. */
  #signature: string | undefined;
  /** The files that the published snapshot was made of. */
  #published: ReadonlyMap<string, LoadedNamespace> = new Map();
  #record: StatusRecord = {
    appliedAt: null,
    reloadMs: null,
    refusal: null,
    refusedAt: null,
    problem: null,
    namespaces: {},
  };

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
      if (result.kind === 'no-directory' && !result.isMissing) throw ValuesError.unreadable(prefix, result.problem);
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
        this.#announcer.problem(`${result.problem}; the last values stay in use.`);
        this.#note({ problem: result.problem, refusal: null, refusedAt: null });
        break;
      case 'refused':
        this.#refuse(result.error, isRequested);
        break;
      case 'loaded': {
        const refusal = this.#differs(result.namespaces) ? this.#publish(result, begun, prefix) : this.#accept();
        if (refusal !== undefined) this.#refuse(refusal, isRequested);
        break;
      }
    }
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
    const now = this.#clock.wallTime();
    const namespaces: Record<string, NamespaceStatus> = {};
    for (const [name, namespace] of loaded.namespaces) {
      const before = this.#record.namespaces[name];
      const isSame = before !== undefined && namespace.hash === this.#publishedHash(name);
      namespaces[name] = isSame ? before : this.#describe(name, namespace, now);
    }
    this.#announcer.published(this.#published, loaded.namespaces);
    this.#published = loaded.namespaces;
    this.#note({
      appliedAt: new Date(now).toISOString(),
      reloadMs: this.#clock.monotonicTime() - begun,
      refusal: null,
      refusedAt: null,
      problem: null,
      namespaces,
    });
    return undefined;
  }

  #describe(name: string, namespace: LoadedNamespace, now: number): NamespaceStatus {
    const { generatedAt, unknown, hash } = namespace;
    return {
      generatedAt: generatedAt ?? null,
      delaySecs: generatedAt === undefined ? null : Math.max(0, now - Date.parse(generatedAt)) / 1000,
      unknownKeys: listedUnknownKeys(unknown),
      unknownCount: unknown.length,
      valuesHash: hash,
      schemaHash: this.#settings.schemaHashes.get(name) ?? '',
    };
  }

  /** The files are good, and hold what is published already. */
  #accept(): undefined {
    this.#announcer.recovered();
    this.#note({ refusal: null, refusedAt: null, problem: null });
  }

  /** The old values stay; the error stands in the status until the files are good again. */
  #refuse(error: OptionsError, isRequested: boolean): void {
    this.#announcer.refused(error.message, isRequested);
    const refusedAt = this.#record.refusedAt ?? new Date(this.#clock.wallTime()).toISOString();
    this.#note({ refusal: toPlain(error), refusedAt, problem: null });
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
