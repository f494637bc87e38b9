/** Merges what many processes report of their options and flags. Pure. */
import type { FeatureOwner } from '../../features/feature.js';
import type { FlagUsageAnswer, UsageAnswer } from '../../status/answers.js';
import type { OptionUsage } from '../../status/usage.js';
import { CommandError } from '../terminal/errors.js';

/** For how long processes have counted, in milliseconds, each by its own clock. */
export interface Period {
  /** In this period all of them counted: what is said of all is true of it. */
  readonly shortest: number;
  readonly longest: number;
}

/** The processes that declare an option or a flag. Others cannot read it, whatever they do. */
interface Declared {
  readonly namespace: string;
  declaredBy: number;
  readBy: number;
  /** The first of all first reads; null if no process has read it. */
  firstReadAt: string | null;
  countedMs: Period;
  /** The base directories of these processes, as indexes of {@link UsageMerge.directories}. */
  readonly directories: number[];
}

/** An option, in all processes. */
export interface MergedOption extends Declared {
  readonly key: string;
}

/** A flag, in all processes. */
export interface MergedFlag extends Declared {
  readonly flag: string;
  evaluatedBy: number;
  on: number;
  off: number;
  errors: number;
  lastEvaluatedAt: string | null;
  /** Whether the values of a process set it. */
  isset: boolean;
  /** Of the first process that shows it; null if none does. Likewise `createdAt`. */
  owner: FeatureOwner | null;
  createdAt: string | null;
}

/** The answer of one process. */
export interface ProcessUsage {
  readonly usage: UsageAnswer;
  /** The time of the answer by the process's clock, in milliseconds since 1970. */
  readonly now: number;
  /** The base directory, if its files may be on this machine. */
  readonly directory: string | undefined;
}

/** The most options and flags of all processes: more are no schemas, but a program that fills this one's memory. */
const MAX_ENTRIES = 2 ** 18;

/** The report of all processes so far. Keeps no answer. */
export class UsageMerge {
  /** The base directories of the processes. */
  readonly directories: string[] = [];
  readonly #only: string | undefined;
  readonly #maxEntries: number;
  readonly #options = new Map<string, MergedOption>();
  readonly #flags = new Map<string, MergedFlag>();
  /** What the current process has declared: a hostile answer may name an option twice. */
  readonly #seen = new Set<Declared>();

  /** @param only the only namespace; undefined for all */
  constructor(only: string | undefined, maxEntries: number = MAX_ENTRIES) {
    this.#only = only;
    this.#maxEntries = maxEntries;
  }

  /** By namespace, then in the order of the first process that declares them. */
  get options(): readonly MergedOption[] {
    return sort(this.#options);
  }

  /** As {@link options}. */
  get flags(): readonly MergedFlag[] {
    return sort(this.#flags);
  }

  /**
   * Adds the answer of a process.
   *
   * @throws {CommandError} if all processes together have too many options
   */
  add({ usage, now, directory }: ProcessUsage): void {
    this.#seen.clear();
    const place = { countedMs: countedMs(usage, now), directory: this.#indexOf(directory) };
    for (const option of usage.options) this.#addOption(option, place);
    for (const flag of usage.flags) this.#addFlag(flag, place);
  }

  #addOption({ namespace, key, firstReadAt }: OptionUsage, place: Place): void {
    const merged = this.#declare(this.#options, namespace, key, place, (declared) => ({ ...declared, key }));
    if (merged !== undefined) addRead(merged, firstReadAt);
  }

  #addFlag(answer: FlagUsageAnswer, place: Place): void {
    const { namespace, flag, on, off, errors, lastEvaluatedAt, firstReadAt, isset, owner, createdAt } = answer;
    const merged = this.#declare(this.#flags, namespace, flag, place, (declared) => ({
      ...declared,
      flag,
      evaluatedBy: 0,
      on: 0,
      off: 0,
      errors: 0,
      lastEvaluatedAt: null,
      isset: false,
      owner: null,
      createdAt: null,
    }));
    if (merged === undefined) return;
    addRead(merged, firstReadAt);
    if (on + off + errors > 0) merged.evaluatedBy++;
    merged.on += on;
    merged.off += off;
    merged.errors += errors;
    merged.lastEvaluatedAt = choose(merged.lastEvaluatedAt, lastEvaluatedAt, (old, other) => other > old);
    merged.isset ||= isset;
    merged.createdAt ??= createdAt ?? null;
    merged.owner ??= owner === undefined ? null : { team: owner.team, email: owner.email ?? null };
  }

  /** Returns what is known of a name, which the process declares; undefined if it does not count. */
  #declare<T extends Declared>(
    entries: Map<string, T>,
    namespace: string,
    name: string,
    { countedMs: period, directory }: Place,
    make: (declared: Declared) => T,
  ): T | undefined {
    if (this.#only !== undefined && namespace !== this.#only) return undefined;
    const id = JSON.stringify([namespace, name]);
    let entry = entries.get(id);
    if (entry === undefined) {
      if (this.#options.size + this.#flags.size === this.#maxEntries) {
        throw new CommandError(
          `the processes must have at most ${this.#maxEntries} options and flags; got more. Ask fewer of them, or use --namespace`,
        );
      }
      const countedMs = { shortest: period, longest: period };
      entry = make({ namespace, declaredBy: 0, readBy: 0, firstReadAt: null, countedMs, directories: [] });
      entries.set(id, entry);
    } else if (this.#seen.has(entry)) return undefined;
    this.#seen.add(entry);
    entry.declaredBy++;
    entry.countedMs = extend(entry.countedMs, period);
    if (directory !== undefined && !entry.directories.includes(directory)) entry.directories.push(directory);
    return entry;
  }

  #indexOf(directory: string | undefined): number | undefined {
    if (directory === undefined) return undefined;
    const index = this.directories.indexOf(directory);
    return index < 0 ? this.directories.push(directory) - 1 : index;
  }
}

/** What an entry keeps of a process. */
interface Place {
  readonly countedMs: number;
  readonly directory: number | undefined;
}

/** Returns for how long a process has counted, in milliseconds: 0 if its clock was set back since. */
export function countedMs({ since }: Pick<UsageAnswer, 'since'>, now: number): number {
  return Math.max(0, now - Date.parse(since));
}

/** Returns the period that also has `counted` milliseconds. */
export function extend({ shortest, longest }: Period, counted: number): Period {
  return { shortest: Math.min(shortest, counted), longest: Math.max(longest, counted) };
}

function addRead(merged: Declared, firstReadAt: string | null): void {
  if (firstReadAt !== null) merged.readBy++;
  merged.firstReadAt = choose(merged.firstReadAt, firstReadAt, (old, other) => other < old);
}

/** Returns one of two times: the one that is no null, or `other` if it is `better`. */
function choose(
  old: string | null,
  other: string | null,
  isBetter: (old: number, other: number) => boolean,
): string | null {
  if (old === null || other === null) return old ?? other;
  return isBetter(Date.parse(old), Date.parse(other)) ? other : old;
}

function sort<T extends Declared>(entries: ReadonlyMap<string, T>): readonly T[] {
  // Stable: names of a namespace keep their order.
  return [...entries.values()].sort((a, b) => (a.namespace < b.namespace ? -1 : a.namespace > b.namespace ? 1 : 0));
}
