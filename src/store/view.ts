/**
 * One thread's view of a store: views of the shared memory, and the snapshot that the thread has adopted. Every thread
 * makes its own; threads share only the memory behind it. Must not reach `schema/` or `files/`.
 */
import { crc32 } from 'node:zlib';
import { DecodedSnapshot, SnapshotFormatError } from '../codec/decode.js';
import type { SnapshotUnreadableError } from '../common/errors.js';
import { monotonicTime } from '../common/host-time.js';
import { describeThrown, type Log, logToStderr } from '../common/log.js';
import { formatName, formatText } from '../common/text.js';
import type { OptionValue } from '../common/value.js';
import { Catalog } from '../memory/catalog.js';
import { GENERATION } from '../memory/cell/layout.js';
import { CellCorruptedError, CellReader } from '../memory/cell/reader.js';
import { Control } from '../memory/control.js';
import type { StoreHandle } from '../memory/handle.js';
import { CatalogCorruptedError } from '../memory/name-table.js';
import { copyBytes } from '../memory/shared-schemas.js';
import { StatusReader, type StatusRecord } from '../status/record.js';
import { buildStatus, type Status } from '../status/status.js';
import { DeathDetector } from '../watcher/death.js';
import { type Live, makeLive, type Overrides, releaseLive, type Shared, setOverrides } from './live.js';
import {
  adviseWait,
  describeFailure,
  type Failure,
  isCorruption,
  isFailedAllocation,
  makeUnreadableError,
  RESTART,
} from './read-failure.js';
import { SignalWait } from './signal-wait.js';

/** How long a thread does not try again to read a generation that is corrupted for certain. */
const RETRY_MS = 1_000;
/** The pause after a failed allocation, by the duration of the try, which collects all garbage; and the longest pause. */
const PAUSE_FACTOR = 50;
const MAX_PAUSE_MS = 10_000;
/** The most flags whose debug message is logged: their names are remembered, and may come from requests. */
const MAX_LOGGED_NAMES = 1_000;
/** How many messages are not logged again. Several causes may alternate. */
const MAX_LOGGED = 20;
/** The longest namespace and name, together, that are logged. */
const MAX_NAME_LENGTH = 200;
/** What {@link describeFailure} calls them. */
const DEFAULTS = 'the defaults';
const CATALOG = 'the catalog';
const OVERWRITTEN = 'The checksum differs';

/** Gives live objects the view to read. A view is the source of its own store's objects. */
export interface ViewSource {
  /**
   * Returns the view to read now. Called outside of the fast path only.
   *
   * @param last the view that the object read last, if any
   * @throws {NotInitializedError} if there is no store, and was none
   */
  resolve(last: StoreView | undefined): StoreView;
}

/** One thread's view of a store. */
export class StoreView implements ViewSource {
  readonly handle: StoreHandle;
  readonly control: Control;
  /** What all that waits in this thread shares. */
  readonly signalWait: SignalWait;
  readonly catalog: Catalog;
  /** Decides whether live reads may take the fast path. */
  readonly live: Live;
  /** What the views of other copies of the library in this realm share with this one. */
  readonly shared: Shared;
  readonly #publishedWord: Int32Array;
  /** Called with the previous snapshot before this thread adopts a newer one; again, if it throws. */
  onAdopt: ((previous: DecodedSnapshot) => void) | undefined;
  /** Checks, without the event loop, whether the watcher has ended. Undefined unless this thread started it. */
  readonly detectExit: (() => void) | undefined;
  readonly #log: Log;
  readonly #death: DeathDetector;
  readonly #values: CellReader;
  readonly #status: StatusReader;
  #defaults: DecodedSnapshot | undefined;
  /** Set while the defaults are corrupted: when this thread last tried to copy them. */
  #defaultsFailure: { readonly error: unknown; readonly at: number } | undefined;
  /** Undefined until this thread has read a generation: the defaults never stand in for values. */
  #adopted: DecodedSnapshot | undefined;
  #failure: Failure | undefined;
  /** The last messages, the oldest first. */
  readonly #logged = new Set<unknown>();
  #statusError: unknown;
  readonly #loggedNames = new Set<string>();

