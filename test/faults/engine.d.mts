/** What came of one step and one way, over all rounds. */
export interface FaultRow {
  readonly step: string;
  readonly how: string;
  readonly expected: 'old' | 'new';
  /** How often all readers had the old values afterwards, or the new ones. */
  readonly old: number;
  readonly new: number;
  /** Reads by the attached thread meanwhile. */
  readonly reads: number;
  /** What was wrong, in words: values of two generations, a generation that went back, a wrong error, … */
  readonly faults: readonly string[];
}

/** Stops watchers at every step in every way, `times` times each. */
export function injectFaults(times: number, onRow: (row: FaultRow) => void): Promise<void>;
