/**
 * The frame of a snapshot: what surrounds the segments of all namespaces. Words of 32 bits, in the byte order of the
 * machine, since a snapshot never leaves its process:
 *
 *     word 0   FRAME_MAGIC
 *          1   the version, as in segment.fbs
 *          2   GENERATION      the generation in which these values were first published
 *          3   NAMESPACES      the number of namespaces, N
 *          4   OPTIONS         the number of options that all schemas list, M
 *          5   BASE            options that the list of changes omits last changed in this generation, or before it
 *          6   CHANGES         the length of the list of changes, C
 *          7   FLAGS           the number of flags by pattern that are set, F
 *          8   FLAGS_CHANGED   the generation in which a flag by pattern was last set, changed or removed
 *          9   NAMES_OFFSET    of the names of the flags by pattern, in bytes
 *         10   NAMES_LENGTH    their length, in bytes; 0 if there are none
 *         11   NEXT_NUMBER     the number of the next flag by pattern that will be set
 *     word 12  N entries: the index of the namespace's first option; the place of its first flag by pattern among all, and
 *              their number; offset and length of its segment, in bytes
 *     then     M stamps: the generation in which each option last changed
 *     then     F stamps: the generation in which each flag by pattern was set or last changed; by namespace and name
 *     then     F numbers: of the flags by pattern, in the same order. A flag has one as long as it is set; no flag of a store
 *              ever gets the number of another one
 *     then     C changes: the indexes of the options that changed after BASE, the last change first
 *     then     the names of the flags by pattern: a catalog (names/catalog-layout.ts) whose namespaces are the numbers of
 *              those that have some, as texts of ten digits
 *     then     the segments, each from a multiple of 8 bytes, as the names
 */

export const FRAME_MAGIC = 0x4e534f53;
export const MAGIC_WORD = 0;
export const VERSION_WORD = 1;
export const GENERATION_WORD = 2;
export const NAMESPACES_WORD = 3;
export const OPTIONS_WORD = 4;
export const BASE_WORD = 5;
export const CHANGES_WORD = 6;
export const FLAGS_WORD = 7;
export const FLAGS_CHANGED_WORD = 8;
export const NAMES_OFFSET_WORD = 9;
export const NAMES_LENGTH_WORD = 10;
export const NEXT_NUMBER_WORD = 11;
export const HEADER_WORDS = 12;

/** The words of a namespace's entry. */
export const ENTRY_FIRST_INDEX = 0;
export const ENTRY_FIRST_FLAG = 1;
export const ENTRY_FLAGS = 2;
export const ENTRY_OFFSET = 3;
export const ENTRY_LENGTH = 4;
export const ENTRY_WORDS = 5;

/** The number of options in each part of a snapshot. A reader compares it with the catalog. */
export interface Shape {
  readonly namespaceCount: number;
  readonly optionCount: number;
}

/** The values of one namespace, encoded. The bytes depend on nothing else. */
export interface EncodedSegment {
  readonly bytes: Uint8Array;
  /** How many options the schema lists. */
  readonly count: number;
  /** The flags by pattern that are set, sorted by code point. Their values follow those of the options. */
  readonly patternFlags: readonly string[];
}

/** Returns what stands for a namespace among the names of flags by pattern: these texts sort as the numbers do. */
export function formatOwner(ordinal: number): string {
  return String(ordinal).padStart(10, '0');
}

/** Returns the first word of an entry. */
export function locateEntry(ordinal: number): number {
  return HEADER_WORDS + ordinal * ENTRY_WORDS;
}

/** Returns a word of a namespace's entry. */
export function readEntry(words: Int32Array, ordinal: number, word: number): number {
  return words[locateEntry(ordinal) + word] as number;
}

/** Returns the first word of the stamps: those of the options, and then those of the flags by pattern. */
export function locateStamps({ namespaceCount }: Pick<Shape, 'namespaceCount'>): number {
  return locateEntry(namespaceCount);
}

/** Returns the first word of the numbers of the flags by pattern. */
export function locateNumbers(shape: Shape, flagCount: number): number {
  return locateStamps(shape) + shape.optionCount + flagCount;
}

/** Returns the first word of the changes. */
export function locateChanges(shape: Shape, flagCount: number): number {
  return locateNumbers(shape, flagCount) + flagCount;
}
