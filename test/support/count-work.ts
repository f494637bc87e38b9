/**
 * Counts how much JavaScript some work runs, with V8's coverage: the sum of how often each block ran. Unlike a time, the
 * count is the same on a busy machine. It does not see what native functions do, such as regular expressions.
 */
import { Session } from 'node:inspector';

interface Coverage {
  readonly result: readonly {
    readonly functions: readonly { readonly ranges: readonly { readonly count: number }[] }[];
  }[];
}

/** Counts the work in this thread between calls of {@link count}. Close it at the end. */
export class WorkCounter {
  readonly #session = new Session();

  constructor() {
    this.#session.connect();
    this.#post('Profiler.enable');
    this.#post('Profiler.startPreciseCoverage', { callCount: true, detailed: true });
  }

  /** Returns the number of blocks that `work` runs. */
  count(work: () => void): number {
    this.#take();
    work();
    return this.#take();
  }

  close(): void {
    this.#post('Profiler.stopPreciseCoverage');
    this.#session.disconnect();
  }

  /** Returns the count since the last call. */
  #take(): number {
    const { result } = this.#post('Profiler.takePreciseCoverage') as unknown as Coverage;
    let count = 0;
    for (const { functions } of result) {
      for (const { ranges } of functions) for (const range of ranges) count += range.count;
    }
    return count;
  }

  /** Sends a command to the inspector, which answers it before this returns. */
  #post(method: string, parameters: object = {}): object {
    let answer: object = {};
    this.#session.post(method, parameters, (error, result) => {
      if (error !== null) throw error;
      answer = result ?? {};
    });
    return answer;
  }
}
