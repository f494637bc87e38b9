/**
 * One thread's view of a store: views of the shared memory, and the snapshot that the thread has adopted. Every thread
 * makes its own; threads share only the memory behind it. Must not reach `schema/` or `files/`.
 */
import { DecodedSnapshot } from '../codec/decode.js';
import { type Log, logToStderr } from '../common/log.js';
import type { OptionValue } from '../common/value.js';
import { type Catalog, copyBytes, decodeCatalog } from '../memory/catalog.js';
import { GENERATION } from '../memory/cell/layout.js';
import { CellCorruptedError, CellReader } from '../memory/cell/reader.js';
import { Control } from '../memory/control.js';
import type { StoreHandle } from '../memory/handle.js';
import { StatusReader, type StatusRecord } from '../status/record.js';
import { buildStatus, type Status } from '../status/status.js';
import { DeathDetector } from '../watcher/death.js';
import { SignalWait } from './signal-wait.js';

/** A test's values, which take precedence over those of any snapshot, by the options' indexes. */
export interface Overrides {
  /** Returns the override of an option in the current asynchronous context; undefined if it has none. */
  get(index: number): OptionValue | undefined;
  /** Returns all that {@link get} returns now, for a snapshot to keep. */
  visible(): ReadonlyMap<number, OptionValue>;
}

/** A generation word that no generation equals. */
const NEVER_EQUAL = Int32Array.of(-1);

/** One thread's view of a store. */
export class StoreView {
  readonly handle: StoreHandle;
  readonly control: Control;
  /** What all that waits in this thread shares. */
  readonly signalWait: SignalWait;
  readonly catalog: Catalog;
  /** How many options all namespaces declare together. */
  readonly optionCount: number;
  /**
   * A view of one word, the published generation. The fast path compares `generationWord[0]`, by a plain read, with the
   * generation that an option was read in: 0.5 ns, while `Atomics.load` takes 6 ns. An aligned word cannot tear, and a
   * stale word only serves the previous, whole snapshot a little longer. The view has one word, so that the index is a
   * literal: a named index, which a bundle keeps in a variable, makes `get` 2 to 4 % slower, and `option(key).value` up
   * to 10 %.
   */
  generationWord: Int32Array;
  readonly #publishedWord: Int32Array;
  /** Called with the previous snapshot after this thread adopts a newer one. */
  onAdopt: ((previous: DecodedSnapshot) => void) | undefined;
  /** Checks, without the event loop, whether the watcher has ended. Undefined unless this thread started it. */
  readonly detectExit: (() => void) | undefined;
  readonly #log: Log;
  readonly #death: DeathDetector;
  readonly #values: CellReader;
  readonly #status: StatusReader;
  #defaults: DecodedSnapshot | undefined;
  #adopted: DecodedSnapshot;
  /** A generation that cannot be read. Remembered, so that not every read tries it again. */
  #corrupted: number | undefined;
  #logged: string | undefined;
  #overrides: Overrides | undefined;

  /**
   * Opens the store behind `handle`, which has at least one published generation. `log` receives this thread's own
   * messages. `detectExit`: see the property.
   */
  constructor(handle: StoreHandle, log: Log = logToStderr, detectExit?: () => void) {
    this.handle = handle;
    this.#log = log;
    this.detectExit = detectExit;
    this.control = new Control(handle.control);
    if (detectExit === undefined) this.control.share();
    this.#death = new DeathDetector(this.control, log);
    // The owner learns of the watcher's end from its event loop.
    this.signalWait = new SignalWait(this.control, detectExit === undefined ? () => this.detectDeath() : undefined);
    this.catalog = decodeCatalog(handle.catalog);
    this.optionCount = this.catalog.reduce((sum, { keys }) => sum + keys.length, 0);
    this.#status = new StatusReader(new CellReader(handle.status));
    this.#values = new CellReader(handle.values);
    const { buffer, byteOffset } = this.#values.header;
    this.#publishedWord = new Int32Array(buffer, byteOffset + GENERATION * Int32Array.BYTES_PER_ELEMENT, 1);
    this.generationWord = this.#publishedWord;
    this.#adopted = this.#acquireNewerThan(0) ?? this.#getDefaults();
  }

