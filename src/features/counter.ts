/** Counts the evaluations of a flag. Runs in readers; imports no store. */

/** Where a thread counts one flag. A part of the flag itself, so that `has` finds it without a further read. */
export interface Counter {
  /** The thread's own words: no other thread writes them. */
  readonly words: Int32Array;
  /** The word of the answers `off`; the next one is that of the answers `on`. */
  readonly at: number;
  /** Counts what has no place in these words. */
  readonly rest: CounterRest;
}

/** Counts what has no place in a thread's own words. */
export interface CounterRest {
  /** Counts one more answer in a word that is full. */
  carry(words: Int32Array, at: number): void;
  /** Counts an evaluation that failed, of the flag whose word of the answers `off` is given. */
  countError(at: number): void;
}

/** Counts what nobody asks for: flags that are not declared or not set, and all of a store that counts nothing. */
export const UNCOUNTED: Counter = {
  words: new Int32Array(2),
  at: 0,
  rest: { carry: (words, at) => void words.fill(0, at, at + 1), countError: () => {} },
};

/** A word that is full: all of its 32 bits are set. */
const FULL = -1;

/**
 * Counts one answer. By plain reads and writes, since only this thread writes: about 2 ns (`npm run bench -- usage`), and no
 * other thread waits for the word.
 */
export function count(counter: Counter, isOn: boolean): void {
  const { words } = counter;
  const place = isOn ? counter.at + 1 : counter.at;
  const known = words[place] as number;
  // `| 0`: without it, V8 adds floating-point numbers after 2^31 answers.
  if (known !== FULL) words[place] = (known + 1) | 0;
  else counter.rest.carry(words, place);
}
