/**
 * What this thread notes of its reads, for the report which options and flags are used: marks, and its own row of counters.
 * Runs in readers, outside of the fast path. The memory is in `memory/usage-memory.ts`.
 */
import { threadId } from 'node:worker_threads';
import type { EncodedSnapshot } from '../codec/decode.js';
import { identifyThread } from '../common/kernel-thread.js';
import { type Counter, UNCOUNTED } from '../features/counter.js';
import { UsageMemory } from '../memory/usage-memory.js';
import type { OptionId } from '../names/option-id.js';

/** Notes the reads of one view. Does nothing if the store counts nothing. */
export class OwnUsage {
  readonly #memory: UsageMemory | undefined;
  readonly #getSnapshot: () => EncodedSnapshot | undefined;
  /** Undefined until this thread evaluates a flag; null if it found none. */
  #row: Int32Array | undefined | null;

  /**
   * @param getSnapshot returns the newest snapshot, which has the numbers of flags by pattern. A read marks before it adopts:
   *   with an older snapshot, it would miss a flag that is new, and no later read comes here
   */
  constructor(buffer: SharedArrayBuffer | null, optionCount: number, getSnapshot: () => EncodedSnapshot | undefined) {
    this.#memory = buffer === null ? undefined : new UsageMemory(buffer, optionCount);
    this.#getSnapshot = getSnapshot;
  }

  /** Notes that the host has read an option. */
  markRead(id: OptionId): void {
    const place = this.#placeOf(id);
    if (place !== undefined) this.#memory?.markRead(place);
  }

  /** Returns where this thread counts the evaluations of a flag. */
  counterOf(id: OptionId): Counter {
    const memory = this.#memory;
    const place = this.#placeOf(id);
    const flag = place === undefined ? undefined : memory?.flagOf(place);
    if (memory === undefined || flag === undefined) return UNCOUNTED;
    if (this.#row === undefined) this.#row = memory.takeRow(threadId, identifyThread()) ?? null;
    return this.#row === null ? UNCOUNTED : { words: this.#row, at: memory.wordOf(flag), rest: memory };
  }

  /** Returns an option's place in the tables; undefined for a flag by pattern that is not set, or not counted. */
  #placeOf(id: OptionId): number | undefined {
    if (typeof id === 'number') return id;
    const number = this.#getSnapshot()?.flags.number(id);
    return number === undefined ? undefined : this.#memory?.placeOf(number);
  }
}
