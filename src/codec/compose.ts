/** Puts the segments of all namespaces into one snapshot. Runs in the watcher thread. The layout is in `frame.ts`. */
import { FIRST_INDEXES } from '../names/catalog-layout.js';
import { encodeCatalog } from '../names/catalog-writer.js';
import { makePatternFlagId, type OptionId } from '../names/option-id.js';
import type { EncodedSnapshot } from './decode.js';
import {
  BASE_WORD,
  CHANGES_WORD,
  ENTRY_FIRST_FLAG,
  ENTRY_FIRST_INDEX,
  ENTRY_FLAGS,
  ENTRY_LENGTH,
  ENTRY_OFFSET,
  type EncodedSegment,
  FLAGS_CHANGED_WORD,
  FLAGS_WORD,
  FRAME_MAGIC,
  formatOwner,
  GENERATION_WORD,
  locateChanges,
  locateEntry,
  locateNumbers,
  locateStamps,
  MAGIC_WORD,
  NAMES_LENGTH_WORD,
  NAMES_OFFSET_WORD,
  NAMESPACES_WORD,
  NEXT_NUMBER_WORD,
  OPTIONS_WORD,
  type Shape,
  VERSION_WORD,
} from './frame.js';
import { Layout } from './generated/layout.js';

/** The longest list of changes, 4 KiB. A reader that the list does not reach drops all that it has cached. */
const MAX_CHANGES = 1_024;
const SEGMENT_ALIGNMENT = 8;
/** The most bytes for a flag by pattern, beside its value and its name: stamp, number, an entry of the catalog, four slots. */
const BYTES_PER_NAME = 4 * (2 + 3 + 4);
/** The most bytes for a namespace that has some: first index and pattern, an entry, four slots, and its number as text. */
const BYTES_PER_OWNER = 4 * (2 + 3 + 4) + 10;
/** The header of the names, with the first index behind the last namespace. */
const NAMES_HEADER_BYTES = 4 * (FIRST_INDEXES + 1);

/** The parts of a snapshot. */
export interface SnapshotParts {
  /** The generation that publishes these values. */
  readonly generation: number;
  /** One segment for each namespace, in the catalog's order; undefined if it is the one of `previous`. */
  readonly segments: readonly (EncodedSegment | undefined)[];
  /** The snapshot before this one; undefined if there is none. */
  readonly previous?: EncodedSnapshot | undefined;
  /** The options that differ from `previous`, in their value or in whether they are set; those with indexes ascending. */
  readonly changed?: readonly OptionId[] | undefined;
  /** Returns memory for the snapshot, all 0, at a multiple of 8 bytes. By default: new memory. */
  readonly target?: (length: number) => Uint8Array<ArrayBuffer>;
}

/** Puts `segments` into one snapshot. Allocates once, exactly what it needs: a snapshot may have 64 MiB. */
export function composeSnapshot(parts: SnapshotParts): Uint8Array<ArrayBuffer> {
  const { generation, previous, changed = [], target = allocate } = parts;
  const segments = parts.segments.map((segment, ordinal) => segment ?? (previous as EncodedSnapshot).segment(ordinal));
  const flagCounts = parts.segments.map((segment, ordinal) => countFlags(segment, previous, ordinal));
  const shape = { namespaceCount: segments.length, optionCount: sum(segments.map(({ count }) => count)) };
  const flagCount = sum(flagCounts);
  const { base, changes } = listChanges(generation, previous, changed.filter(isIndex));
  const names = flagCount === 0 ? NO_NAMES : encodeNames(parts.segments, previous);

  const changesStart = locateChanges(shape, flagCount);
  const frameWords = changesStart + changes.length;
  const namesStart = align(4 * frameWords);
  const segmentsStart = namesStart + names.length;
  const bytes = target(segments.reduce((end, segment) => align(end) + segment.bytes.length, segmentsStart));
  const words = new Int32Array(bytes.buffer, 0, frameWords);
  words[MAGIC_WORD] = FRAME_MAGIC;
  words[VERSION_WORD] = Layout.Version;
  words[GENERATION_WORD] = generation;
  words[NAMESPACES_WORD] = segments.length;
  words[OPTIONS_WORD] = shape.optionCount;
  words[BASE_WORD] = base;
  words[CHANGES_WORD] = changes.length;
  words[FLAGS_WORD] = flagCount;
  words[FLAGS_CHANGED_WORD] = previous === undefined || !changed.every(isIndex) ? generation : previous.flags.changed;
  words[NAMES_OFFSET_WORD] = namesStart;
  words[NAMES_LENGTH_WORD] = names.length;
  const numbersStart = locateNumbers(shape, flagCount);
  writeStamps(words.subarray(locateStamps(shape), numbersStart), parts, shape.optionCount);
  words[NEXT_NUMBER_WORD] = writeNumbers(words.subarray(numbersStart, changesStart), parts);
  words.set(changes, changesStart);
  bytes.set(names, namesStart);

  let firstIndex = 0;
  let firstFlag = 0;
  let end = segmentsStart;
  segments.forEach((segment, ordinal) => {
    const entry = locateEntry(ordinal);
    const flags = flagCounts[ordinal] as number;
    const offset = align(end);
    words[entry + ENTRY_FIRST_INDEX] = firstIndex;
    words[entry + ENTRY_FIRST_FLAG] = firstFlag;
    words[entry + ENTRY_FLAGS] = flags;
    words[entry + ENTRY_OFFSET] = offset;
    words[entry + ENTRY_LENGTH] = segment.bytes.length;
    bytes.set(segment.bytes, offset);
    firstIndex += segment.count;
    firstFlag += flags;
    end = offset + segment.bytes.length;
  });
  return bytes;
}

