/**
 * One thread's view of a store: views of the shared memory, the snapshot that the thread has adopted, and what it has
 * read of it. Every thread makes its own; threads share only the memory behind it. Must not reach `schema/` or `files/`.
 */
import type { EncodedSnapshot } from '../codec/decode.js';
import { type Log, logToStderr } from '../common/log.js';
import type { OptionValue } from '../common/value.js';
import { PRODUCTION_DIRECTORY } from '../config/base-directory.js';
import { CellReader } from '../memory/cell/reader.js';
import { Control } from '../memory/control.js';
import type { StoreHandle } from '../memory/handle.js';
import { Catalog } from '../names/catalog.js';
import type { OptionId } from '../names/option-id.js';
import { StatusReader, type StatusRecord } from '../status/record.js';
import { buildStatus, type Status } from '../status/status.js';
import { DeathDetector } from '../watcher/death.js';
import { Adoption } from './adoption.js';
import { DecodedValues } from './decoded-values.js';
import { Defaults } from './defaults.js';
import { type Live, makeLive, type Overrides, releaseLive, type Shared, setOverrides } from './live.js';
import { Names } from './names.js';
import type { CachedOption, NamespaceCache } from './namespace-cache.js';
import { NamespaceCaches } from './namespace-caches.js';
import { OwnRow } from './own-row.js';
import { OwnUsage } from './own-usage.js';
import { describeFailure } from './read-failure.js';
import { SignalWait } from './signal-wait.js';
import { ViewLog } from './view-log.js';

/** Gives live objects the view to read. A view is the source of its own store's objects. */
export interface ViewSource {
  /**
   * Returns the view to read now. Called outside of the fast path only.
   *
   * @param last the view that the object read last, if any
   * @throws {NotInitializedError} if there is no store, and was none
   */
  resolve(last: StoreView | undefined): StoreView;
  /** Reads `values` of `owner` once the thread has a store. A source that always has a view has no such method. */
  awaitStore?(owner: { readonly values: object }): void;
}

/** A snapshot, and the generation whose values it has. */
export interface Reading {
  readonly snapshot: EncodedSnapshot;
  readonly generation: number;
}

