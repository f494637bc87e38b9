/**
 * The decoded values of a store in one thread: each is decoded once, whatever the number of generations that have it,
 * and whoever reads it: live objects, pinned snapshots, events. So a value is the same object until it changes. Runs in
 * readers.
 */
import type { EncodedSnapshot } from '../codec/decode.js';
import { isSameValue, type OptionValue } from '../common/value.js';
import type { Defaults } from './defaults.js';

/** The newest value of an option that this thread has read; undefined if it is a flag that is not set. */
interface Decoded {
  /** The last generation in which it is known to have changed. */
  stamp: number;
  /** The first generation in which it is known to have been the same. In between, it may have changed, and back. */
  since: number;
  value: OptionValue | undefined;
  /** Objects of older generations, as long as something else keeps them. */
  older: readonly Older[];
}

interface Older {
  readonly stamp: number;
  readonly value: WeakRef<object>;
}

/** The values that this thread has read, by the option's index. */
export class DecodedValues {
  /**
   * The last generation that was pinned, by a snapshot or an event. Values of later generations are not remembered: a
   * thread that pins nothing has no weak references, which keep their values until the thread returns to its event loop.
   */
  pinned = 0;
  readonly #defaults: Defaults;
  readonly #newest = new Map<number, Decoded>();

  constructor(defaults: Defaults) {
    this.#defaults = defaults;
  }

  /**
   * Returns the option's value in `snapshot`, or else its default; undefined if it is a flag that is not set.
   *
   * @throws {SnapshotFormatError} if the snapshot is not what the watcher wrote
   * @throws {SnapshotUnreadableError} if the default is needed, and cannot be read
   */
  read(snapshot: EncodedSnapshot, index: number): OptionValue | undefined {
    const stamp = snapshot.stamp(index);
    const newest = this.#newest.get(index);
    // Equal stamps, equal values: the option has not changed between the two snapshots.
    if (newest?.stamp === stamp) return newest.value;
    const older = newest?.older.find((each) => each.stamp === stamp)?.value.deref();
    if (older !== undefined) return older as OptionValue;

    const decoded = snapshot.decode(index);
    const value = decoded === undefined ? this.#defaults.value(index) : decoded;
    if (newest === undefined) {
      this.#newest.set(index, { stamp, since: stamp, value, older: [] });
      return value;
    }
    // For example, a reload sets an option to its default, or two reloads change it back and forth.
    if (isSameValue(newest.value, value)) {
      newest.stamp = Math.max(newest.stamp, stamp);
      newest.since = Math.min(newest.since, stamp);
      return newest.value;
    }
    const kept = findSame(newest.older, value) ?? value;
    if (stamp < newest.stamp) {
      newest.older = remember(newest.older, stamp, kept);
      return kept;
    }
    const outlived = newest.since <= this.pinned ? newest.value : undefined;
    newest.older = remember(newest.older, newest.stamp, outlived);
    newest.stamp = stamp;
    newest.since = stamp;
    newest.value = kept;
    return kept;
  }
}

/** Returns the remembered object that is the same JSON as `value`. */
function findSame(older: readonly Older[], value: OptionValue | undefined): OptionValue | undefined {
  for (const each of older) {
    const known = each.value.deref() as OptionValue | undefined;
    if (known !== undefined && isSameValue(known, value)) return known;
  }
  return undefined;
}

/**
 * Adds a value of an older generation, weakly, since a pinned snapshot may read it again, or nothing may. Drops values
 * that nothing keeps. Each object once: a default, which never dies, may become old any number of times.
 */
function remember(older: readonly Older[], stamp: number, value: OptionValue | undefined): readonly Older[] {
  // Primitive values have no identity.
  const object = typeof value === 'object' && value !== null ? value : undefined;
  if (older.length === 0 && object === undefined) return older;
  const others = older.filter((each) => {
    const known = each.value.deref();
    return known !== undefined && known !== object;
  });
  return object === undefined ? others : [...others, { stamp, value: new WeakRef(object) }];
}
