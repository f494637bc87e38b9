/** Finds the options that a load changed, and puts the new snapshot together. Runs in the watcher thread. Pure. */
import { type Differences, findDifferences, SegmentView } from '../../src/codec/compare.js';
import { composeSnapshot } from '../../src/codec/compose.js';
import type { EncodedSnapshot } from '../../src/codec/decode.js';
import type { EncodedSegment } from '../../src/codec/frame.js';
import { makePatternFlagId, type OptionId } from '../../src/names/option-id.js';
import type { NamespaceSchema } from '../../src/schema/namespace-schema.js';
import { encodeDefaults } from '../../src/schema/share-schemas.js';
import { LoadMemory } from './load-memory.js';
import type { Loaded } from './results.js';

/** The last published snapshot. */
interface PublishedSnapshot {
  /** The generation of the last reload. */
  readonly generation: number;
  readonly snapshot: EncodedSnapshot;
}

/** Puts the snapshot of a first load together. */
export function composeFirst(segments: readonly EncodedSegment[]): Pick<Loaded, 'payload' | 'changes'> {
  return { payload: composeSnapshot({ generation: 1, segments }), changes: new Map() };
}

/**
 * Compares new values with the published ones, and puts the snapshot together if an option changed.
 *
 * @param segments the values of each namespace; undefined if its file has the published bytes
 */
export function composeReload(
  schemas: readonly NamespaceSchema[],
  segments: readonly (EncodedSegment | undefined)[],
  { generation, snapshot }: PublishedSnapshot,
  memory = new LoadMemory(),
): Pick<Loaded, 'payload' | 'changes'> {
  const changes = new Map<string, readonly string[]>();
  const changed: OptionId[] = [];
  let firstIndex = 0;
  for (const [ordinal, schema] of schemas.entries()) {
    const after = segments[ordinal];
    if (after !== undefined) {
      const before = snapshot.segment(ordinal);
      const differences = findDifferences(before, after);
      for (const place of differences.places) changed.push(firstIndex + place);
      for (const flag of differences.flags) changed.push(makePatternFlagId(ordinal, flag));
      changes.set(schema.namespace, findChangedKeys(schema, before, after, differences));
    }
    firstIndex += schema.options.size;
  }
  if (changed.length === 0) return { payload: undefined, changes };
  return {
    payload: composeSnapshot({
      generation: generation + 1,
      segments,
      previous: snapshot,
      changed,
      target: (length) => memory.takeSnapshot(length, snapshot.bytes),
    }),
    changes,
  };
}

/** Lists the options and flags that read as another value: not those that a file newly sets to their default. */
function findChangedKeys(
  schema: NamespaceSchema,
  before: EncodedSegment,
  after: EncodedSegment,
  { places, flags }: Differences,
): readonly string[] {
  if (places.length === 0) return flags;
  const [old, current] = [new SegmentView(before), new SegmentView(after)];
  let defaults: SegmentView | undefined;
  const keys = [...schema.options.keys()];
  const readsAnew = (place: number) => {
    if (old.isset(place) && current.isset(place)) return true;
    defaults ??= new SegmentView(encodeDefaults(schema));
    // A flag has no default, which equals no value.
    return !(old.isset(place) ? old : current).equals(place, defaults);
  };
  return [...places.filter(readsAnew).map((place) => keys[place] as string), ...flags];
}