  /**
   * Opens the store behind `handle`, which has at least one published generation. `log` receives this thread's own
   * messages. `detectExit`, `shared`: see the properties.
   */
  constructor(
    handle: StoreHandle,
    log: Log = logToStderr,
    detectExit?: () => void,
    shared: Shared = { overrides: [], lives: [] },
  ) {
    this.handle = handle;
    this.#log = log;
    this.detectExit = detectExit;
    this.control = new Control(handle.control);
    if (detectExit === undefined) this.control.share();
    this.#death = new DeathDetector(this.control, log);
    // The owner learns of the watcher's end from its event loop.
    this.signalWait = new SignalWait(this.control, detectExit === undefined ? () => this.detectDeath() : undefined);
    this.catalog = new Catalog(handle.catalog, handle.catalogChecksum);
    this.#status = new StatusReader(new CellReader(handle.status));
    this.#values = new CellReader(handle.values);
    const { buffer, byteOffset } = this.#values.header;
    this.#publishedWord = new Int32Array(buffer, byteOffset + GENERATION * Int32Array.BYTES_PER_ELEMENT, 1);
    this.#acquire();
    // Last: if anything above fails, the other copies must not keep this view.
    this.shared = shared;
    this.live = makeLive(this.#publishedWord, shared);
  }

  /** Implements {@link ViewSource} for the objects that belong to this store. */
  resolve(): StoreView {
    return this;
  }

  /** The snapshot that this thread has adopted; undefined if it could not read any yet. Does not check for a newer one. */
  get adopted(): DecodedSnapshot | undefined {
    return this.#adopted;
  }

  /**
   * Returns the newest published snapshot, and adopts it if this thread still has an older one. Keeps the older one if
   * it cannot read the newest, or if the writer overtakes the copy a few times in a row; the next read tries again.
   *
   * @throws {SnapshotUnreadableError} if this thread has no older one
   */
  adopt(): DecodedSnapshot {
    const adopted = this.tryAdopt();
    if (adopted !== undefined) return adopted;
    const { generation, error } = this.#failure as Failure;
    throw makeUnreadableError(`generation ${generation}`, error, adviseWait(this.control));
  }

  /** Does the same as {@link adopt}, but returns undefined instead of throwing. */
  tryAdopt(): DecodedSnapshot | undefined {
    // The same plain read as on the fast path, for callers that did not come through it. It is not stale after a
    // refresh or an event has announced a publication to this thread: both go through an atomic operation.
    if (this.#publishedWord[0] !== this.#adopted?.generation) this.#acquire();
    return this.#adopted;
  }

  /** Adopts the published snapshot if it is newer and readable. */
  #acquire(): void {
    const known = this.#failure;
    if (known !== undefined && this.#mustWait(known)) return;
    let begun = 0;
    try {
      begun = monotonicTime();
      const previous = this.#adopted;
      const acquired = this.#values.acquire(previous?.generation ?? 0);
      if (acquired !== undefined) {
        const newer = new DecodedSnapshot(acquired.generation, acquired.bytes, this.catalog);
        // Before the assignment, the last step: if anything above fails, the next read repeats all of it.
        if (previous !== undefined) this.onAdopt?.(previous);
        this.#adopted = newer;
      } else if (previous === undefined || this.published < previous.generation) {
        // A store is opened after its first publication, and generations only grow.
        throw new CellCorruptedError(this.published, 'the number is too low');
      }
      this.#failure = undefined;
    } catch (error) {
      // Other code wrote to the shared memory, or this thread has no stack or memory left. A read does not throw because
      // of that if this thread has a snapshot, which is a private copy, and whole.
      this.#failed(error, known, begun);
    }
  }

  /** Whether a try would fail again: not if another generation was published in place of a corrupted one. */
  #mustWait({ isCorrupted, generation, retryAt }: Failure): boolean {
    return (!isCorrupted || generation === this.published) && monotonicTime() < retryAt;
  }

  /** `begun`: when the try began. */
  #failed(error: unknown, known: Failure | undefined, begun: number): void {
    const isCorrupted = isCorruption(error);
    const generation = this.published;
    const at = monotonicTime();
    const since = known?.generation === generation ? known.since : at;
    // An exhausted stack is over at once, and a try costs nothing. Without values, there is nothing to serve meanwhile.
    let pause = isCorrupted ? RETRY_MS : 0;
    if (this.#adopted !== undefined && isFailedAllocation(error)) {
      pause = Math.min(PAUSE_FACTOR * (at - begun), MAX_PAUSE_MS);
    }
    this.#failure = { error, generation, isCorrupted, since, retryAt: at + pause };
    // A moment without stack or memory is the caller's own error, which it sees. Only a lasting one is logged here.
    if (!isCorrupted && at - since < RETRY_MS) return;
    const kept = this.#adopted === undefined ? 'has no values yet' : `keeps generation ${this.#adopted.generation}`;
    this.logOnce(`This thread ${kept}, because it cannot read generation ${generation}: ${describeThrown(error)}`);
  }

