/** The result of one step and one way to stop, over all rounds. */
export interface FaultRow {
  readonly step: string;
  readonly how: string;
  readonly expected: 'old' | 'new';
  /** How often all readers had the old or the new values afterwards. */
  readonly old: number;
  readonly new: number;
  /** The number of reads by the attached thread meanwhile. */
  readonly reads: number;
  /** Failures in words: values of two generations, an older generation after a newer one, a wrong error, … */
  readonly failures: readonly string[];
}

/** Stops watchers at every step in every way, `times` times each. Rejects if the process fails. */
export function injectFaults(times: number, onRow: (row: FaultRow) => void): Promise<void>;
