/**
 * What has been read of a store, in shared memory: when each option was first read, and how often each flag was evaluated.
 * Any thread may import it. All threads write the tables, and each thread its own row:
 *
 *     word 0        SEAL        as in the header of a cell
 *          1        SINCE       when counting began; all times are seconds since 1970
 *          2        FLAGS       the number of flags that schemas list, F
 *          3        PATTERNS    the most flags by pattern that are counted, P; 0 if no schema declares some
 *          4        HIGHEST     no thread counts a flag from this place on
 *          5        UNCOUNTED   how often a thread found no row
 *     word 6        M places    for each option that a schema lists, its place among the flags plus 1; 0 if it is none
 *     then          M + P times when each option was first read; 0 if it was not
 *     then          F + P flags FLAG_WORDS each
 *     then          the rows    one for each thread that evaluates flags (usage-rows.ts)
 */
import { wallTime } from '../common/host-time.js';
import type { KernelThread } from '../common/kernel-thread.js';
import { countRowWords, MAX_COUNTING_THREADS, UsageRows } from './usage-rows.js';

const SEAL = 0;
const SINCE = 1;
const FLAGS = 2;
const PATTERNS = 3;
const HIGHEST = 4;
const UNCOUNTED = 5;
const HEADER_WORDS = 6;

/** The words of a flag in the tables: 2^32 answers each, errors, the last evaluation, and the sum that was seen then. */
const CARRY_OFF = 0;
const ERRORS = 2;
const LAST = 3;
const SEEN = 4;
const FLAG_WORDS = 5;

const WORD = Int32Array.BYTES_PER_ELEMENT;

/** The most flags by pattern that are counted: those that a process sees first. */
export const MAX_COUNTED_PATTERN_FLAGS = 16_384;
/** How often a read of all counts begins again because a thread carries. */
const MAX_TRIES = 100;

/** The counts of one flag. */
export interface FlagCounts {
  readonly on: number;
  readonly off: number;
  readonly errors: number;
  /** In milliseconds since 1970; undefined if the flag was never evaluated. */
  readonly lastAt: number | undefined;
}

/**
 * Allocates the memory of a store; undefined if the system grants no address space for it. It grows by a row for each thread
 * that evaluates flags.
 *
 * @param areFlags for each option that a schema lists, in the order of their indexes, whether it is a flag
 */
export function createUsageMemory(
  areFlags: readonly boolean[],
  hasPatternFlags: boolean,
): SharedArrayBuffer | undefined {
  const flags = areFlags.filter(Boolean).length;
  const patterns = hasPatternFlags ? MAX_COUNTED_PATTERN_FLAGS : 0;
  const rowsAt = locateRows(areFlags.length, flags, patterns);
  let buffer: SharedArrayBuffer;
  try {
    buffer = new SharedArrayBuffer(WORD * rowsAt, {
      maxByteLength: WORD * (rowsAt + MAX_COUNTING_THREADS * countRowWords(flags + patterns)),
    });
  } catch {
    return undefined;
  }
  const words = new Int32Array(buffer);
  words[SINCE] = getSeconds();
  words[FLAGS] = flags;
  words[PATTERNS] = patterns;
  let place = 0;
  areFlags.forEach((isFlag, option) => {
    if (isFlag) words[HEADER_WORDS + option] = ++place;
  });
  return buffer;
}

/** Writes the number that only this store has, and that the check of a handle expects. */
export function sealUsageMemory(buffer: SharedArrayBuffer, seal: number): void {
  new Int32Array(buffer, 0, HEADER_WORDS)[SEAL] = seal;
}

/** Whether `buffer` is sealed by `seal`. */
export function isUsageMemory(buffer: SharedArrayBuffer, seal: number): boolean {
  return buffer.growable && buffer.byteLength >= WORD * HEADER_WORDS && new Int32Array(buffer, 0, 1)[SEAL] === seal;
}

/** One thread's access to the memory. Never throws, even if other code has overwritten it: then the counts are wrong. */
export class UsageMemory {
  readonly #optionCount: number;
  readonly #flags: number;
  readonly #patterns: number;
  readonly #words: Int32Array;
  readonly #rows: UsageRows;
  /** When {@link noteEvaluations} was last called. */
  #notedAt = 0;

  /** @param optionCount how many options all schemas list */
  constructor(buffer: SharedArrayBuffer, optionCount: number) {
    const [flags = 0, patterns = 0] = new Int32Array(buffer, 0, HEADER_WORDS).subarray(FLAGS);
    const rowsAt = locateRows(optionCount, flags, patterns);
    // Other code may have overwritten the numbers, here or in the catalog.
    const isIntact = optionCount >= 0 && flags >= 0 && patterns >= 0 && WORD * rowsAt <= buffer.byteLength;
    this.#optionCount = optionCount;
    this.#flags = isIntact ? flags : 0;
    this.#patterns = isIntact ? patterns : 0;
    this.#words = new Int32Array(buffer, 0, isIntact ? rowsAt : HEADER_WORDS);
    // Beyond every buffer, there are no rows.
    this.#rows = new UsageRows(buffer, isIntact ? rowsAt : Number.POSITIVE_INFINITY, this.#flags + this.#patterns);
  }

