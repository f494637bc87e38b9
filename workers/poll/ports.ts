/** What a poll needs from outside: settings, the files, and a sink for its results. Runs in the watcher thread. */
import type { Log } from '../../src/common/log.js';
import type { FallbackStatus, StateStatus, StatusRecord } from '../../src/status/record.js';
import type { Loaded, LoadResult, Published } from '../values/results.js';

/** Settings that stay the same for all polls. */
export interface PollerSettings {
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

/** Values that a start serves although the files are invalid. */
export interface Fallback {
  readonly loaded: Loaded;
  readonly status: FallbackStatus;
}

/** The operations on the files that a poll needs. */
export interface Files {
  /** Probes all files without opening one. Returns a signature; undefined if the system cannot probe a file. */
  probe(): string | undefined;
  /**
   * Reads all files; validates and encodes those whose bytes are not the `published` ones.
   *
   * @param accepts whether a person accepts values that are suspicious
   */
  load(published: Published | undefined, accepts: boolean): LoadResult;
  /** Encodes a snapshot in which no file sets an option. */
  loadDefaults(): Loaded;
  /** Returns what to serve instead of invalid values at startup; undefined if the start then fails. */
  loadFallback(): Fallback | undefined;
  /**
   * Lists what is wrong with the mounts, one sentence for each issue; undefined if the system cannot check them.
   *
   * @param known the last warnings
   */
  mountWarnings(known: readonly string[]): readonly string[] | undefined;
}

/** Receives the results of a poll. */
export interface Sink {
  /**
   * Publishes a snapshot.
   *
   * @returns undefined, or if `payload` does not fit, the largest size that does, in bytes, and whether only memory is
   *   missing at the moment; nothing has changed then
   */
  publish(payload: Uint8Array): { readonly limit: number; readonly isTransient: boolean } | undefined;
  /** Whether the cell of the values still holds what was published last. Takes 0.2 ms for each MiB of values. */
  areValuesIntact(): boolean;
  /** Whether the cell of the status still holds the record that was written last. */
  isStatusIntact(): boolean;
  /** Publishes the last snapshot again. Returns false if the system has no memory for it now. */
  publishAgain(payload: Uint8Array): boolean;
  /** Replaces the status record, and signals the threads that wait for the status of `generation`, the last one. */
  writeStatus(record: StatusRecord, generation: number): void;
  /**
   * Called when the files hold what is published, once or several times.
   *
   * @param published undefined if that must not be kept: nor must what was passed before, whose memory reloads reuse
   */
  live(published: Published | undefined): void;
  /** Called after a reload, also if no option changed. The first load is not a reload. */
  reloaded(before: StatusRecord, after: StatusRecord): void;
  /** Called when the first load fails for a reason that may end by itself. The load then runs again. */
  startDelayed(reason: string): void;
  readonly log: Log;
}