function allocate(length: number): Uint8Array<ArrayBuffer> {
  return new Uint8Array(length);
}

/** Writes the stamps of all options, and then of all flags by pattern. */
function writeStamps(
  stamps: Int32Array,
  { generation, segments, previous, changed = [] }: SnapshotParts,
  count: number,
): void {
  if (previous === undefined) {
    stamps.fill(generation);
    return;
  }
  stamps.set(previous.stamps);
  const isChanged = new Set(changed);
  for (const id of changed) if (isIndex(id)) stamps[id] = generation;
  let place = count;
  segments.forEach((segment, ordinal) => {
    if (segment === undefined) {
      const known = previous.flags.stamps(ordinal);
      stamps.set(known, place);
      place += known.length;
      return;
    }
    for (const key of segment.patternFlags) {
      const id = makePatternFlagId(ordinal, key);
      stamps[place++] = isChanged.has(id) ? generation : previous.stamp(id);
    }
  });
}

/** Writes the numbers of all flags by pattern. Returns the number of the next one that will be set. */
function writeNumbers(numbers: Int32Array, { segments, previous }: SnapshotParts): number {
  let next = previous?.flags.nextNumber ?? 0;
  let place = 0;
  segments.forEach((segment, ordinal) => {
    if (segment === undefined) {
      const known = (previous as EncodedSnapshot).flags.numbers(ordinal);
      numbers.set(known, place);
      place += known.length;
      return;
    }
    for (const key of segment.patternFlags) {
      numbers[place++] = previous?.flags.number(makePatternFlagId(ordinal, key)) ?? next++;
    }
  });
  return next;
}

/** Encodes the names of all flags by pattern, or takes those of `previous` if they are the same. */
function encodeNames(
  segments: readonly (EncodedSegment | undefined)[],
  previous: EncodedSnapshot | undefined,
): Uint8Array {
  const isSame = (segment: EncodedSegment | undefined, ordinal: number): boolean =>
    segment === undefined || isSameList(segment.patternFlags, previous?.segment(ordinal).patternFlags ?? []);
  if (previous !== undefined && segments.every(isSame)) return previous.flags.names;
  return encodeCatalog(
    segments.flatMap((segment, ordinal) => {
      const { patternFlags: keys } = segment ?? (previous as EncodedSnapshot).segment(ordinal);
      return keys.length === 0 ? [] : [{ name: formatOwner(ordinal), keys }];
    }),
    true,
  );
}

const NO_NAMES = new Uint8Array();

function countFlags(
  segment: EncodedSegment | undefined,
  previous: EncodedSnapshot | undefined,
  ordinal: number,
): number {
  return segment === undefined ? (previous as EncodedSnapshot).flags.count(ordinal) : segment.patternFlags.length;
}

function isIndex(id: OptionId): id is number {
  return typeof id === 'number';
}

function isSameList(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((item, place) => item === b[place]);
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}

/** Returns the most bytes that a frame may take, without flags by pattern. */
export function measureFrame(shape: Shape): number {
  const alignment = SEGMENT_ALIGNMENT * (shape.namespaceCount + 1);
  return 4 * (locateChanges(shape, 0) + MAX_CHANGES) + NAMES_HEADER_BYTES + alignment;
}

/** Returns the most bytes that a segment and the names of its flags by pattern may take. */
export function measureSegment({ bytes, patternFlags }: EncodedSegment): number {
  if (patternFlags.length === 0) return bytes.length;
  return patternFlags.reduce((size, key) => size + BYTES_PER_NAME + 2 * key.length, bytes.length + BYTES_PER_OWNER);
}

/** Lists the last changes, the newest first, as far back as the list may reach, and the generation where it ends. */
function listChanges(
  generation: number,
  previous: EncodedSnapshot | undefined,
  changed: readonly number[],
): { base: number; changes: readonly number[] } {
  if (previous === undefined || changed.length > MAX_CHANGES) return { base: generation, changes: [] };
  const isNew = new Set(changed);
  const changes = [...changed, ...previous.changes.filter((index) => !isNew.has(index))];
  const omitted = changes[MAX_CHANGES];
  if (omitted === undefined) return { base: previous.base, changes };
  // The whole generation of the first option that has no place: a reader asks for all changes since a generation.
  const base = previous.stamp(omitted);
  return { base, changes: changes.filter((index) => isNew.has(index) || previous.stamp(index) > base) };
}

function align(offset: number): number {
  return Math.ceil(offset / SEGMENT_ALIGNMENT) * SEGMENT_ALIGNMENT;
}