  /** Returns the defaults, copied on first use: a thread that reads only options that are set does not need them. */
  #getDefaults(): DecodedSnapshot {
    this.#defaults ??= this.#copyDefaults();
    return this.#defaults;
  }

  /** @throws {SnapshotUnreadableError} if other code has overwritten them, or this thread has no stack or memory left */
  #copyDefaults(): DecodedSnapshot {
    const known = this.#defaultsFailure;
    try {
      if (known !== undefined && monotonicTime() - known.at < RETRY_MS) throw known.error;
      const bytes = copyBytes(this.handle.defaults);
      if (crc32(bytes) !== this.handle.defaultsChecksum) throw new SnapshotFormatError(OVERWRITTEN);
      this.#defaultsFailure = undefined;
      return new DecodedSnapshot(0, bytes, this.catalog);
    } catch (error) {
      if (isCorruption(error)) {
        if (error !== known?.error) this.#defaultsFailure = { error, at: monotonicTime() };
        this.logOnce(describeFailure(DEFAULTS, error));
      }
      throw makeUnreadableError(DEFAULTS, error, RESTART);
    }
  }

  /** Whether this thread can read the defaults. Never throws. */
  get hasDefaults(): boolean {
    try {
      return this.#getDefaults() !== undefined;
    } catch {
      return false;
    }
  }

  /** Logs an error that no caller receives, once in this thread as long as few other messages come. */
  logOnce(error: unknown): void {
    const message = error instanceof Error ? error.message : String(error);
    if (this.#logged.has(message)) return;
    const [oldest] = this.#logged;
    if (this.#logged.size >= MAX_LOGGED) this.#logged.delete(oldest);
    this.#logged.add(message);
    this.#log('error', message);
  }

  /**
   * Logs at level debug why the flag `name` of `namespace` is off, once for each name, for a limited number of names.
   * Does nothing without a logger, so that it costs nothing then. `name` comes from the host: it may be anything.
   */
  logSkippedFlag(namespace: string, name: unknown, why: () => string): void {
    if (this.#log === logToStderr || this.#loggedNames.size >= MAX_LOGGED_NAMES) return;
    const key = `${namespace}/${typeof name === 'string' ? name : typeof name}`;
    if (key.length > MAX_NAME_LENGTH || this.#loggedNames.has(key)) return;
    this.#loggedNames.add(key);
    this.#log('debug', `The flag ${formatName(name)} of namespace '${formatText(namespace)}' is off: ${why()}.`);
  }

  /** Whether a test overrides any value in this thread. */
  get hasOverrides(): boolean {
    return this.shared.overrides.length > 0;
  }

  /** Returns a test's override of an option in the current asynchronous context; undefined if there is none. */
  override(index: number): OptionValue | undefined {
    const { overrides } = this.shared;
    for (let last = overrides.length - 1; last >= 0; last--) {
      const value = overrides[last]?.get(index);
      if (value !== undefined) return value;
    }
    return undefined;
  }

  /** Returns all overrides that {@link override} returns now; undefined if there are none. */
  visibleOverrides(): ReadonlyMap<number, OptionValue> | undefined {
    const { overrides } = this.shared;
    if (overrides.length === 0) return undefined;
    return new Map(overrides.flatMap((each) => [...each.visible()]));
  }

  /** Adds or removes the overrides of one copy of the library. They apply to this thread only. */
  setOverrides(own: Overrides, isActive: boolean): void {
    const { overrides } = this.shared;
    if (overrides.includes(own) === isActive) return;
    const rest = overrides.filter((other) => other !== own);
    setOverrides(this.shared, isActive ? [...rest, own] : rest);
  }

  /** Sends all further live reads to the slow path, where they look for another view. */
  release(): void {
    releaseLive(this.live);
    this.shared.lives = this.shared.lives.filter((live) => live !== this.live);
  }

  /** The published generation, even if this thread has not adopted it. */
  get published(): number {
    return Atomics.load(this.#values.header, GENERATION);
  }

  /** Returns the option's value in `snapshot`, or else its default; undefined if it is a flag that is not set. */
  valueIn(snapshot: DecodedSnapshot, index: number): OptionValue | undefined {
    const value = snapshot.value(index);
    return value === undefined ? this.#getDefaults().value(index) : value;
  }

  /** Returns the option's value as a read sees it: an override, or else {@link valueIn} the newest snapshot. */
  value(index: number): OptionValue | undefined {
    return this.override(index) ?? this.valueIn(this.adopt(), index);
  }

  /** Whether an override or the values file sets the option. */
  isset(index: number): boolean {
    return this.override(index) !== undefined || this.adopt().isset(index);
  }

  /** Whether a schema declares the namespace. */
  declares(namespace: string): boolean {
    return this.catalog.find(namespace) !== undefined;
  }

  /**
   * Calls `read`, which decodes names of the catalog.
   *
   * @throws {SnapshotUnreadableError} if other code has overwritten them, or this thread has no stack or memory left
   */
  readNames<T>(read: (catalog: Catalog) => T): T {
    try {
      return read(this.catalog);
    } catch (error) {
      throw this.#rejectCatalog(error);
    }
  }

  /** Throws as {@link readNames} does if other code has overwritten the catalog. Call it if a name is not found. */
  checkCatalog(): void {
    if (!this.catalog.isIntact) throw this.#rejectCatalog(new CatalogCorruptedError(OVERWRITTEN));
  }

  #rejectCatalog(error: unknown): SnapshotUnreadableError {
    if (isCorruption(error)) this.logOnce(describeFailure(CATALOG, error));
    return makeUnreadableError(CATALOG, error, RESTART);
  }

  /** Whether the option is a feature flag: every other option has a default. */
  isFlag(index: number): boolean {
    return !this.#getDefaults().isset(index);
  }

  /** Reads the watcher's part of the status; undefined if this thread cannot read it. */
  statusRecord(): StatusRecord | undefined {
    try {
      return this.#status.read();
    } catch (error) {
      this.#statusError = error;
      this.logOnce(error);
      return undefined;
    }
  }

  /**
   * Detects that the watcher has ended without a report, and reports it then; the state is no longer `RUNNING`. No
   * other thread has to run. Takes microseconds.
   */
  detectDeath(): void {
    if (this.detectExit === undefined) this.#death.detect();
    else this.detectExit();
  }

  /** Builds the status of the store, as this thread sees it. */
  status(): Status {
    this.#death.detect();
    const record = this.statusRecord();
    const problem = this.#findProblem(record);
    // Never an overwritten number that is lower than one that this thread has read.
    const generation = Math.max(this.published, this.#adopted?.generation ?? 0);
    return buildStatus(this.handle.directory, generation, this.control, record, problem);
  }

  /** Returns what keeps this thread from reading the store; null if nothing does. */
  #findProblem(record: StatusRecord | undefined): string | null {
    // Even if this thread reads nothing: other code may have overwritten what its next read needs.
    if (this.#failure !== undefined || this.published !== this.#adopted?.generation) this.#acquire();
    if (this.#failure !== undefined) {
      return describeFailure(`generation ${this.#failure.generation}`, this.#failure.error);
    }
    try {
      this.#getDefaults();
    } catch (error) {
      return describeFailure(DEFAULTS, (error as Error).cause ?? error);
    }
    if (!this.catalog.isIntact) return describeFailure(CATALOG, new CatalogCorruptedError(OVERWRITTEN));
    return record === undefined ? describeFailure('the status', this.#statusError) : null;
  }
}