/** One thread's view of a store. */
export class StoreView implements ViewSource {
  readonly handle: StoreHandle;
  readonly control: Control;
  /** What all that waits in this thread shares. */
  readonly signalWait: SignalWait;
  readonly catalog: Catalog;
  /** The names in the catalog, for all that decodes them. */
  readonly names: Names;
  /** Decides whether live reads may take the fast path. */
  readonly live: Live;
  /** What the views of other copies of the library in this realm share with this one. */
  readonly shared: Shared;
  /** Whether mistakes in the program are warned of: not in production. */
  readonly isDevelopment: boolean;
  /** Logs what no caller receives. A flag keeps it, not this view, which would stay in memory after the store has ended. */
  readonly log: ViewLog;
  /** What this thread notes of its reads. */
  readonly usage: OwnUsage;
  /** Called with the former reading, not pinned, before this thread adopts a newer snapshot; again, if it throws. */
  onAdopt: ((previous: Reading) => void) | undefined;
  /** Checks, without the event loop, whether the watcher has ended. Undefined unless this thread started it. */
  readonly detectExit: (() => void) | undefined;
  readonly #death: DeathDetector;
  readonly #status: StatusReader;
  readonly #defaults: Defaults;
  readonly #decoded: DecodedValues;
  readonly #adoption: Adoption;
  readonly #caches: NamespaceCaches;
  #statusError: unknown;
  /** Undefined unless the process can be asked. */
  readonly #row: OwnRow | undefined;

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
    this.log = new ViewLog(log);
    this.isDevelopment = process.env.NODE_ENV !== 'production' && handle.directory !== PRODUCTION_DIRECTORY;
    this.detectExit = detectExit;
    this.control = new Control(handle.control);
    if (detectExit === undefined) this.control.share();
    this.#death = new DeathDetector(this.control, log);
    // The owner learns of the watcher's end from its event loop.
    this.signalWait = new SignalWait(this.control, detectExit === undefined ? () => this.detectDeath() : undefined);
    this.catalog = new Catalog(new Uint8Array(handle.catalog), handle.catalogChecksum);
    this.#caches = new NamespaceCaches(this.catalog);
    this.names = new Names(this.catalog, (message) => this.log.once('read-failed', message));
    this.#status = new StatusReader(new CellReader(handle.status));
    this.#defaults = new Defaults(handle, this.catalog, (message) => this.log.once('read-failed', message));
    this.#decoded = new DecodedValues(this.#defaults);
    this.#adoption = new Adoption(handle, {
      control: this.control,
      catalog: this.catalog,
      log: this.log,
      onAdopt: (newer, previous) => this.#beforeAdoption(newer, previous),
    });
    this.usage = new OwnUsage(handle.usage, this.catalog.optionCount, () => this.tryAdopt());
    this.#adoption.acquire();
    if (handle.threads !== null) this.#row = new OwnRow(handle.threads, this.signalWait, this.control);
    this.#recordAdoption();
    // Last: if anything above fails, the other copies must not keep this view.
    this.shared = shared;
    this.live = makeLive(this.#adoption.word, this.#adoption.publication, shared);
  }

  /** Implements {@link ViewSource} for the objects that belong to this store. */
  resolve(): StoreView {
    return this;
  }

  /** The snapshot that this thread has adopted; undefined if it could not read any yet. Does not check for a newer one. */
  get adopted(): EncodedSnapshot | undefined {
    return this.#adoption.snapshot;
  }

  /**
   * Returns the newest published snapshot, and adopts it if this thread still has an older one. Keeps the older one if
   * it cannot read the newest, or if the writer overtakes the copy a few times in a row; the next read tries again.
   * The snapshot is for the caller's own call: to keep it, {@link pin} it (why: `snapshot-memory.ts`).
   *
   * @throws {SnapshotUnreadableError} if this thread has no older one
   */
  adopt(): EncodedSnapshot {
    const adopted = this.tryAdopt();
    if (adopted !== undefined) return adopted;
    throw this.#adoption.makeError();
  }

  /** Does the same as {@link adopt}, but returns undefined instead of throwing. */
  tryAdopt(): EncodedSnapshot | undefined {
    const { word } = this.#adoption;
    // The same plain read as on the fast path, for callers that did not come through it. It is not stale after a
    // refresh or an event has announced a publication to this thread: both go through an atomic operation.
    if (word[0] !== this.live.adopted) this.#acquire();
    return this.#adoption.snapshot;
  }

  /** Calls {@link adopt}, and returns the snapshot with its generation, for the caller to keep until {@link unpin}. */
  pin(): Reading {
    return this.#pin(this.adopt());
  }

  /** Does the same as {@link pin}, but returns undefined instead of throwing. */
  tryPin(): Reading | undefined {
    const snapshot = this.tryAdopt();
    return snapshot && this.#pin(snapshot);
  }

  #pin(snapshot: EncodedSnapshot): Reading {
    const reading = { snapshot, generation: this.#adoption.generation };
    this.pinAgain(reading);
    return reading;
  }

  /** Pins a reading once more, for another holder; or that of {@link onAdopt} for the first time. */
  pinAgain({ snapshot }: Reading): void {
    this.#decoded.pin(snapshot);
    this.#adoption.memory.pin(snapshot);
  }

  /**
   * Ends one pin. The snapshot must not be read afterwards, unless it has another pin. A holder that cannot know its last
   * use, such as an object that the host has, never calls it: the garbage collector then frees the snapshot.
   */
  unpin({ snapshot }: Reading): void {
    this.#adoption.memory.unpin(snapshot);
  }

  /** The generation whose values this thread has adopted; 0 if it could not read any yet. Adopts none, pins none. */
  get generation(): number {
    return this.#adoption.generation;
  }

  /** The last {@link generation} that this thread has asked for: it may not know of later reloads without a change. */
  get lastGeneration(): number {
    return this.#adoption.lastGeneration;
  }

  /** Whether this thread has adopted the last published snapshot. */
  get isNewest(): boolean {
    return this.#adoption.isNewest;
  }

  #acquire(): void {
    this.#adoption.acquire();
    // After all caches have dropped what changed: from here on, the fast path serves the new snapshot.
    this.live.adopted = this.#adoption.publication;
    this.#recordAdoption();
  }

  #recordAdoption(): void {
    this.#row?.adopt(this.#adoption.snapshot?.generation ?? 0);
  }

  /** Called before this thread adopts `newer`. Without a former snapshot, it has read nothing. */
  #beforeAdoption(newer: EncodedSnapshot, previous: EncodedSnapshot | undefined): void {
    if (previous === undefined) return;
    this.onAdopt?.({ snapshot: previous, generation: this.#adoption.generation });
    const flags = newer.flags.changedSince(previous.flags);
    this.#decoded.adopt(newer, flags);
    this.#caches.dropChanges(previous, newer, flags);
  }

  /** Returns what this thread has read of a namespace; nothing if no schema declares it. */
  cacheOf(namespace: string): NamespaceCache {
    return this.#caches.of(namespace, this.live);
  }

  /** Lists the namespaces that this thread has read, in the order of their first reads. */
  readNamespaces(): string[] {
    return this.#caches.list();
  }

  /** Whether a test overrides any value in this thread. */
  get hasOverrides(): boolean {
    return this.shared.overrides.length > 0;
  }

  /** Returns a test's override of an option in the current asynchronous context; undefined if there is none. */
  override(id: OptionId): OptionValue | undefined {
    const { overrides } = this.shared;
    for (let last = overrides.length - 1; last >= 0; last--) {
      const value = overrides[last]?.get(id);
      if (value !== undefined) return value;
    }
    return undefined;
  }

  /** Returns all overrides that {@link override} returns now; undefined if there are none. */
  visibleOverrides(): ReadonlyMap<OptionId, OptionValue> | undefined {
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
    this.#adoption.memory.trim();
    this.shared.lives = this.shared.lives.filter((live) => live !== this.live);
  }

  /**
   * Returns the option's value in `snapshot`, or else its default; undefined if it is a flag that is not set. The same
   * object as in all snapshots that have the same value.
   *
   * @throws {SnapshotUnreadableError} if the default is needed and overwritten, or this thread has no stack or memory left
   */
  valueIn(snapshot: EncodedSnapshot, id: OptionId): OptionValue | undefined {
    return this.#decoded.read(snapshot, id);
  }

  /** Returns the option's value in the newest snapshot; the same as {@link valueIn}. */
  readAdopted(option: CachedOption): OptionValue | undefined {
    const snapshot = this.adopt();
    if (option.value === undefined) option.value = this.valueIn(snapshot, option.id);
    return option.value;
  }

  /** Returns the option's value as a read sees it: an override, or else {@link valueIn} the newest snapshot. */
  value(id: OptionId): OptionValue | undefined {
    return this.override(id) ?? this.valueIn(this.adopt(), id);
  }

  /** Whether a schema declares the namespace. */
  declares(namespace: string): boolean {
    return this.catalog.find(namespace) !== undefined;
  }

  /** Returns an option's default; undefined if it is a feature flag. Throws as {@link valueIn} does. */
  defaultOf(id: OptionId): OptionValue | undefined {
    return this.#defaults.value(id);
  }

  /** Whether the option is a feature flag: every other option has a default. */
  isFlag(id: OptionId): boolean {
    return this.#defaults.isFlag(id);
  }

  /** Reads the watcher's part of the status; undefined if this thread cannot read it. */
  statusRecord(): StatusRecord | undefined {
    try {
      return this.#status.read();
    } catch (error) {
      this.#statusError = error;
      this.log.once('read-failed', error);
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

  /**
   * Builds the status of the store, as this thread sees it.
   *
   * @param isClosed whether this thread closes the store: then never waits, and reads no values
   */
  status(isClosed = false): Status {
    if (!isClosed) this.#death.detect();
    const record = this.statusRecord();
    const problem = isClosed ? null : this.#findProblem(record);
    // Never an overwritten number that is lower than one that this thread has read.
    const generation = Math.max(this.control.described, this.#adoption.generation);
    return buildStatus(this.handle.directory, generation, this.control, record, problem, isClosed);
  }

  /** Returns what keeps this thread from reading the store; null if nothing does. */
  #findProblem(record: StatusRecord | undefined): string | null {
    // Even if this thread reads nothing: other code may have overwritten what its next read needs.
    if (!this.isNewest || this.#adoption.problem !== undefined) this.#acquire();
    const problem = this.#adoption.problem ?? this.#defaults.findProblem() ?? this.names.findProblem();
    if (problem !== undefined) return problem;
    return record === undefined ? describeFailure('the status', this.#statusError) : null;
  }
}
