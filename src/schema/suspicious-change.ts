/**
 * Finds changes of one namespace's values that are valid, but look like a mistake: a blank file, half of the options gone,
 * most flags off. Pure; runs with the validator, never in a reader.
 */
import type { OptionValue } from '../common/value.js';
import { isOffForEverybody, isOnForEverybody } from '../features/everybody.js';
import type { Feature } from '../features/feature.js';

/** A file that sets nothing is suspicious if the file before it set this many options or more. */
const LEAST_SET = 5;
/**
 * The fewest options that a suspicious change unsets, and the fewest flags that it turns off. People unset one option, or
 * turn off one flag, on purpose: it may be the only one, and a kill switch.
 */
const LEAST_CHANGED = 2;

/** The options and flags that were set, by name. */
export interface SetValues {
  /** Lists their names. */
  keys(): Iterable<string>;
  get(name: string): OptionValue | undefined;
}

/** Why a change is suspicious: the counts of the rules that it breaks. */
export interface Suspicion {
  /** How many options were set; undefined unless none is set any more. */
  readonly blanked: number | undefined;
  /** How many of the options that were set are unset; undefined unless these are more than half. */
  readonly unset: { readonly count: number; readonly of: number } | undefined;
  /** How many of the flags that were on for everybody are off; undefined unless these are more than half. */
  readonly turnedOff: { readonly count: number; readonly of: number } | undefined;
}

/**
 * Finds out whether a change is suspicious. Reads the values of flags only.
 *
 * @param before what the last values set
 * @param after what the new values set
 * @param isFlag whether the option with this name is a flag
 * @param leastChanged for measurements: see {@link LEAST_CHANGED}
 */
export function findSuspicion(
  before: SetValues,
  after: ReadonlyMap<string, OptionValue>,
  isFlag: (name: string) => boolean,
  leastChanged: number = LEAST_CHANGED,
): Suspicion | undefined {
  const names = [...before.keys()];
  const count = names.filter((name) => !after.has(name)).length;
  const blanked = after.size === 0 && names.length >= LEAST_SET ? names.length : undefined;
  const unset = isMost(count, names.length, leastChanged) ? { count, of: names.length } : undefined;
  const turnedOff = findTurnedOff(before, names.filter(isFlag), after, leastChanged);
  if (blanked === undefined && unset === undefined && turnedOff === undefined) return undefined;
  return { blanked, unset, turnedOff };
}

function findTurnedOff(
  before: SetValues,
  flags: readonly string[],
  after: ReadonlyMap<string, OptionValue>,
  leastChanged: number,
): Suspicion['turnedOff'] {
  const wasOn = (name: string) => isOnForEverybody(before.get(name) as Feature);
  const isOff = (name: string) => {
    const value = after.get(name);
    return value === undefined || isOffForEverybody(value as Feature);
  };
  // Few flags are off now and were not: only of these, and of all others only after two, the old values are decoded.
  const count = flags.filter((name) => isOff(name) && wasOn(name)).length;
  if (count < leastChanged) return undefined;
  const of = flags.filter(wasOn).length;
  return isMost(count, of, leastChanged) ? { count, of } : undefined;
}

/** Whether `count` is more than half of `all`, and enough. */
function isMost(count: number, all: number, least: number): boolean {
  return 2 * count > all && count >= least;
}

/** Describes a suspicion as a clause whose subject is the values. */
export function describeSuspicion({ blanked, unset, turnedOff }: Suspicion): string {
  const clauses: string[] = [];
  if (blanked !== undefined) clauses.push(`set nothing, and the last ones set ${blanked} options`);
  else if (unset !== undefined) clauses.push(`unset ${unset.count} of ${unset.of} options`);
  if (turnedOff !== undefined) {
    clauses.push(`turn off ${turnedOff.count} of ${turnedOff.of} flags that are on for everybody`);
  }
  return clauses.join(', and ');
}
