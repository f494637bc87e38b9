/**
 * The frame of a snapshot: what surrounds the segments of all namespaces. Words of 32 bits, in the byte order of the
 * machine, since a snapshot never leaves its process:
 *
 *     word 0   FRAME_MAGIC
 *          1   the version, as in segment.fbs
 *          2   GENERATION      the generation in which these values were first published
 *          3   NAMESPACES      the number of namespaces, N
 *          4   OPTIONS         the number of options of all namespaces, M
 *          5   BASE            options that the list of changes omits last changed in this generation, or before it
 *          6   CHANGES         the length of the list of changes, C
 *     word 7   N entries: the index of the namespace's first option, and offset and length of its segment, in bytes
 *     then     M stamps: the generation in which each option last changed
 *     then     C changes: the indexes of the options that changed after BASE, the last change first
 *     then     the segments, each from a multiple of 8 bytes
 */

export const FRAME_MAGIC = 0x4e534f53;
export const MAGIC_WORD = 0;
export const VERSION_WORD = 1;
export const GENERATION_WORD = 2;
export const NAMESPACES_WORD = 3;
export const OPTIONS_WORD = 4;
export const BASE_WORD = 5;
export const CHANGES_WORD = 6;
export const HEADER_WORDS = 7;

/** The words of a namespace's entry. */
export const ENTRY_FIRST_INDEX = 0;
export const ENTRY_OFFSET = 1;
export const ENTRY_LENGTH = 2;
export const ENTRY_WORDS = 3;

/** The number of options in each part of a snapshot. A reader compares it with the catalog. */
export interface Shape {
  readonly namespaceCount: number;
  readonly optionCount: number;
}

/** The options of one namespace, encoded. The bytes depend on nothing else. */
export interface EncodedSegment {
  readonly bytes: Uint8Array;
  /** How many options the namespace declares. */
  readonly count: number;
}

/** Returns the first word of an entry. */
export function locateEntry(ordinal: number): number {
  return HEADER_WORDS + ordinal * ENTRY_WORDS;
}

/** Returns the first word of the stamps. */
export function locateStamps({ namespaceCount }: Pick<Shape, 'namespaceCount'>): number {
  return locateEntry(namespaceCount);
}

/** Returns the first word of the changes. */
export function locateChanges({ namespaceCount, optionCount }: Shape): number {
  return locateEntry(namespaceCount) + optionCount;
}
