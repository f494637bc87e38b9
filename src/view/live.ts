/**
 * What the fast path of live reads compares, and what sends reads to the slow path. Runs in readers. Must not reach
 * `schema/` or `files/`.
 */
import type { OptionValue } from '../common/value.js';
import type { OptionId } from '../names/option-id.js';

/** A test's values, which take precedence over those of any snapshot, by the options' ids. */
export interface Overrides {
  /** Returns the override of an option in the current asynchronous context; undefined if it has none. */
  get(id: OptionId): OptionValue | undefined;
  /** Returns all that {@link get} returns now, for a snapshot to keep. */
  visible(): ReadonlyMap<OptionId, OptionValue>;
}

/** A word that no publication equals, nor {@link NOTHING}. */
const NEVER_EQUAL = Int32Array.of(-1);

/** What a view that has read nothing has adopted. Not 0: other code may overwrite shared memory with zeros. */
export const NOTHING = -2;

/** Decides whether the live reads of one view may take the fast path. Plain data, as {@link Shared}. */
export interface Live {
  /**
   * A view of one word, the number of the last publication in the cell of the values. The fast path compares `word[0]`,
   * by a plain read, with {@link adopted}: `Atomics.load` takes several times as long. An aligned word cannot tear, and
   * a stale word only serves the previous, whole snapshot a little longer. The view has one word, so that the index is a
   * literal: a bundle keeps a named index in a variable, which makes each read slower.
   *
   * A word that never equals any publication sends every read to the slow path: while there are overrides, and for good
   * once the thread has released the store. A read pays nothing for either possibility.
   */
  word: Int32Array;
  /**
   * The publication that this view has adopted. All that its caches hold is of that publication, so this one comparison
   * is enough for all options. The view sets it last, when it has dropped from them what changed.
   */
  adopted: number;
  /** The number of the last publication, whatever {@link word} is; none once the thread has released the store. */
  published: Int32Array;
  /** Whether reads look for the store's successor. */
  isReleased: boolean;
}

/**
 * What all views of one store in a realm share, each of another copy of the library. Plain data, so that copies with
 * different code can share it: the names of its properties are a part of the number in `slot.ts`.
 */
export interface Shared {
  /** The overrides of each copy that has set some, the latest copy last. */
  overrides: readonly Overrides[];
  /** One for each view. */
  lives: readonly Live[];
}

/** Makes the state of a view, and adds it to `shared`. `published`: the word of the last publication. */
export function makeLive(published: Int32Array, adopted: number, shared: Shared): Live {
  const live = { word: shared.overrides.length > 0 ? NEVER_EQUAL : published, adopted, published, isReleased: false };
  shared.lives = [...shared.lives, live];
  return live;
}

/** Stands in for a store, in live objects that have not found one yet. */
export const NO_STORE: Live = { word: NEVER_EQUAL, adopted: NOTHING, published: NEVER_EQUAL, isReleased: false };

/** Replaces the overrides, for all views. */
export function setOverrides(shared: Shared, overrides: readonly Overrides[]): void {
  shared.overrides = overrides;
  for (const live of shared.lives) {
    live.word = overrides.length > 0 || live.isReleased ? NEVER_EQUAL : live.published;
  }
}

/** Sends all further reads of a view to the slow path. */
export function releaseLive(live: Live): void {
  live.isReleased = true;
  live.word = NEVER_EQUAL;
  // Whoever keeps `values` of the former store does not keep its memory.
  live.published = NEVER_EQUAL;
}
