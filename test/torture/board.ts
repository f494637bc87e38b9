/** The shared memory that counts, starts and stops the threads of the torture test. Any thread may read it. */

/** The counts of a reader so far. */
export interface Counts {
  /** Generations that the reader has read. */
  readonly generations: number;
  /** Copies that `acquire` returned as verified. */
  readonly verified: number;
  /** Verified copies that were torn, older than the last one, or caught only by the checksum. More than 0 is a bug. */
  readonly torn: number;
  /** Copies that were made in the same way, without P and without the checksum. */
  readonly unverified: number;
  /** Unverified copies that were torn. 0 means that the run could not have detected a tear. */
  readonly unverifiedTorn: number;
}

const FIELDS = [
  'generations',
  'verified',
  'torn',
  'unverified',
  'unverifiedTorn',
] as const satisfies readonly (keyof Counts)[];

// Words of different threads have separate cache lines, so that counting disturbs reading as little as possible.
const WORDS_PER_LINE = 16;
const STOP = 0;
const ARRIVED = WORDS_PER_LINE;
const PUBLISHED = 2 * WORDS_PER_LINE;
const FIRST_READER = 3 * WORDS_PER_LINE;

/** The shared words of one run. */
export class Board {
  readonly words: Int32Array<SharedArrayBuffer>;

  /** Makes a board for `source` readers if it is a number; otherwise opens the board of another thread. */
  constructor(source: number | Int32Array<SharedArrayBuffer>) {
    this.words =
      typeof source === 'number'
        ? new Int32Array(new SharedArrayBuffer((FIRST_READER + source * WORDS_PER_LINE) * Int32Array.BYTES_PER_ELEMENT))
        : source;
  }

  /** The number of readers. */
  get readers(): number {
    return (this.words.length - FIRST_READER) / WORDS_PER_LINE;
  }

  /** Whether the threads must end. */
  get stopped(): boolean {
    return Atomics.load(this.words, STOP) !== 0;
  }

  /** Ends the threads, each after its current step. */
  stop(): void {
    Atomics.store(this.words, STOP, 1);
    // After the store, and with a change of the word: a writer that waits for readers cannot miss it.
    this.arrive();
  }

  /** Reports that a reader has begun. Each reader calls it. */
  arrive(): void {
    Atomics.add(this.words, ARRIVED, 1);
    Atomics.notify(this.words, ARRIVED);
  }

  /** Waits until all readers read, or the run is stopped. The writer calls it, not on the main thread. */
  waitForReaders(): void {
    for (;;) {
      const arrived = Atomics.load(this.words, ARRIVED);
      if (this.stopped || arrived >= this.readers) return;
      Atomics.wait(this.words, ARRIVED, arrived);
    }
  }

  /** The number of generations published so far. */
  get published(): number {
    return Atomics.load(this.words, PUBLISHED);
  }

  /** Counts a published generation. The writer calls it. */
  countPublished(): void {
    Atomics.add(this.words, PUBLISHED, 1);
  }

  /** Adds one to a count of reader number `reader`, which calls it. */
  count(reader: number, field: keyof Counts): void {
    Atomics.add(this.words, this.#lineOf(reader) + FIELDS.indexOf(field), 1);
  }

  /** Returns the counts of reader number `reader` so far. */
  counts(reader: number): Counts {
    const word = (field: keyof Counts) => Atomics.load(this.words, this.#lineOf(reader) + FIELDS.indexOf(field));
    return {
      generations: word('generations'),
      verified: word('verified'),
      torn: word('torn'),
      unverified: word('unverified'),
      unverifiedTorn: word('unverifiedTorn'),
    };
  }

  #lineOf(reader: number): number {
    return FIRST_READER + reader * WORDS_PER_LINE;
  }
}
