/** The hashes of the values files, which evaluations report. Runs in the thread that evaluates. */
import { EMPTY_STATUS_RECORD, type StatusRecord } from '../status/record.js';

/**
 * The hashes of one store's values files. They are in the status record, which the watcher writes after the values: at
 * any moment it may describe an older generation than a thread has adopted, and the next moment a newer one.
 */
export class ValuesHashes {
  readonly #readRecord: () => StatusRecord | undefined;
  /** The generation of the last record that described what this thread read. */
  #generation = 0;
  #namespaces = EMPTY_STATUS_RECORD.namespaces;

  /** `readRecord`: returns the newest status record; undefined if this thread cannot read it. */
  constructor(readRecord: () => StatusRecord | undefined) {
    this.#readRecord = readRecord;
  }

  /**
   * Returns the hash of the values file of `namespace` in `generation`, the one that this thread has adopted; undefined if
   * there is no such file, or if the newest status describes another generation. It takes no more than a comparison if
   * the last call was for the same generation.
   */
  find(namespace: string, generation: number): string | undefined {
    if (generation !== this.#generation) {
      const record = this.#readRecord();
      // The hash of another generation would name values that did not decide.
      if (record?.generation !== generation) return undefined;
      this.#generation = generation;
      this.#namespaces = record.namespaces;
    }
    return this.#namespaces[namespace]?.valuesHash ?? undefined;
  }
}
