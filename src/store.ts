/**
 * A store as one thread holds it: views of the shared memory, and the snapshot that the thread has adopted. Every
 * thread makes its own; none of it is shared but the memory behind it.
 */
import { type Catalogue, copyBytes, decodeCatalogue } from './catalogue.js';
import { CellCorruptedError, CellReader } from './cell/acquire.js';
import { GENERATION } from './cell/layout.js';
import { Control } from './control.js';
import type { StoreHandle } from './handle.js';
import { type Log, logToStderr } from './log.js';
import { DecodedSnapshot } from './snapshot/decode.js';
import { readStatusRecord, type Status, type StatusRecord, statusOf } from './status.js';
import type { OptionValue } from './value.js';

/** Values that stand before those of any snapshot, by the options' indexes. */
export interface Overrides {
  /** The value in place of the option's own, in the present asynchronous context; undefined for none. */
  get(index: number): OptionValue | undefined;
  /** All that {@link get} gives at this moment, for a snapshot to keep. */
  visible(): ReadonlyMap<number, OptionValue>;
}

/** A generation word that no generation equals. */
const NEVER_EQUAL = new Int32Array(GENERATION + 1).fill(-1);

/** One thread's view of a store. */
export class Store {
  readonly handle: StoreHandle;
  readonly control: Control;
  readonly catalogue: Catalogue;
  /** How many options all namespaces declare together. */
  readonly optionCount: number;
  /**
   * The header of the values cell. The fast path compares `generationWord[GENERATION]`, by a plain read, with the
   * generation that an option was read in: 0.5 ns, where `Atomics.load` takes 6. An aligned word cannot tear, and a
   * stale one only serves the former, whole snapshot a little longer.
   */
  generationWord: Int32Array;
  /** Called with the snapshot that this thread has read from until now, when it has adopted a newer one. */
  onAdopt: ((former: DecodedSnapshot) => void) | undefined;
  /** Has this thread look whether the watcher is dead, without its event loop; only in the thread that started it. */
  readonly lookForDeath: (() => void) | undefined;
  readonly #log: Log;
  readonly #values: CellReader;
  readonly #status: CellReader;
  readonly #defaults: DecodedSnapshot;
  #adopted: DecodedSnapshot;
  /** A generation that cannot be read, so that it is not tried again at each read. */
  #corrupted: number | undefined;
  #logged: string | undefined;
  #overrides: Overrides | undefined;

  /**
   * Opens the store behind `handle`, at least one generation of which is published; `log` is for this thread's own.
   * `lookForDeath`: see there.
   */
  constructor(handle: StoreHandle, log: Log = logToStderr, lookForDeath?: () => void) {
    this.handle = handle;
    this.#log = log;
    this.lookForDeath = lookForDeath;
    this.control = new Control(handle.control);
    this.catalogue = decodeCatalogue(handle.catalogue);
    this.optionCount = this.catalogue.reduce((sum, { keys }) => sum + keys.length, 0);
    this.#defaults = new DecodedSnapshot(0, copyBytes(handle.defaults), this.optionCount);
    this.#status = new CellReader(handle.status);
    this.#values = new CellReader(handle.values);
    this.generationWord = this.#values.header;
    this.#adopted = this.#defaults;
    this.adopt();
  }

  /** The snapshot that this thread reads from, without a look at whether there is a newer one. */
  get adopted(): DecodedSnapshot {
    return this.#adopted;
  }

  /**
   * The newest published snapshot; adopts it first where this thread still had an older one. Keeps the old one where
   * the writer was faster than the copying, a few times in a row: the next read tries again.
   */
  adopt(): DecodedSnapshot {
    // The plain read of the fast path, for those that come without having made it. After whatever told this thread of
    // a publication (a refresh, an event) it is not stale: that went through an atomic operation.
    const published = this.#values.header[GENERATION];
    if (published === this.#adopted.generation || published === this.#corrupted) return this.#adopted;
    try {
      const acquired = this.#values.acquire(this.#adopted.generation);
      if (acquired !== undefined) {
        const former = this.#adopted;
        this.#adopted = new DecodedSnapshot(acquired.generation, acquired.bytes, this.optionCount);
        this.onAdopt?.(former);
      }
    } catch (error) {
      // Somebody else has written into the shared memory, or the library has a bug. A read never throws for that: the
      // snapshot that this thread has is a private copy, and whole.
      this.#corrupted = error instanceof CellCorruptedError ? error.generation : this.published;
      this.logOnce(error);
    }
    return this.#adopted;
  }

  /** Says an error that no caller is told, in this thread, once for as long as it stays the same. */
  logOnce(error: unknown): void {
    const message = error instanceof Error ? error.message : String(error);
    if (message === this.#logged) return;
    this.#logged = message;
    this.#log('error', message);
  }

  /** Whether anybody in this thread hears what is said at level debug: whoever has no logger does not pay for it. */
  get hearsDebug(): boolean {
    return this.#log !== logToStderr;
  }

  /** For those that ask {@link hearsDebug} first. */
  debug(message: string): void {
    this.#log('debug', message);
  }

  /** What a test has put in the place of values; undefined while there is nothing. */
  get overrides(): Overrides | undefined {
    return this.#overrides;
  }

  /**
   * Puts `overrides` in the place of values, for this thread. A read pays nothing for the possibility: while there are
   * overrides, the generation that it compares with is one that never equals, and each read takes the slow path.
   */
  set overrides(overrides: Overrides | undefined) {
    this.#overrides = overrides;
    this.generationWord = overrides === undefined ? this.#values.header : NEVER_EQUAL;
  }

  /** The published generation, adopted here or not. */
  get published(): number {
    return Atomics.load(this.#values.header, GENERATION);
  }

  /** The option's value in `snapshot`, else its default; undefined for a flag that is not set. */
  valueIn(snapshot: DecodedSnapshot, index: number): OptionValue | undefined {
    const value = snapshot.value(index);
    return value === undefined ? this.#defaults.value(index) : value;
  }

  /** The option's value as a read gives it now: an override, else {@link valueIn} the newest snapshot. */
  value(index: number): OptionValue | undefined {
    return this.overrides?.get(index) ?? this.valueIn(this.adopt(), index);
  }

  /** Whether the option is a feature flag: every other one has a default. */
  isFlag(index: number): boolean {
    return !this.#defaults.isSet(index);
  }

  /** The watcher's share of the status; undefined where it cannot be read, for the same reasons as in {@link adopt}. */
  statusRecord(): StatusRecord | undefined {
    try {
      return readStatusRecord(this.#status);
    } catch (error) {
      this.logOnce(error);
      return undefined;
    }
  }

  status(): Status {
    return statusOf(this.handle.directory, this.published, this.control, this.statusRecord());
  }
}
