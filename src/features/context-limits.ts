/**
 * Bounds the work that one context can cause: a context comes from a request, and decides on the caller's event loop.
 * Runs in readers; pure.
 */
import { types } from 'node:util';

/** As deep as any JSON that the library reads. A deeper context is a cycle, or a mistake. */
const MAX_DEPTH = 127;
/** Lists and objects. One that appears at several places counts at each: a small object may have endless paths. */
const MAX_PARTS = 50_000;
/** Entries of lists, and properties of objects. */
const MAX_VALUES = 1_000_000;
/** How many values a property counts as: its name is sorted and formatted, which takes several times as long. */
const PROPERTY_VALUES = 4;
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
    if (types.isTypedArray(object) || types.isStringObject(object)) {
      checkCounts(this.#parts, this.#values + object.length * PROPERTY_VALUES);
    }
    const names = Object.keys(object);
    this.#enter(names.length * PROPERTY_VALUES, depth);
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
    checkCounts(this.#parts, this.#values);
  }
}

function checkCounts(parts: number, values: number): void {
  // Not `>`: a proxy may report any length.
  if (parts <= MAX_PARTS && values <= MAX_VALUES) return;
  throw new ContextLimitError(
    `A context must have at most ${MAX_PARTS} lists and objects, with ${MAX_VALUES} values, where a property counts as ` +
      `${PROPERTY_VALUES}; each counts at every place where it appears.`,
  );
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
