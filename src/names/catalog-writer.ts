/** Writes a catalog. Runs in the thread that makes a store, and in the watcher. Must not be imported by readers. */
import {
  computeCheck,
  ENTRY_CHECK,
  ENTRY_LENGTH,
  ENTRY_OFFSET,
  FIRST_INDEXES,
  hashName,
  LONGEST_NAME,
  LONGEST_PROBE,
  locateEntry,
  locatePatterns,
  locateSlots,
  MAX_SORTED_PROBES,
  NAMESPACE_COUNT,
  NAMESPACES,
  OPTION_COUNT,
  ownerOf,
  SLOT_COUNT,
} from './catalog-layout.js';

/** The names of one namespace. */
export interface NamespaceNames {
  readonly name: string;
  /** Option names in the schema's order, including flags. */
  readonly keys: readonly string[];
  /** Whether its schema declares flags by pattern. */
  readonly hasPatternFlags?: boolean;
}

/** A name, encoded. */
interface Entry {
  readonly hash: number;
  readonly units: number;
  readonly isWide: boolean;
  readonly bytes: Buffer;
}

const WIDE_UNIT = /[^\0-\xff]/;
/** Slots for each name, at least: searches that find nothing then end after two or three slots, on average. */
const MIN_SLOTS_PER_NAME = 2;

/**
 * Writes the names of all namespaces, in the order of their options' indexes. `areSorted`: by code point, both the
 * namespaces and the names of each.
 */
export function encodeCatalog(namespaces: readonly NamespaceNames[], areSorted = false): Uint8Array<ArrayBuffer> {
  const entries = [
    ...namespaces.map(({ name }) => makeEntry(NAMESPACES, name)),
    ...namespaces.flatMap(({ keys }, ordinal) => keys.map((key) => makeEntry(ownerOf(ordinal), key))),
  ];
  const optionCount = entries.length - namespaces.length;
  const slotCount = 2 ** Math.ceil(Math.log2(Math.max(1, entries.length * MIN_SLOTS_PER_NAME)));
  const slotsAt = locateSlots(namespaces.length, optionCount);
  const namesAt = (slotsAt + slotCount) * Int32Array.BYTES_PER_ELEMENT;
  const catalog = new Uint8Array(entries.reduce((end, { bytes }) => end + bytes.length, namesAt));
  const words = new Int32Array(catalog.buffer, 0, slotsAt + slotCount);
  words[NAMESPACE_COUNT] = namespaces.length;
  words[OPTION_COUNT] = optionCount;
  words[SLOT_COUNT] = slotCount;
  words[LONGEST_NAME] = entries.reduce((longest, { units }) => Math.max(longest, units), 0);
  let firstIndex = 0;
  for (const [ordinal, { keys, hasPatternFlags = false }] of namespaces.entries()) {
    words[FIRST_INDEXES + ordinal] = firstIndex;
    words[locatePatterns(namespaces.length) + ordinal] = Number(hasPatternFlags);
    firstIndex += keys.length;
  }
  words[FIRST_INDEXES + namespaces.length] = optionCount;
  writeEntries(words, catalog, entries, namesAt);
  words[LONGEST_PROBE] = fillSlots(words.subarray(slotsAt), entries, areSorted ? MAX_SORTED_PROBES : entries.length);
  return catalog;
}

function makeEntry(owner: number, name: string): Entry {
  const isWide = WIDE_UNIT.test(name);
  const bytes = Buffer.from(name, isWide ? 'utf16le' : 'latin1');
  return { hash: hashName(owner, name), units: name.length, isWide, bytes };
}

function writeEntries(words: Int32Array, bytes: Uint8Array, entries: readonly Entry[], namesAt: number): void {
  let offset = namesAt;
  for (const [number, entry] of entries.entries()) {
    const at = locateEntry(words[NAMESPACE_COUNT] as number, number);
    words[at + ENTRY_CHECK] = computeCheck(entry.hash, number);
    words[at + ENTRY_OFFSET] = offset;
    words[at + ENTRY_LENGTH] = entry.units * 2 + Number(entry.isWide);
    bytes.set(entry.bytes, offset);
    offset += entry.bytes.length;
  }
}

/**
 * Puts each entry into the first free slot from the one of its hash. Returns the most slots that an entry needed; 0 if it
 * stopped because one needs more than `maxProbes`.
 */
function fillSlots(slots: Int32Array, entries: readonly Entry[], maxProbes: number): number {
  let longest = 0;
  for (const [number, { hash }] of entries.entries()) {
    let probe = 0;
    while (slots[(hash + probe) & (slots.length - 1)] !== 0) probe++;
    if (probe >= maxProbes) return 0;
    slots[(hash + probe) & (slots.length - 1)] = number + 1;
    longest = Math.max(longest, probe + 1);
  }
  return longest;
}
