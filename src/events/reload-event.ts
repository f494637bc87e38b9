/** The event of a reload: what changed between two snapshots. Runs in any reader. */
import type { EncodedSnapshot } from '../codec/decode.js';
import { SnapshotUnreadableError } from '../common/errors.js';
import { isSameValue, type OptionValue } from '../common/value.js';
import type { Catalog, CatalogNamespace } from '../names/catalog.js';
import type { OptionId } from '../names/option-id.js';
import type { Reading, StoreView } from '../view/view.js';

/** An option whose value changed. */
export interface Change<K extends string = string, V = OptionValue | undefined> {
  /** The namespace of the option. */
  readonly namespace: string;
  /** The option's name. */
  readonly key: K;
  /** The value before; undefined if it is a feature flag that was not set, or its default cannot be read. */
  readonly oldValue: V;
  /** The value now; undefined if it is a feature flag that is no longer set, or its default cannot be read. */
  readonly newValue: V;
}

/** New values are live. One event covers all generations since the last event. */
export interface ReloadEvent {
  /** The generation that is live now. */
  readonly generation: number;
  /** The generation of the listener's last event, or the live one when the listener was registered. */
  readonly previousGeneration: number;
  /**
   * The differences between the two generations, in the order of namespaces and options, flags by pattern last. Computed
   * on first access.
   */
  readonly changes: readonly Change[];
}

/**
 * Builds the event between two readings. Its changes are computed on first access, so it pins both until then: for ever, if
 * nobody asks.
 */
export function buildReloadEvent(view: StoreView, previous: Reading, current: Reading): ReloadEvent {
  let changes: readonly Change[] | undefined;
  let readings: readonly Reading[] = [previous, current];
  for (const reading of readings) view.pinAgain(reading);
  const [{ generation: previousGeneration }, { generation }] = [previous, current];
  return {
    generation,
    previousGeneration,
    get changes() {
      if (changes === undefined) {
        const [before, after] = readings as [Reading, Reading];
        changes = findChanges(view, before.snapshot, after.snapshot);
        for (const reading of readings) view.unpin(reading);
        readings = [];
      }
      return changes;
    },
  };
}

function findChanges(view: StoreView, previous: EncodedSnapshot, current: EncodedSnapshot): Change[] {
  const changes: Change[] = [];
  let namespace: CatalogNamespace | undefined;
  for (const id of listCandidates(view.catalog, previous, current)) {
    const oldValue = tryRead(() => view.valueIn(previous, id));
    const newValue = tryRead(() => view.valueIn(current, id));
    // For example, a reload set the option to its default.
    if (isSameValue(oldValue, newValue)) continue;
    // Once for all changes of a namespace.
    if (namespace?.ordinal !== view.catalog.ordinalOf(id)) {
      namespace = tryRead(() => view.names.read((catalog) => catalog.namespaceOf(id)));
    }
    const key = tryRead(() => view.names.read(() => namespace?.keyOf(id)));
    if (namespace !== undefined && key !== undefined) {
      changes.push({ namespace: namespace.name, key, oldValue, newValue });
    }
  }
  return changes;
}

/** Lists the options that may differ, in the catalog's order. Takes time for these only. */
export function listCandidates(
  catalog: Catalog,
  previous: EncodedSnapshot,
  current: EncodedSnapshot,
): Iterable<OptionId> {
  if (previous === current) return [];
  const changed: OptionId[] =
    current.changedSince(previous.generation)?.sort((a, b) => a - b) ??
    [...current.stamps.keys()].filter((index) => current.stamp(index) !== previous.stamp(index));
  const flags = current.flags.changedSince(previous.flags);
  return flags.length === 0 ? changed : [...changed, ...flags].sort((a, b) => catalog.compare(a, b));
}

/**
 * Returns undefined if other code has overwritten the defaults or the names. Does not throw because of that: an error in
 * a subscriber of a diagnostics channel ends the process.
 */
function tryRead<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof SnapshotUnreadableError)) throw error;
    // The view has logged it.
    return undefined;
  }
}
