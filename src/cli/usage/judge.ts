/** Judges which options and flags are needed, by what all processes report. Reads files, to name lines. */
import { type FlagState, judgeFlag } from '../../status/judge-flag.js';
import type { AskedProcess } from './ask.js';
import type { MergedFlag, MergedOption, UsageMerge } from './merge.js';
import { findPlaces, type Place } from './places.js';

/** `unused`: no process has read the option. */
export type OptionState = 'unused' | 'used';

/** What the report says of an option. */
export interface JudgedOption extends Omit<MergedOption, 'directories'> {
  readonly state: OptionState;
  /** The lines to delete: none if the option is used, or if its files are not here. */
  readonly places: readonly Place[];
}

/** What the report says of a flag. */
export interface JudgedFlag extends Omit<MergedFlag, 'directories'> {
  /** By the counts of all processes together. */
  readonly state: FlagState;
  /** As of an option. */
  readonly places: readonly Place[];
}

/** The report, as `usage --json` prints it. */
export interface UsageReport {
  /** Whether all processes have answered, with exact counts. If not, something that looks unused may be used. */
  readonly isComplete: boolean;
  readonly processes: readonly AskedProcess[];
  readonly options: readonly JudgedOption[];
  readonly flags: readonly JudgedFlag[];
}

/** Builds the report of the processes whose answers are in `merge`. */
export function buildReport(processes: readonly AskedProcess[], merge: UsageMerge): UsageReport {
  const options = merge.options.map((option) => ({ option, state: judgeOption(option) }));
  const flags = merge.flags.map((flag) => ({ flag, state: judgeFlag(flag, flag.readBy > 0) }));
  const places = findPlaces(
    [
      ...options.filter(({ state }) => state !== 'used').map(({ option }) => option),
      ...flags.filter(({ state }) => state !== 'used').map(({ flag }) => flag),
    ],
    merge.directories,
  );
  return {
    isComplete: processes.every(isExact),
    processes,
    options: options.map(({ option, state }) => {
      const { directories: _, namespace, key, ...rest } = option;
      return { namespace, key, state, ...rest, places: places.get(option) ?? [] };
    }),
    flags: flags.map(({ flag, state }) => {
      const { directories: _, namespace, flag: name, ...rest } = flag;
      return { namespace, flag: name, state, ...rest, places: places.get(flag) ?? [] };
    }),
  };
}

/** Whether a process has answered, with exact counts. */
export function isExact({ error, problem }: AskedProcess): boolean {
  return error === null && problem === null;
}

function judgeOption({ readBy }: MergedOption): OptionState {
  return readBy === 0 ? 'unused' : 'used';
}
