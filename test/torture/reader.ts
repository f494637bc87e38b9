/** A reader of the torture test, on any thread: makes verified copies as the library does, and unverified copies. */

import { GENERATION, locateSlot, SLOT_GENERATION, SLOT_LENGTH, SLOT_OFFSET } from '../../src/memory/cell/layout.js';
import { type Acquired, CellCorruptedError, CellReader, copyOut } from '../../src/memory/cell/reader.js';
import type { Board } from './board.js';
import { faultOf } from './payload.js';

/** Reads a cell during publications, checks each copy, and counts. */
export class TortureReader {
  readonly #reader: CellReader;
  readonly #buffer: SharedArrayBuffer;
  readonly #board: Board;
  readonly #index: number;
  readonly #report: (issue: string) => void;
  #last = 0;

  /** Counts on `board` as reader `index`, and passes each issue of a verified copy to `report`. */
  constructor(buffer: SharedArrayBuffer, board: Board, index: number, report: (issue: string) => void) {
    this.#reader = new CellReader(buffer);
    this.#buffer = buffer;
    this.#board = board;
    this.#index = index;
    this.#report = report;
  }

  /** Makes one copy of each kind in turn, so that the writer disturbs both alike. */
  step(): void {
    this.#copyVerified();
    this.#copyUnverified();
  }

  #copyVerified(): void {
    let acquired: Acquired | undefined;
    try {
      // Without a newer generation, the last one is copied again: it may be overwritten at any moment.
      acquired = this.#reader.acquire(Math.max(0, this.#last - 1));
    } catch (error) {
      // The checksum is not part of the protocol: a tear that only the checksum catches is a tear.
      if (!(error instanceof CellCorruptedError)) throw error;
      this.#countTear(error.message);
      return;
    }
    if (acquired === undefined) return;
    const { generation, bytes } = acquired;
    this.#board.count(this.#index, 'verified');
    const issue = faultOf(bytes, generation);
    if (issue !== undefined) this.#countTear(`generation ${generation}: ${issue}`);
    if (generation < this.#last) this.#countTear(`generation ${generation} came after ${this.#last}`);
    if (generation > this.#last) this.#board.count(this.#index, 'generations');
    this.#last = generation;
  }

  #countTear(issue: string): void {
    this.#board.count(this.#index, 'torn');
    this.#report(issue);
  }

  /** `acquire` without P and the checksum, to show that both are needed, and that the test detects a tear. */
  #copyUnverified(): void {
    const { header } = this.#reader;
    const generation = Atomics.load(header, GENERATION);
    const slot = locateSlot(generation);
    if (generation === 0 || Atomics.load(header, slot + SLOT_GENERATION) !== generation) return;
    const copy = copyOut(this.#buffer, header[slot + SLOT_OFFSET] as number, header[slot + SLOT_LENGTH] as number);
    this.#board.count(this.#index, 'unverified');
    if (copy === undefined || faultOf(copy, generation) !== undefined) {
      this.#board.count(this.#index, 'unverifiedTorn');
    }
  }
}
