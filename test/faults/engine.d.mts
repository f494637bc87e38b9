/** The result of one step and one way to stop, over all rounds. */
export interface FaultRow {
  readonly step: string;
  /** Whether the reload changes options. */
  readonly changes: boolean;
  readonly how: string;
  readonly expected: 'old' | 'new';
  /** How often all readers had the old or the new values and generation afterwards. */
  readonly old: number;
  readonly new: number;
  /** The number of reads by the attached thread meanwhile. */
  readonly reads: number;
  /** Failures in words: values of two generations, an older generation after a newer one, a wrong error, … */
  readonly failures: readonly string[];
}

/** A fault that was planted in the sources, and the failure that finds it; undefined if nothing does. */
export interface PlantedRow {
  readonly name: string;
  readonly found: string | undefined;
}

/**
 * Stops watchers at every step in every way, `times` times each; at `steps`, in `ways`, if they are given. Rejects if the
 * process fails.
 */
export function injectFaults(
  times: number,
  onRow: (row: FaultRow) => void,
  steps?: readonly object[],
  ways?: readonly string[],
): Promise<void>;

/** Plants faults in the sources, one after the other, and runs the check that must find each. */
export function plantFaults(onRow: (row: PlantedRow) => void): Promise<void>;

/** The result of one round: a process that was killed while it wrote its state directory. */
export interface KilledRow {
  readonly step: string;
  readonly passes: number;
  /** Whether a start on invalid files served what was kept before, or the new values. */
  readonly old: number;
  readonly new: number;
  readonly failures: readonly string[];
}

/** Kills `rounds` processes, at one step of writing after another. */
export function killWriters(rounds: number, onRow: (row: KilledRow) => void): Promise<void>;
