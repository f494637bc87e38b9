/** The event of a reload: what changed between two snapshots. Runs in any reader. */
import { isDeepStrictEqual } from 'node:util';
import type { DecodedSnapshot } from '../codec/decode.js';
import { SnapshotUnreadableError } from '../common/errors.js';
import type { OptionValue } from '../common/value.js';
import { forEachOption } from '../memory/catalog.js';
import type { StoreView } from './view.js';

/** An option whose value changed. */
export interface Change {
  /** The namespace of the option. */
  readonly namespace: string;
  /** The option's name. */
  readonly key: string;
  /** The value before; undefined if it is a feature flag that was not set, or its default cannot be read. */
  readonly oldValue: OptionValue | undefined;
  /** The value now; undefined if it is a feature flag that is no longer set, or its default cannot be read. */
  readonly newValue: OptionValue | undefined;
}

/** New values are live. One event covers all generations since the last event. */
export interface ReloadEvent {
  /** The generation that is live now. */
  readonly generation: number;
  /** The generation of the listener's last event, or the live one when the listener was registered. */
  readonly previousGeneration: number;
  /** The differences between the two generations, in the order of namespaces and options. Computed on first access. */
  readonly changes: readonly Change[];
}

/** Builds the event between two snapshots. Its changes are computed on first access. */
export function buildReloadEvent(view: StoreView, previous: DecodedSnapshot, current: DecodedSnapshot): ReloadEvent {
  let changes: readonly Change[] | undefined;
  return {
    generation: current.generation,
    previousGeneration: previous.generation,
    get changes() {
      changes ??= findChanges(view, previous, current);
      return changes;
    },
  };
}

function findChanges(view: StoreView, previous: DecodedSnapshot, current: DecodedSnapshot): Change[] {
  const changes: Change[] = [];
  forEachOption(view.catalog, (namespace, key, index) => {
    // An option that neither snapshot sets has its default in both.
    if (!previous.isset(index) && !current.isset(index)) return;
    const oldValue = read(view, previous, index);
    const newValue = read(view, current, index);
    if (!isDeepStrictEqual(oldValue, newValue)) changes.push({ namespace, key, oldValue, newValue });
  });
  return changes;
}

/** Never throws because of overwritten defaults: an error in a subscriber of a diagnostics channel ends the process. */
function read(view: StoreView, snapshot: DecodedSnapshot, index: number): OptionValue | undefined {
  try {
    return view.valueIn(snapshot, index);
  } catch (error) {
    if (!(error instanceof SnapshotUnreadableError)) throw error;
    // The view has logged it.
    return undefined;
  }
}
