/** Puts the segments of all namespaces into one snapshot. Runs in the watcher thread. The layout is in `frame.ts`. */
import type { EncodedSnapshot } from './decode.js';
import {
  BASE_WORD,
  CHANGES_WORD,
  ENTRY_FIRST_INDEX,
  ENTRY_LENGTH,
  ENTRY_OFFSET,
  type EncodedSegment,
  FRAME_MAGIC,
  GENERATION_WORD,
  locateChanges,
  locateEntry,
  locateStamps,
  MAGIC_WORD,
  NAMESPACES_WORD,
  OPTIONS_WORD,
  type Shape,
  VERSION_WORD,
} from './frame.js';
import { Layout } from './generated/layout.js';

/** The longest list of changes, 4 KiB. A reader that the list does not reach drops all that it has cached. */
const MAX_CHANGES = 1_024;
const SEGMENT_ALIGNMENT = 8;

/** The parts of a snapshot. */
export interface SnapshotParts {
  /** The generation that publishes these values. */
  readonly generation: number;
  /** One segment for each namespace, in the catalog's order. */
  readonly segments: readonly EncodedSegment[];
  /** The snapshot before this one; undefined if there is none. */
  readonly previous?: EncodedSnapshot | undefined;
  /** The indexes of the options that differ from `previous`, in their value or in whether they are set; ascending. */
  readonly changed?: readonly number[] | undefined;
}

/** Puts `segments` into one snapshot. Allocates once, exactly what it needs: a snapshot may have 64 MiB. */
export function composeSnapshot({
  generation,
  segments,
  previous,
  changed = [],
}: SnapshotParts): Uint8Array<ArrayBuffer> {
  const optionCount = segments.reduce((sum, { count }) => sum + count, 0);
  const shape = { namespaceCount: segments.length, optionCount };
  const { base, changes } = listChanges(generation, previous, changed);
  const frameWords = locateChanges(shape) + changes.length;
  const bytes = new Uint8Array(segments.reduce((end, segment) => align(end) + segment.bytes.length, 4 * frameWords));
  const words = new Int32Array(bytes.buffer, 0, frameWords);
  words[MAGIC_WORD] = FRAME_MAGIC;
  words[VERSION_WORD] = Layout.Version;
  words[GENERATION_WORD] = generation;
  words[NAMESPACES_WORD] = segments.length;
  words[OPTIONS_WORD] = optionCount;
  words[BASE_WORD] = base;
  words[CHANGES_WORD] = changes.length;

  const stamps = words.subarray(locateStamps(shape), locateChanges(shape));
  if (previous === undefined) stamps.fill(generation);
  else stamps.set(previous.stamps);
  for (const index of changed) stamps[index] = generation;
  words.set(changes, locateChanges(shape));

  let firstIndex = 0;
  let end = 4 * frameWords;
  segments.forEach((segment, ordinal) => {
    const entry = locateEntry(ordinal);
    const offset = align(end);
    words[entry + ENTRY_FIRST_INDEX] = firstIndex;
    words[entry + ENTRY_OFFSET] = offset;
    words[entry + ENTRY_LENGTH] = segment.bytes.length;
    bytes.set(segment.bytes, offset);
    firstIndex += segment.count;
    end = offset + segment.bytes.length;
  });
  return bytes;
}

/** Returns the most bytes that a frame may take. */
export function measureFrame(shape: Shape): number {
  return 4 * (locateChanges(shape) + MAX_CHANGES) + SEGMENT_ALIGNMENT * shape.namespaceCount;
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
