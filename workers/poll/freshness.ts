/** Decides whether the files must be loaded again. Runs in the watcher thread. Pure: compares signatures, reads no file. */

/** FAT has the coarsest timestamps of the file systems in use: two seconds. */
const TIMESTAMP_GRANULARITY_MS = 2_000;

/** Whether the last verdict on the files is one on their present bytes. All times are of the monotonic clock. */
export class Freshness {
  #signature: string | undefined;
  /** When a probe first returned that signature. */
  #signatureSince = 0;
  #isSettled = false;

  /** The signature of the last probe; undefined if there is none. */
  get signature(): string | undefined {
    return this.#signature;
  }

  /** Whether the files with that signature are loaded, for good. Otherwise the next poll loads them again. */
  get isSettled(): boolean {
    return this.#isSettled;
  }

  /** Notes what a probe returned at `now`. After a change, the files must be loaded. */
  probed(signature: string | undefined, now: number): void {
    if (signature !== undefined && signature === this.#signature) return;
    this.#signature = signature;
    this.#signatureSince = now;
    this.#isSettled = false;
  }

  /**
   * Notes that the load that began at `startedAt` has a verdict on the files.
   *
   * A further write within the granularity of the timestamps may leave the signature as it is. So a verdict counts for
   * good only if the load began later than that after the signature was first seen. Compares no times of files: the
   * clock of their server may differ from this one.
   *
   * @param isTransient whether the next poll must load again, although no file changes
   */
  settle(startedAt: number, isTransient = false): void {
    this.#isSettled =
      !isTransient && this.#signature !== undefined && startedAt - this.#signatureSince > TIMESTAMP_GRANULARITY_MS;
  }

  /** Notes that there was no file to load: a missing directory has no timestamps to wait for. */
  settleMissing(): void {
    this.#isSettled = this.#signature !== undefined;
  }

  /** Makes the next poll load the files again. */
  unsettle(): void {
    this.#isSettled = false;
  }
}
