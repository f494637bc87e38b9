/**
 * A store as one thread holds it: views of the shared memory, and the snapshot that the thread has adopted. Every
 * thread makes its own; none of it is shared but the memory behind it.
 */
import { DecodedSnapshot } from '../codec/decode.js';
import { type Log, logToStderr } from '../common/log.js';
import type { OptionValue } from '../common/value.js';
import { type Catalog, copyBytes, decodeCatalog } from '../memory/catalog.js';
import { GENERATION } from '../memory/cell/layout.js';
import { CellCorruptedError, CellReader } from '../memory/cell/reader.js';
import { Control } from '../memory/control.js';
import type { StoreHandle } from '../memory/handle.js';
import { readStatusRecord, type StatusRecord } from '../status/record.js';
import { buildStatus, type Status } from '../status/status.js';

/** Values that stand before those of any snapshot, by the options' indexes. */
export interface Overrides {
  /** The value in place of the option's own, in the present asynchronous context; undefined for none. */
  get(index: number): OptionValue | undefined;
  /** All that {@link get} gives at this moment, for a snapshot to keep. */
  visible(): ReadonlyMap<number, OptionValue>;
}

/** A generation word that no generation equals. */
const NEVER_EQUAL = Int32Array.of(-1);

/** One thread's view of a store. */
export class StoreView {
  readonly handle: StoreHandle;
  readonly control: Control;
  readonly catalog: Catalog;
  /** How many options all namespaces declare together. */
  readonly optionCount: number;
  /**
   * A view of one word, the published generation. The fast path compares `generationWord[0]`, by a plain read, with the
   * generation that an option was read in: 0.5 ns, where `Atomics.load` takes 6. An aligned word cannot tear, and a
   * stale one only serves the former, whole snapshot a little longer. Of one word, so that the index is a literal: a
   * named one, which a bundle keeps in a variable, makes `get` 2 to 4 % slower, and `option(key).value` up to 10 %.
   */
  generationWord: Int32Array;
  readonly #publishedWord: Int32Array;
  /** Called with the snapshot that this thread has read from until now, when it has adopted a newer one. */
  onAdopt: ((former: DecodedSnapshot) => void) | undefined;
  /** Has this thread look whether the watcher is dead, without its event loop; only in the thread that started it. */
  readonly detectExit: (() => void) | undefined;
  readonly #log: Log;
  readonly #values: CellReader;
  readonly #status: CellReader;
  #defaults: DecodedSnapshot | undefined;
  #adopted: DecodedSnapshot;
  /** A generation that cannot be read, so that it is not tried again at each read. */
  #corrupted: number | undefined;
  #logged: string | undefined;
  #overrides: Overrides | undefined;

  /**
   * Opens the store behind `handle`, at least one generation of which is published; `log` is for this thread's own.
   * `lookForDeath`: see there.
   */
  constructor(handle: StoreHandle, log: Log = logToStderr, detectExit?: () => void) {
    this.handle = handle;
    this.#log = log;
    this.detectExit = detectExit;
    this.control = new Control(handle.control);
    this.catalog = decodeCatalog(handle.catalog);
    this.optionCount = this.catalog.reduce((sum, { keys }) => sum + keys.length, 0);
    this.#status = new CellReader(handle.status);
    this.#values = new CellReader(handle.values);
    const { buffer, byteOffset } = this.#values.header;
    this.#publishedWord = new Int32Array(buffer, byteOffset + GENERATION * Int32Array.BYTES_PER_ELEMENT, 1);
    this.generationWord = this.#publishedWord;
    this.#adopted = this.#acquireNewerThan(0) ?? this.#getDefaults();
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
    const published = this.#publishedWord[0];
    if (published === this.#adopted.generation || published === this.#corrupted) return this.#adopted;
    const newer = this.#acquireNewerThan(this.#adopted.generation);
    if (newer !== undefined) {
      const former = this.#adopted;
      this.#adopted = newer;
      this.onAdopt?.(former);
    }
    return this.#adopted;
  }

  /** The published snapshot, where it is newer than `generation`, can be read, and the writer was not faster. */
  #acquireNewerThan(generation: number): DecodedSnapshot | undefined {
    try {
      const acquired = this.#values.acquire(generation);
      return acquired && new DecodedSnapshot(acquired.generation, acquired.bytes, this.optionCount);
    } catch (error) {
      // Somebody else has written into the shared memory, or the library has a bug. A read never throws for that: the
      // snapshot that this thread has is a private copy, and whole.
      this.#corrupted = error instanceof CellCorruptedError ? error.generation : this.published;
      this.logOnce(error);
      return undefined;
    }
  }

  /** The defaults, copied when they are first needed: a thread that only reads what is set has no use for them. */
  #getDefaults(): DecodedSnapshot {
    this.#defaults ??= new DecodedSnapshot(0, copyBytes(this.handle.defaults), this.optionCount);
    return this.#defaults;
  }

  /** Says an error that no caller is told, in this thread, once for as long as it stays the same. */
  logOnce(error: unknown): void {
    const message = error instanceof Error ? error.message : String(error);
    if (message === this.#logged) return;
    this.#logged = message;
    this.#log('error', message);
  }

  /** Whether anybody in this thread hears what is said at level debug: whoever has no logger does not pay for it. */
  get logsDebug(): boolean {
    return this.#log !== logToStderr;
  }

  /** For those that ask {@link logsDebug} first. */
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
    this.generationWord = overrides === undefined ? this.#publishedWord : NEVER_EQUAL;
  }

  /** The published generation, adopted here or not. */
  get published(): number {
    return Atomics.load(this.#values.header, GENERATION);
  }

  /** The option's value in `snapshot`, else its default; undefined for a flag that is not set. */
  valueIn(snapshot: DecodedSnapshot, index: number): OptionValue | undefined {
    const value = snapshot.value(index);
    return value === undefined ? this.#getDefaults().value(index) : value;
  }

  /** The option's value as a read gives it now: an override, else {@link valueIn} the newest snapshot. */
  value(index: number): OptionValue | undefined {
    return this.overrides?.get(index) ?? this.valueIn(this.adopt(), index);
  }

  /** Whether the option has a value of its own now: an override, or one that the values file sets. */
  isset(index: number): boolean {
    return this.overrides?.get(index) !== undefined || this.adopt().isset(index);
  }

  /** Whether the option is a feature flag: every other one has a default. */
  isFlag(index: number): boolean {
    return !this.#getDefaults().isset(index);
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
    return buildStatus(this.handle.directory, this.published, this.control, this.statusRecord());
  }
}