  /** The snapshot that this thread has adopted. Does not check for a newer one. */
  get adopted(): DecodedSnapshot {
    return this.#adopted;
  }

  /**
   * Returns the newest published snapshot, and adopts it if this thread still has an older one. Keeps the older one if
   * the writer overtakes the copy a few times in a row; the next read tries again.
   */
  adopt(): DecodedSnapshot {
    // The same plain read as on the fast path, for callers that did not come through it. It is not stale after a
    // refresh or an event has announced a publication to this thread: both go through an atomic operation.
    const published = this.#publishedWord[0];
    if (published === this.#adopted.generation || published === this.#corrupted) return this.#adopted;
    const newer = this.#acquireNewerThan(this.#adopted.generation);
    if (newer !== undefined) {
      const previous = this.#adopted;
      this.#adopted = newer;
      this.onAdopt?.(previous);
    }
    return this.#adopted;
  }

  /** Acquires the published snapshot; undefined if it is not newer or not readable, or the writer overtook the copy. */
  #acquireNewerThan(generation: number): DecodedSnapshot | undefined {
    try {
      const acquired = this.#values.acquire(generation);
      return acquired && new DecodedSnapshot(acquired.generation, acquired.bytes, this.optionCount);
    } catch (error) {
      // Other code wrote to the shared memory, or the library has a bug. A read never throws because of that: the
      // snapshot that this thread has adopted is a private copy, and whole.
      this.#corrupted = error instanceof CellCorruptedError ? error.generation : this.published;
      this.logOnce(error);
      return undefined;
    }
  }

  /** Returns the defaults, copied on first use: a thread that reads only options that are set does not need them. */
  #getDefaults(): DecodedSnapshot {
    this.#defaults ??= new DecodedSnapshot(0, copyBytes(this.handle.defaults), this.optionCount);
    return this.#defaults;
  }

  /** Logs an error that no caller receives, once for as long as its message stays the same in this thread. */
  logOnce(error: unknown): void {
    const message = error instanceof Error ? error.message : String(error);
    if (message === this.#logged) return;
    this.#logged = message;
    this.#log('error', message);
  }

  /** Whether this thread logs at level debug: without a logger, a debug message must cost nothing. */
  get logsDebug(): boolean {
    return this.#log !== logToStderr;
  }

  /** Logs at level debug. Check {@link logsDebug} first. */
  debug(message: string): void {
    this.#log('debug', message);
  }

  /** A test's overrides; undefined if there are none. */
  get overrides(): Overrides | undefined {
    return this.#overrides;
  }

  /**
   * Overrides values in this thread. A read pays nothing for the possibility: while there are overrides, reads compare
   * with a generation that never equals any, so each read takes the slow path.
   */
  set overrides(overrides: Overrides | undefined) {
    this.#overrides = overrides;
    this.generationWord = overrides === undefined ? this.#publishedWord : NEVER_EQUAL;
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
    return this.overrides?.get(index) ?? this.valueIn(this.adopt(), index);
  }

  /** Whether an override or the values file sets the option. */
  isset(index: number): boolean {
    return this.overrides?.get(index) !== undefined || this.adopt().isset(index);
  }

  /** Whether the option is a feature flag: every other option has a default. */
  isFlag(index: number): boolean {
    return !this.#getDefaults().isset(index);
  }

  /** Reads the watcher's part of the status; undefined if it is not readable, for the reasons in {@link adopt}. */
  statusRecord(): StatusRecord | undefined {
    try {
      return this.#status.read();
    } catch (error) {
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

  /** Builds the status of the store. */
  status(): Status {
    this.#death.detect();
    return buildStatus(this.handle.directory, this.published, this.control, this.statusRecord());
  }
}
