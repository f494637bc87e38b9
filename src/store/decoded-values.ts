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
  value: OptionValue | undefined;
  /** Objects of older generations, as long as something else keeps them. */
  older: readonly { readonly stamp: number; readonly value: WeakRef<object> }[];
}

/** The values that this thread has read, by the option's index. */
export class DecodedValues {
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
      this.#newest.set(index, { stamp, value, older: [] });
      return value;
    }
    // For example, a reload sets an option to its default, or two reloads change it back and forth.
    if (isSameValue(newest.value, value)) {
      newest.stamp = Math.max(newest.stamp, stamp);
      return newest.value;
    }
    if (stamp < newest.stamp) {
      remember(newest, stamp, value);
      return value;
    }
    remember(newest, newest.stamp, newest.value);
    newest.stamp = stamp;
    newest.value = value;
    return value;
  }
}

/** Keeps a value of an older generation, weakly: a pinned snapshot may read it again, or nothing may. */
function remember(newest: Decoded, stamp: number, value: OptionValue | undefined): void {
  // Primitive values have no identity.
  if (typeof value !== 'object' || value === null) return;
  const alive = newest.older.filter((each) => each.value.deref() !== undefined);
  newest.older = [...alive, { stamp, value: new WeakRef(value) }];
}
