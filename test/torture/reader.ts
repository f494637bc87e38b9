/** A reader of the torture, on whatever thread: reads as the library does, and once as it must not. */

import { GENERATION, locateSlot, SLOT_GENERATION, SLOT_LENGTH, SLOT_OFFSET } from '../../src/memory/cell/layout.js';
import { type Acquired, CellCorruptedError, CellReader, copyOut } from '../../src/memory/cell/reader.js';
import type { Board } from './board.js';
import { faultOf } from './payload.js';

/** Reads a cell that is being published to, judges each copy, and counts. */
export class TortureReader {
  readonly #reader: CellReader;
  readonly #buffer: SharedArrayBuffer;
  readonly #board: Board;
  readonly #index: number;
  readonly #report: (issue: string) => void;
  #last = 0;

  /** Counts on `board` as reader `index`, and hands what is wrong with a verified copy to `report`. */
  constructor(buffer: SharedArrayBuffer, board: Board, index: number, report: (issue: string) => void) {
    this.#reader = new CellReader(buffer);
    this.#buffer = buffer;
    this.#board = board;
    this.#index = index;
    this.#report = report;
  }

  /** One copy of either kind, in turn, so that both are exposed to the writer alike. */
  step(): void {
    this.#verified();
    this.#unverified();
  }

  #verified(): void {
    let acquired: Acquired | undefined;
    try {
      // The last generation is taken again where there is no newer one: it may be overwritten at any moment.
      acquired = this.#reader.acquire(Math.max(0, this.#last - 1));
    } catch (error) {
      // The checksum is no part of the protocol: a tear that it has to catch is a tear.
      if (!(error instanceof CellCorruptedError)) throw error;
      this.#tear(error.message);
      return;
    }
    if (acquired === undefined) return;
    const { generation, bytes } = acquired;
    this.#board.count(this.#index, 'verified');
    const issue = faultOf(bytes, generation);
    if (issue !== undefined) this.#tear(`generation ${generation}: ${issue}`);
    if (generation < this.#last) this.#tear(`generation ${generation} came after ${this.#last}`);
    if (generation > this.#last) this.#board.count(this.#index, 'generations');
    this.#last = generation;
  }

  #tear(issue: string): void {
    this.#board.count(this.#index, 'torn');
    this.#report(issue);
  }

  /** `acquire` with P and the checksum left out, to show that they are needed, and that a tear would be seen. */
  #unverified(): void {
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
