/**
 * Bounds the work that one context can cause: a context comes from a request, and decides on the caller's event loop.
 * Runs in readers; pure.
 */
import { types } from 'node:util';

/** As deep as any JSON that the library reads. A deeper context is a cycle, or a mistake. */
const MAX_DEPTH = 127;
/** Lists and objects. One that appears at several places counts at each: a small object may have endless paths. */
const MAX_PARTS = 10_000;
/** Entries of lists and properties of objects. */
const MAX_VALUES = 100_000;
/** In UTF-16 units. A string that appears at several places counts at each of them, too. */
const MAX_CHARACTERS = 2 ** 24;
/** No double is as large. The digits of an integer take quadratic time. */
const MAX_BIGINT = 2n ** 1024n;

/** A context is larger than the limits. */
export class ContextLimitError extends Error {
  override readonly name = 'ContextLimitError';
}

/** Counts what has been read of one context, and throws a {@link ContextLimitError} beyond a limit. */
export class ContextReader {
  #parts = 0;
  #values = 0;
  #characters = 0;

  /** Counts the entries of `list`, and returns how many there are. `depth`: 1 for the value of a property. */
  countEntries(list: readonly unknown[], depth: number): number {
    // Read once: a proxy can return another length each time.
    const { length } = list;
    this.#enter(length, depth);
    return length;
  }

  /** Lists the names of the properties of `object`. `depth`: 0 for the context itself. */
  listNames(object: object, depth: number): string[] {
    // These have a name for each element, so that the list itself could exhaust memory.
    if (types.isTypedArray(object) || types.isStringObject(object)) this.#enter(object.length, depth);
    const names = Object.keys(object);
    this.#enter(names.length, depth);
    return names;
  }

  /** Counts the characters of a string before anything is computed from it. */
  countCharacters(text: string): void {
    this.#characters += text.length;
    checkCharacters(this.#characters);
  }

  #enter(count: number, depth: number): void {
    if (depth > MAX_DEPTH) {
      throw new ContextLimitError(`A context must not be nested deeper than ${MAX_DEPTH} levels, or contain itself.`);
    }
    this.#parts++;
    this.#values += count;
    if (this.#parts > MAX_PARTS || !(this.#values <= MAX_VALUES)) {
      throw new ContextLimitError(
        `A context must have at most ${MAX_PARTS} lists and objects, with ${MAX_VALUES} values; each counts at every ` +
          'place where it appears.',
      );
    }
  }
}

/** Throws a {@link ContextLimitError} if a context with so many characters is too large. */
export function checkCharacters(count: number): void {
  if (count <= MAX_CHARACTERS) return;
  throw new ContextLimitError(`A context must have at most ${MAX_CHARACTERS} characters.`);
}

/** Throws a {@link ContextLimitError} if the digits of `value` would take too long. */
export function checkBigInt(value: bigint): void {
  if (value <= -MAX_BIGINT || value >= MAX_BIGINT) {
    throw new ContextLimitError('A bigint in a context must be within ±2^1024.');
  }
}