  /** When counting began, in milliseconds since 1970. */
  get since(): number {
    return toMilliseconds(this.#words[SINCE]) ?? 0;
  }

  /** How often a thread found no row. */
  get uncountedThreads(): number {
    return Atomics.load(this.#words, UNCOUNTED);
  }

  /** Returns the place in the tables of the flag by pattern with this number; undefined if it is not counted. */
  placeOf(number: number): number | undefined {
    return number < this.#patterns ? this.#optionCount + number : undefined;
  }

  /** Notes that the option at this place was read. A place is its index, or {@link placeOf} a flag by pattern. */
  markRead(place: number): void {
    const at = HEADER_WORDS + this.#optionCount + place;
    // A plain read: most options have been read before.
    if (this.#words[at] === 0) Atomics.compareExchange(this.#words, at, 0, getSeconds());
  }

  /** Returns when an option was first read, in milliseconds since 1970; undefined if it was not. */
  firstReadAt(place: number): number | undefined {
    return toMilliseconds(this.#words[HEADER_WORDS + this.#optionCount + place]);
  }

  /** Returns which flag an option is, by its place in the tables; undefined if it is none. */
  flagOf(place: number): number | undefined {
    if (place >= this.#optionCount) return this.#flags + place - this.#optionCount;
    const flag = this.#words[HEADER_WORDS + place] ?? 0;
    return flag > 0 && flag <= this.#flags ? flag - 1 : undefined;
  }

  /** Returns the calling thread's row: the one that it has, a free one, or one whose thread has ended. */
  takeRow(threadId: number, thread: KernelThread): Int32Array | undefined {
    if (this.#flags + this.#patterns === 0) return undefined;
    const row = this.#rows.take(threadId, thread);
    if (row === undefined) Atomics.add(this.#words, UNCOUNTED, 1);
    return row;
  }

  /** Notes that a flag is counted. Returns the word of a row that counts its answers `off`; the next one counts `on`. */
  wordOf(flag: number): number {
    let highest = Atomics.load(this.#words, HIGHEST);
    while (highest <= flag) highest = Atomics.compareExchange(this.#words, HIGHEST, highest, flag + 1);
    return this.#rows.wordOf(flag);
  }

  /** Counts one more answer in a word of a row that is full. Only the thread of the row may call it. */
  carry(row: Int32Array, word: number): void {
    const { flag, side } = this.#rows.flagOf(word);
    this.#rows.carry(row, word, this.#words, this.#locateFlag(flag) + CARRY_OFF + side);
  }

  /** Counts an evaluation that failed, of the flag that {@link wordOf} gave this word. */
  countError(word: number): void {
    Atomics.add(this.#words, this.#locateFlag(this.#rows.flagOf(word).flag) + ERRORS, 1);
  }

  /** Notes the time for each flag that was evaluated since the last call in any thread. At most once a second. */
  noteEvaluations(): void {
    const now = getSeconds();
    // The watcher may poll every 10 ms, and 10 000 flags of 8 threads take 1.3 ms.
    if (now === this.#notedAt) return;
    this.#notedAt = now;
    const rows = this.#rows.list();
    const highest = Math.min(Atomics.load(this.#words, HIGHEST), this.#flags + this.#patterns);
    for (let flag = 0; flag < highest; flag++) {
      const at = this.#locateFlag(flag);
      let sum = Atomics.load(this.#words, at + ERRORS);
      const word = this.#rows.wordOf(flag);
      for (const row of rows) sum = (sum + Atomics.load(row, word) + Atomics.load(row, word + 1)) | 0;
      if (sum === this.#words[at + SEEN]) continue;
      Atomics.store(this.#words, at + SEEN, sum);
      Atomics.store(this.#words, at + LAST, now);
    }
  }

  /** Returns the counts of the flags at these places. */
  read(flags: readonly number[]): FlagCounts[] {
    for (let tries = 1; ; tries++) {
      const before = this.#rows.readCarrying();
      // A thread that was terminated while it carried has left its row so, until the next one takes it.
      const isLast = tries >= MAX_TRIES;
      if (before === undefined && !isLast) continue;
      const counts = flags.map((flag) => this.#readFlag(flag));
      if (isLast || this.#rows.readCarrying() === before) return counts;
    }
  }

  #readFlag(flag: number): FlagCounts {
    const at = this.#locateFlag(flag);
    const [off, on] = [0, 1].map(
      (side) =>
        2 ** 32 * (Atomics.load(this.#words, at + CARRY_OFF + side) >>> 0) +
        this.#rows.sum(this.#rows.wordOf(flag) + side),
    ) as [number, number];
    const errors = Atomics.load(this.#words, at + ERRORS) >>> 0;
    return { on, off, errors, lastAt: toMilliseconds(this.#words[at + LAST]) };
  }

  #locateFlag(flag: number): number {
    return HEADER_WORDS + 2 * this.#optionCount + this.#patterns + FLAG_WORDS * flag;
  }
}

/** Computes the first word of the rows. */
function locateRows(options: number, flags: number, patterns: number): number {
  return HEADER_WORDS + 2 * options + patterns + FLAG_WORDS * (flags + patterns);
}

function getSeconds(): number {
  return Math.floor(wallTime() / 1_000) | 0;
}

function toMilliseconds(seconds: number | undefined): number | undefined {
  return seconds === undefined || seconds === 0 ? undefined : (seconds >>> 0) * 1_000;
}
