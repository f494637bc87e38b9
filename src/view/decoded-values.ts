/**
 * The decoded values of a store in one thread: each is decoded once, whatever the number of generations that have it,
 * and whoever reads it: live objects, pinned snapshots, events. So a value is the same object until it changes. Runs in
 * readers.
 */
import type { EncodedSnapshot } from '../codec/decode.js';
import { UNSET_STAMP } from '../codec/flag-table.js';
import { isSameValue, type OptionValue } from '../common/value.js';
import type { OptionId } from '../names/option-id.js';
import type { Defaults } from './defaults.js';

/** The newest value of an option that this thread has read; undefined if it is a flag that is not set. */
interface Decoded {
  /** The last generation in which it is known to have changed. */
  stamp: number;
  value: OptionValue | undefined;
}

/**
 * The objects of one pinned snapshot that are no longer the newest values, by the option's id. Its snapshot keeps it,
 * and a weak reference does not: that would keep the snapshot's bytes until the thread returns to its event loop.
 */
interface Outlived {
  /** The generation of the snapshot. */
  readonly generation: number;
  readonly values: Map<OptionId, Readonly<Decoded>>;
}

/** The values that this thread has read, by the option's id. */
export class DecodedValues {
  readonly #defaults: Defaults;
  readonly #newest = new Map<OptionId, Decoded>();
  readonly #outlived = new WeakMap<EncodedSnapshot, Outlived>();
  /** The snapshot that the thread adopts; undefined for the first one. */
  #adopted: EncodedSnapshot | undefined;
  /** One for each snapshot that was pinned, not one for each value: a weak reference takes microseconds. */
  #pinned: readonly WeakRef<Outlived>[] = [];

  constructor(defaults: Defaults) {
    this.#defaults = defaults;
  }

  /** From now on, a read in `snapshot` returns the same object after a change as before it. */
  pin(snapshot: EncodedSnapshot): void {
    if (this.#outlived.has(snapshot)) return;
    const outlived: Outlived = { generation: snapshot.generation, values: new Map() };
    const kept = this.#pinned.filter((each) => each.deref() !== undefined);
    this.#pinned = [...kept, new WeakRef(outlived)];
    this.#outlived.set(snapshot, outlived);
  }

  /**
   * Returns the option's value in `snapshot`, or else its default; undefined if it is a flag that is not set.
   *
   * @throws {SnapshotFormatError} if the snapshot is not what the watcher wrote
   * @throws {SnapshotUnreadableError} if the default is needed, and cannot be read
   */
  read(snapshot: EncodedSnapshot, id: OptionId): OptionValue | undefined {
    const stamp = snapshot.stamp(id);
    // Nothing is kept for a name that is not set: there may be any number of them.
    if (stamp === UNSET_STAMP) return undefined;
    const newest = this.#newest.get(id);
    // Equal stamps, equal values: the option has not changed between the two snapshots.
    if (newest?.stamp === stamp) return newest.value;
    const outlived = this.#outlived.get(snapshot)?.values.get(id);
    if (outlived?.stamp === stamp) return outlived.value;

    const decoded = snapshot.decode(id);
    const value = decoded === undefined ? this.#defaults.value(id) : decoded;
    if (newest === undefined) {
      // No later reload would drop a flag by pattern that is already removed.
      if (typeof id === 'string' && this.#adopted?.isset(id) === false) this.#keep(id, stamp, value);
      else this.#newest.set(id, { stamp, value });
      return value;
    }
    // For example, a reload sets an option to its default, or two reloads change it back and forth.
    const kept = isSameValue(newest.value, value) ? newest.value : value;
    if (stamp < newest.stamp) {
      this.#keep(id, stamp, kept);
    } else {
      this.#keep(id, newest.stamp, newest.value);
      newest.stamp = stamp;
      newest.value = kept;
    }
    return kept;
  }

  /**
   * Call it before the thread adopts `newer`, with the flags by pattern that changed. Drops the newest values of those
   * that are removed. The pinned snapshots that have them keep them.
   */
  adopt(newer: EncodedSnapshot, flags: readonly string[]): void {
    for (const id of flags) if (!newer.isset(id)) this.#drop(id);
    this.#adopted = newer;
  }

  #drop(id: string): void {
    const newest = this.#newest.get(id);
    if (newest === undefined) return;
    this.#keep(id, newest.stamp, newest.value);
    this.#newest.delete(id);
  }

  /** Keeps an object for the pinned snapshots that may have it. Primitive values have no identity. */
  #keep(id: OptionId, stamp: number, value: OptionValue | undefined): void {
    if (typeof value !== 'object' || value === null) return;
    for (const each of this.#pinned) {
      const outlived = each.deref();
      if (outlived === undefined || stamp > outlived.generation) continue;
      // The snapshot has the last value up to its generation: `read` compares the stamps.
      const known = outlived.values.get(id);
      if (known === undefined || known.stamp < stamp) outlived.values.set(id, { stamp, value });
    }
  }
}
