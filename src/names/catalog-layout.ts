/**
 * The layout of a catalog: the position of each word, and the hash of a name. Numbers only; any thread may import it.
 *
 * `catalog-writer.ts` writes a catalog once, before another thread has it; `catalog.ts` searches it in place. One is in
 * shared memory, with all names that schemas list. A snapshot contains another one, with the names of its flags by
 * pattern. A catalog consists of `Int32Array` words, and of the names behind them.
 *
 *     word  0        NAMESPACE_COUNT
 *           1        OPTION_COUNT   of all namespaces together
 *           2        SLOT_COUNT     a power of two, at least twice the number of names
 *           3        LONGEST_PROBE  the most slots that the search for a name of the catalog visits; 0 if there are no slots
 *                                   to search, but the names of each namespace, and of all namespaces, are sorted
 *           4        LONGEST_NAME   in UTF-16 code units
 *           5..      first indexes  the index of each namespace's first option, and OPTION_COUNT at the end
 *     then           patterns       a word for each namespace: 1 if its schema declares flags by pattern, else 0
 *     then           entries        one for each name: the namespaces, then all options in the order of their indexes
 *                                   ENTRY_CHECK   +0   binds the name, its namespace and its entry (computeCheck)
 *                                   ENTRY_OFFSET  +1   of the name, in bytes from the catalog's start
 *                                   ENTRY_LENGTH  +2   in UTF-16 code units, times 2, plus 1 if the units are wide
 *     then           slots          a hash table: the number of an entry plus 1, or 0; collisions use the next slot
 *     then           names          a byte for each code unit, or two (wide, little-endian) if a unit is above 255
 */

/** Index of the number of namespaces. */
export const NAMESPACE_COUNT = 0;

/** Index of the number of options of all namespaces. */
export const OPTION_COUNT = 1;

/** Index of the number of slots. */
export const SLOT_COUNT = 2;

/** Index of the most slots that the search for a name of the catalog visits; 0 if it searches the sorted names. */
export const LONGEST_PROBE = 3;

/**
 * The most slots that the search for one of sorted names may visit: names of no ill will need a fifth of it. An author of a
 * values file can make any number of names with the same hash.
 */
export const MAX_SORTED_PROBES = 128;

/** Index of the length of the longest name, in UTF-16 code units. */
export const LONGEST_NAME = 4;

/** Index of the first word behind the header: the first indexes. */
export const FIRST_INDEXES = 5;

/** Words of an entry. */
export const ENTRY_WORDS = 3;

/** Within an entry: see {@link computeCheck}. */
export const ENTRY_CHECK = 0;

/** Within an entry: the start of its name, in bytes from the catalog's start. */
export const ENTRY_OFFSET = 1;

/** Within an entry: its name's length and width. */
export const ENTRY_LENGTH = 2;

/** The owner of the names of namespaces, for {@link hashName}. */
export const NAMESPACES = 0;

/** Returns the owner of the names of a namespace's options, for {@link hashName}. */
export function ownerOf(ordinal: number): number {
  return ordinal + 1;
}

/** Returns the first slot's index in the words. */
export function locateSlots(namespaceCount: number, optionCount: number): number {
  return locateEntry(namespaceCount, namespaceCount + optionCount);
}

/** Returns the index of the first namespace's word among the patterns. */
export function locatePatterns(namespaceCount: number): number {
  return FIRST_INDEXES + namespaceCount + 1;
}

/** Returns the index of an entry's first word. */
export function locateEntry(namespaceCount: number, entry: number): number {
  return locatePatterns(namespaceCount) + namespaceCount + entry * ENTRY_WORDS;
}

/**
 * Computes the hash of `name` in the namespace `owner`: FNV-1a over UTF-16 code units, then mixed, because slots are
 * chosen by the lowest bits. For a name, a call of `zlib.crc32` would take longer. For one name, two owners never have
 * the same hash: each step maps different states to different states.
 */
export function hashName(owner: number, name: string): number {
  let hash = mix(owner ^ 0x811c9dc5);
  for (let unit = 0; unit < name.length; unit++) hash = Math.imul(hash ^ name.charCodeAt(unit), 0x01000193);
  return mix(hash);
}

/**
 * Computes the word that an entry holds for a name of this hash. It depends on the entry's number: an entry that other
 * code has copied to the place of another one belongs to no name.
 */
export function computeCheck(hash: number, entry: number): number {
  return mix(hash ^ Math.imul(entry + 1, 0x9e3779b1));
}

/** MurmurHash3's finalizer: each bit of `word` changes about half of the result's bits. */
function mix(word: number): number {
  let mixed = word ^ (word >>> 16);
  mixed = Math.imul(mixed, 0x85ebca6b);
  mixed ^= mixed >>> 13;
  mixed = Math.imul(mixed, 0xc2b2ae35);
  return mixed ^ (mixed >>> 16);
}
