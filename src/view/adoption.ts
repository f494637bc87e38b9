/** How one thread adopts what the watcher publishes: it copies the newest snapshot whole, or keeps its own. */
import { EncodedSnapshot } from '../codec/decode.js';
import { monotonicTime } from '../common/host-time.js';
import { describeThrown } from '../common/log.js';
import { GENERATION } from '../memory/cell/layout.js';
import { CellCorruptedError, CellReader } from '../memory/cell/reader.js';
import type { Control } from '../memory/control.js';
import type { StoreHandle } from '../memory/handle.js';
import type { Catalog } from '../names/catalog.js';
import { NOTHING } from './live.js';
import {
  adviseWait,
  describeFailure,
  type Failure,
  isCorruption,
  isFailedAllocation,
  makeUnreadableError,
  RETRY_MS,
} from './read-failure.js';
import { SnapshotMemory } from './snapshot-memory.js';
import type { ViewLog } from './view-log.js';

/** The pause after a failed allocation, by the duration of the try, which collects all garbage; and the longest pause. */
const PAUSE_FACTOR = 50;
const MAX_PAUSE_MS = 10_000;

/** What an {@link Adoption} needs of its view. */
interface Surroundings {
  readonly control: Control;
  readonly catalog: Catalog;
  readonly log: ViewLog;
  /** Called before this thread adopts a newer snapshot; again, if it throws. */
  readonly onAdopt: (newer: EncodedSnapshot, previous: EncodedSnapshot | undefined) => void;
}

/** The snapshot that one thread has adopted. */
export class Adoption {
  /** A view of the word of the last publication. */
  readonly word: Int32Array;
  /** Where the snapshots of this thread are, and who keeps them. */
  readonly memory = new SnapshotMemory();
  readonly #values: CellReader;
  readonly #view: Surroundings;
  /** Undefined until this thread has read one: the defaults never stand in for values. */
  #snapshot: EncodedSnapshot | undefined;
  #publication = NOTHING;
  /** The generation of the snapshot; later reloads that changed no option raise it. */
  #generation = 0;
  #failure: Failure | undefined;

  constructor(handle: StoreHandle, view: Surroundings) {
    this.#view = view;
    this.#values = new CellReader(handle.values);
    const { buffer, byteOffset } = this.#values.header;
    this.word = new Int32Array(buffer, byteOffset + GENERATION * Int32Array.BYTES_PER_ELEMENT, 1);
  }

  /** The adopted snapshot; undefined if this thread could not read any yet. */
  get snapshot(): EncodedSnapshot | undefined {
    return this.#snapshot;
  }

  /** The number of its publication in the cell of the values; {@link NOTHING} without a snapshot. */
  get publication(): number {
    return this.#publication;
  }

  /** The last publication in the cell, even if this thread has not adopted it. */
  get published(): number {
    return Atomics.load(this.word, 0);
  }

  /** Whether this thread has adopted the last publication. */
  get isNewest(): boolean {
    return this.published === this.#publication;
  }

  /**
   * The generation whose values the adopted snapshot has: the last one, unless a newer snapshot is published. A reload
   * that changes no option publishes no snapshot, only the number of its generation.
   */
  get generation(): number {
    // Described before published: a reload publishes its snapshot before its number. In the opposite order, this thread
    // could take the number of a snapshot that was published between the two reads for one of its own.
    const { described } = this.#view.control;
    const own = this.#snapshot?.generation ?? 0;
    // Neither number ever decreases. So what is known counts only while this thread cannot adopt the newest snapshot, and
    // a number that other code has written does not outlive the watcher's next one.
    const known = this.isNewest ? described : this.#generation;
    this.#generation = Math.max(own, known);
    return this.#generation;
  }

  /** The last {@link generation} that this thread has asked for; at least that of its snapshot. */
  get lastGeneration(): number {
    return Math.max(this.#generation, this.#snapshot?.generation ?? 0);
  }

  /** Adopts the last publication if it is newer and readable. */
  acquire(): void {
    const known = this.#failure;
    if (known !== undefined && this.#mustWait(known)) return;
    let begun = 0;
    try {
      begun = monotonicTime();
      const previous = this.#snapshot;
      const acquired = this.#values.acquire(previous === undefined ? 0 : this.#publication, this.memory.target);
      if (acquired !== undefined) {
        const newer = new EncodedSnapshot(acquired.bytes, this.#view.catalog);
        // Before anything can keep it: if the rest fails, the next copy must not overwrite it.
        this.memory.claim();
        this.#view.onAdopt(newer, previous);
        // Last: if anything above fails, the next read repeats all of it.
        this.#snapshot = newer;
        this.#publication = acquired.generation;
        this.memory.replace(previous);
      } else if (previous === undefined || this.published < this.#publication) {
        // A store is opened after its first publication, and the numbers only grow.
        throw new CellCorruptedError(this.published, 'the number is too low');
      }
      this.#failure = undefined;
    } catch (error) {
      // Other code wrote to the shared memory, or this thread has no stack or memory left. A read does not throw because
      // of that if this thread has a snapshot, which is a private copy, and whole.
      this.#failed(error, known, begun);
    }
  }

  /** Makes the error of a thread that has no snapshot. */
  makeError(): Error {
    const { generation, error } = this.#failure as Failure;
    return makeUnreadableError(`generation ${generation}`, error, adviseWait(this.#view.control));
  }

  /** Describes what kept this thread from the last publication at its last try; undefined if nothing did. */
  get problem(): string | undefined {
    return this.#failure && describeFailure(`generation ${this.#failure.generation}`, this.#failure.error);
  }

  /** Whether a try would fail again: not if there is another publication in place of a corrupted one. */
  #mustWait({ isCorrupted, publication, retryAt }: Failure): boolean {
    return (!isCorrupted || publication === this.published) && monotonicTime() < retryAt;
  }

  /** `begun`: when the try began. */
  #failed(error: unknown, known: Failure | undefined, begun: number): void {
    const isCorrupted = isCorruption(error);
    // What it could not read, which may not be the last one any more.
    const publication = error instanceof CellCorruptedError ? error.generation : this.published;
    const generation = this.#view.control.described;
    const at = monotonicTime();
    const since = known?.publication === publication ? known.since : at;
    // An exhausted stack is over at once, and a try costs nothing. Without values, there is nothing to serve meanwhile.
    let pause = isCorrupted ? RETRY_MS : 0;
    if (this.#snapshot !== undefined && isFailedAllocation(error)) {
      pause = Math.min(PAUSE_FACTOR * (at - begun), MAX_PAUSE_MS);
    }
    this.#failure = { error, publication, generation, isCorrupted, since, retryAt: at + pause };
    // A moment without stack or memory is the caller's own error, which it sees. Only a lasting one is logged here.
    if (!isCorrupted && at - since < RETRY_MS) return;
    const kept = this.#snapshot === undefined ? 'has no values yet' : `keeps generation ${this.generation}`;
    this.#view.log.once(
      'read-failed',
      `This thread ${kept}, because it cannot read generation ${generation}: ${describeThrown(error)}`,
      { generation },
    );
  }
}
