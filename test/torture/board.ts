/** The memory by which the torture's threads are counted, started and stopped: any of them may look at any time. */

/** What a reader has done so far. */
export interface Counts {
  /** Generations that it has seen. */
  readonly generations: number;
  /** Copies that `acquire` handed out as good. */
  readonly verified: number;
  /** Those of them that were not whole, went back in time, or that the checksum had to catch. More than 0 is a bug. */
  readonly torn: number;
  /** Copies that were made in the same way, but without P and without the checksum. */
  readonly unverified: number;
  /** Those of them that were not whole. 0 means that the run could not have seen a tear. */
  readonly unverifiedTorn: number;
}

const FIELDS = [
  'generations',
  'verified',
  'torn',
  'unverified',
  'unverifiedTorn',
] as const satisfies readonly (keyof Counts)[];

// A cache line each for what different threads write: the counting should disturb the reading as little as it can.
const WORDS_PER_LINE = 16;
const STOP = 0;
const ARRIVED = WORDS_PER_LINE;
const PUBLISHED = 2 * WORDS_PER_LINE;
const FIRST_READER = 3 * WORDS_PER_LINE;

/** The shared words of one run. */
export class Board {
  readonly words: Int32Array<SharedArrayBuffer>;

  /** Of `readers` readers where a number is given, else the one that another thread made. */
  constructor(source: number | Int32Array<SharedArrayBuffer>) {
    this.words =
      typeof source === 'number'
        ? new Int32Array(new SharedArrayBuffer((FIRST_READER + source * WORDS_PER_LINE) * Int32Array.BYTES_PER_ELEMENT))
        : source;
  }

  /** Number of readers that the board is for. */
  get readers(): number {
    return (this.words.length - FIRST_READER) / WORDS_PER_LINE;
  }

  /** Whether the threads are to end. */
  get stopped(): boolean {
    return Atomics.load(this.words, STOP) !== 0;
  }

  /** Ends the threads, each after the step that it is in. */
  stop(): void {
    Atomics.store(this.words, STOP, 1);
    // After the store, and a change of the word: a writer that waits for readers cannot sleep through it.
    this.arrive();
  }

  /** Called by each reader when it begins. */
  arrive(): void {
    Atomics.add(this.words, ARRIVED, 1);
    Atomics.notify(this.words, ARRIVED);
  }

  /** Called by the writer, not on the main thread: waits until all readers read, or the run is stopped. */
  waitForReaders(): void {
    for (;;) {
      const arrived = Atomics.load(this.words, ARRIVED);
      if (this.stopped || arrived >= this.readers) return;
      Atomics.wait(this.words, ARRIVED, arrived);
    }
  }

  /** Generations published so far. */
  get published(): number {
    return Atomics.load(this.words, PUBLISHED);
  }

  /** Called by the writer. */
  countPublished(): void {
    Atomics.add(this.words, PUBLISHED, 1);
  }

  /** Called by reader number `reader`. */
  count(reader: number, field: keyof Counts): void {
    Atomics.add(this.words, this.#lineOf(reader) + FIELDS.indexOf(field), 1);
  }

  /** What reader number `reader` has done so far. */
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
