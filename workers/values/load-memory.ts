/** The watcher's private memory for files and snapshots, which each load reuses. Runs in the watcher thread. */

/** More than is needed, as a share of it: so what grows a little each time needs no new memory. */
const ROOM = 1 / 8;
/** How many times as large as a snapshot its memory may be. Larger memory is left to the garbage collector. */
const MAX_EXCESS = 4;
/** The largest file whose memory the next file reuses, in bytes. */
const MAX_FILE_BYTES = 4 * 2 ** 20;

/**
 * The memory of one watcher. In new memory for each load, the former ones would wait for the garbage collector, which
 * hardly counts them: up to 32 MiB.
 *
 * - A file is valid until the next one is read.
 * - Of snapshots, only the published one is valid, and the one that is put together. Whoever needs an older one, such as for
 *   a write that takes its time, must copy it.
 */
export class LoadMemory {
  #file = Buffer.alloc(0);
  /** Two at most, in turn. */
  #snapshots: readonly ArrayBuffer[] = [];

  /** Returns memory for a file of `length` bytes: that of the last file. */
  readonly fileTarget = (length: number): Buffer => {
    if (length > MAX_FILE_BYTES) return Buffer.allocUnsafe(length);
    if (this.#file.length < length) {
      // First: otherwise, the collector could not free it for the new one.
      this.#file = Buffer.alloc(0);
      this.#file = Buffer.allocUnsafeSlow(addRoom(length));
    }
    return this.#file.subarray(0, length);
  };

  /** Returns memory for a snapshot of `length` bytes, all 0, which is not that of `published`. */
  takeSnapshot(length: number, published: Uint8Array): Uint8Array<ArrayBuffer> {
    const free = this.#snapshots.find((buffer) => buffer !== published.buffer);
    if (free !== undefined && free.byteLength >= length && free.byteLength <= addRoom(length) * MAX_EXCESS) {
      return new Uint8Array(free, 0, length).fill(0);
    }
    const kept = this.#snapshots.filter((buffer) => buffer === published.buffer);
    // First, as above.
    this.#snapshots = kept;
    const buffer = new ArrayBuffer(addRoom(length));
    this.#snapshots = [...kept, buffer];
    return new Uint8Array(buffer, 0, length);
  }
}

function addRoom(length: number): number {
  return Math.ceil(length * (1 + ROOM));
}
