/**
 * The private memory of one thread for the snapshots that it adopts. Runs in readers, in one thread.
 *
 * A thread that adopts each snapshot in new memory leaves the former ones to the garbage collector, which hardly counts
 * them: a quiet thread would keep up to 32 MiB. So a thread has two pieces of memory, in turn: one for the snapshot that it
 * has adopted, and one for the next copy, so that a copy that fails leaves the adopted one whole. It gets a third one if a
 * holder still has the former snapshot at the next copy.
 *
 * Rules, without which a snapshot would read the bytes of a later one:
 *
 * - Whoever keeps a snapshot for longer than its own call pins it, and unpins it after the last use. Memory of a pinned
 *   snapshot is never overwritten. If nobody unpins it, the collector frees it.
 * - Without a pin, a snapshot is valid until this thread has adopted two more, and throws from then on. A call that may
 *   lead to two adoptions, such as one of the host's code, needs a pin.
 */
import type { EncodedSnapshot } from '../codec/decode.js';

/**
 * More than a snapshot needs, as a share of it, and at least in bytes: so a snapshot that grows a little each time needs no
 * new memory.
 */
const ROOM = 1 / 8;
const MIN_ROOM = 1_024;
/** The room of a thread's first snapshot, in bytes: for some more changes. Many threads never adopt another one. */
const FIRST_ROOM = 512;
/** How many times as large as a snapshot its memory may be. Larger memory is left to the collector. */
const MAX_EXCESS = 4;

/** The memory for the snapshots of one view. */
export class SnapshotMemory {
  /** How many pins each snapshot has. Weak: a snapshot that nobody unpins must not stay for ever. */
  readonly #pins = new WeakMap<EncodedSnapshot, number>();
  /** The snapshots that were pinned when their memory was needed. */
  readonly #lent = new WeakSet<EncodedSnapshot>();
  /** The snapshot that the adopted one has replaced. */
  #former: EncodedSnapshot | undefined;
  /** Memory that no snapshot has. */
  #spare: ArrayBuffer | undefined;
  /** Whether this thread has adopted none yet. */
  #isFirst = true;

  /** Keeps the memory of `snapshot` until as many calls of {@link unpin}. */
  pin(snapshot: EncodedSnapshot): void {
    this.#pins.set(snapshot, (this.#pins.get(snapshot) ?? 0) + 1);
  }

  /** Ends one pin. */
  unpin(snapshot: EncodedSnapshot): void {
    const left = (this.#pins.get(snapshot) ?? 0) - 1;
    if (left > 0) {
      this.#pins.set(snapshot, left);
      return;
    }
    this.#pins.delete(snapshot);
    if (this.#lent.delete(snapshot)) this.#spare ??= takeMemory(snapshot);
  }

  /** Returns memory for a copy of `length` bytes: such as that of the former snapshot, if nobody has pinned it. */
  readonly target = (length: number): Uint8Array<ArrayBuffer> => {
    if (!fits(this.#spare, length)) {
      // First: otherwise, the collector could not free it for the new one.
      this.#spare = undefined;
      this.#retire();
    }
    if (!fits(this.#spare, length)) {
      this.#spare = undefined;
      const room = this.#isFirst ? FIRST_ROOM : Math.max(MIN_ROOM, Math.ceil(length * ROOM));
      this.#spare = new ArrayBuffer(length + room);
    }
    return new Uint8Array(this.#spare as ArrayBuffer, 0, length);
  };

  /** A snapshot has what {@link target} returned last. */
  claim(): void {
    this.#spare = undefined;
    this.#isFirst = false;
  }

  /** This thread has adopted another snapshot than `former`. */
  replace(former: EncodedSnapshot | undefined): void {
    this.#retire();
    this.#former = former;
  }

  /** Frees what no snapshot needs: the thread will hardly adopt another one. */
  trim(): void {
    this.#former = undefined;
    this.#spare = undefined;
  }

  /** Makes the memory of the former snapshot spare; once its holders unpin it, if it is pinned. */
  #retire(): void {
    const former = this.#former;
    this.#former = undefined;
    if (former === undefined) return;
    // Now, not when it was replaced: whoever had it then may have pinned it since.
    if (this.#pins.has(former)) this.#lent.add(former);
    else this.#spare ??= takeMemory(former);
  }
}

function takeMemory(snapshot: EncodedSnapshot): ArrayBuffer {
  return snapshot.takeBytes().buffer as ArrayBuffer;
}

function fits(buffer: ArrayBuffer | undefined, length: number): boolean {
  const size = buffer?.byteLength ?? -1;
  return size >= length && size <= (length + MIN_ROOM) * MAX_EXCESS;
}
