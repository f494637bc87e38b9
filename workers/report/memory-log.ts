/** Logs that other code overwrites the shared memory: once until it is intact again. Runs in the watcher thread. */
import type { Log } from '../../src/common/log.js';

const LOOK_FOR_CODE = 'Look for native code that writes outside of its memory.';

/** Logs what the verification of the memory finds, and remembers what it has logged. */
export class MemoryLog {
  readonly #log: Log;
  /** The last message; undefined while the memory is intact. */
  #overwritten: 'status' | 'unpublished' | 'published' | undefined;

  constructor(log: Log) {
    this.#log = log;
  }

  /**
   * Logs that other code has overwritten the values in shared memory.
   *
   * @param generation as which they are published again; undefined if the system has no memory for that now
   */
  overwritten(generation: number | undefined): void {
    const state = generation === undefined ? 'unpublished' : 'published';
    if (this.#overwritten === state) return;
    this.#overwritten = state;
    this.#log(
      'memory-overwritten',
      generation === undefined
        ? 'Other code of this process has overwritten the published values in shared memory, and the system has no ' +
            `memory to publish them again. The watcher tries again at each poll. ${LOOK_FOR_CODE}`
        : 'Other code of this process has overwritten the published values in shared memory; ' +
            `they are published again, as generation ${generation}. ${LOOK_FOR_CODE}`,
      { generation },
    );
  }

  /** Logs that other code has overwritten the status alone, which is written again. */
  statusOverwritten(): void {
    if (this.#overwritten !== undefined) return;
    this.#overwritten = 'status';
    this.#log(
      'memory-overwritten',
      `Other code of this process has overwritten the status in shared memory; it is written again. ${LOOK_FOR_CODE}`,
    );
  }

  /** Notes that the shared memory holds what was published. */
  intact(): void {
    this.#overwritten = undefined;
  }
}
