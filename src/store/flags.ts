/**
 * The sources of a checker's flags: the live values of a store (`LiveFlags`), one generation (`PinnedFlags`), or the
 * store that the thread has at each call (`CurrentFlags`). Runs in readers. Must not reach `schema/` or `files/`.
 */
import { describeThrown } from '../common/log.js';
import { formatName } from '../common/text.js';
import type { OptionValue } from '../common/value.js';
import { type Absence, type CompiledFlag, compileFlag, makeAbsentFlag } from '../features/compile.js';
import { FeatureReason, REASON_TEXTS } from '../features/evaluation.js';
import { type Feature, FLAG_PREFIX } from '../features/feature.js';
import { indexOptions } from '../memory/catalog.js';
import type { StoreView } from './view.js';

/** The flags of one namespace. */
export interface Flags {
  /** Returns the flag `name`, without `feature.`, ready to be evaluated. */
  find(name: string): CompiledFlag;
  /** Logs at level debug, once per name, why a flag was not evaluated; only if there is a logger. */
  logSkipped(name: string, skipped: SkippedEvaluation): void;
}

/** Why a flag was not evaluated: it is absent, or its context threw an error. */
export interface SkippedEvaluation {
  readonly absence: Absence | undefined;
  readonly error?: unknown;
}

const NO_STORE = makeAbsentFlag(FeatureReason.NO_STORE);
const UNKNOWN_NAMESPACE = makeAbsentFlag(FeatureReason.UNKNOWN_NAMESPACE);
const UNKNOWN_FLAG = makeAbsentFlag(FeatureReason.UNKNOWN_FLAG);
const NOT_A_FLAG = makeAbsentFlag(FeatureReason.NOT_A_FLAG);
const NOT_SET = makeAbsentFlag(FeatureReason.NOT_SET);

/** The most names that are logged: the names are remembered, and may come from requests. */
const MAX_LOGGED_NAMES = 1_000;

/** The flags of a store, with its live values. */
export class LiveFlags implements Flags {
  readonly #view: StoreView;
  readonly #namespace: string;
  /** The flags' indexes by name, without the prefix; undefined if no schema declares the namespace. */
  readonly #indexes: ReadonlyMap<string, number> | undefined;
  /** The declared flags that were requested in the generation `#generation`. */
  #found = new Map<string, CompiledFlag>();
  #generation = 0;
  readonly #logged = new Set<string>();

  constructor(view: StoreView, namespace: string) {
    this.#view = view;
    this.#namespace = namespace;
    const indexes = indexOptions(view.catalog, namespace);
    this.#indexes = indexes && stripPrefixes(indexes);
  }

  find(name: string): CompiledFlag {
    // One plain read of shared memory and one Map.get, as in NamespaceOptions.get.
    if (this.#generation === this.#view.generationWord[0]) {
      const flag = this.#found.get(name);
      if (flag !== undefined) return flag;
    }
    return this.#find(name);
  }

  /** Does the same as {@link find}, with the values that `read` returns. */
  findIn(name: string, read: (index: number) => OptionValue | undefined): CompiledFlag {
    if (this.#indexes === undefined) return UNKNOWN_NAMESPACE;
    const index = this.#indexes.get(name);
    if (index === undefined) return UNKNOWN_FLAG;
    if (!this.#view.isFlag(index)) return NOT_A_FLAG;
    const value = read(index);
    // The watcher validated the value, so it is a Feature.
    return value === undefined ? NOT_SET : compileFlag(name, value as Feature);
  }

  logSkipped(name: string, { absence, error }: SkippedEvaluation): void {
    if (!this.#view.logsDebug || this.#logged.has(name) || this.#logged.size >= MAX_LOGGED_NAMES) return;
    this.#logged.add(name);
    const why = absence === undefined ? `its context threw ${describeThrown(error)}` : REASON_TEXTS[absence];
    this.#view.debug(`The flag ${formatName(name)} of namespace '${this.#namespace}' is off: ${why}.`);
  }

  /** Called once per generation for each flag; each time for an undeclared name, or while there are overrides. */
  #find(name: string): CompiledFlag {
    const flag = this.findIn(name, (index) => this.#view.value(index));
    // Undeclared names are not cached: they may come from requests, in unlimited numbers. Nor are overrides, which are
    // active for their own time and context.
    if (this.#indexes?.has(name) === true && this.#view.overrides === undefined) {
      const { generation } = this.#view.adopt();
      if (generation !== this.#generation) {
        this.#found = new Map();
        this.#generation = generation;
      }
      this.#found.set(name, flag);
    }
    return flag;
  }
}

/** The flags of one generation. */
export class PinnedFlags implements Flags {
  readonly #live: LiveFlags;
  readonly #read: (index: number) => OptionValue | undefined;
  /** The flags that were requested and are set. They never change. */
  readonly #found = new Map<string, CompiledFlag>();

  /** `live`: the live flags of the same namespace, which know the options' indexes. */
  constructor(live: LiveFlags, read: (index: number) => OptionValue | undefined) {
    this.#live = live;
    this.#read = read;
  }

  find(name: string): CompiledFlag {
    const known = this.#found.get(name);
    if (known !== undefined) return known;
    const flag = this.#live.findIn(name, this.#read);
    if (flag.absence === undefined) this.#found.set(name, flag);
    return flag;
  }

  logSkipped(name: string, skipped: SkippedEvaluation): void {
    this.#live.logSkipped(name, skipped);
  }
}

/** The part of an OptionsStore that CurrentFlags needs. */
interface FlagStore {
  flags(namespace: string): Flags;
}

/** The flags of the thread's store, whichever that is at each call. */
export class CurrentFlags<S extends FlagStore> implements Flags {
  readonly #namespace: string;
  readonly #current: () => S | undefined;
  #store: S | undefined;
  #flags: Flags | undefined;

  /** `current`: returns the thread's store, if any. Called each time; if it throws, there is none. */
  constructor(namespace: string, current: () => S | undefined) {
    this.#namespace = namespace;
    this.#current = current;
  }

  find(name: string): CompiledFlag {
    const store = this.#find();
    // After close(), the last store continues with its last values, as in all reads.
    if (store !== undefined && store !== this.#store) {
      this.#flags = store.flags(this.#namespace);
      this.#store = store;
    }
    return this.#flags === undefined ? NO_STORE : this.#flags.find(name);
  }

  /** Logs nothing without a store: there is no logger. */
  logSkipped(name: string, skipped: SkippedEvaluation): void {
    this.#flags?.logSkipped(name, skipped);
  }

  #find(): S | undefined {
    try {
      return this.#current();
    } catch {
      // For example, the thread inherited a handle of another version. The flag is off; init() or options() throws.
      return undefined;
    }
  }
}

/** Picks the names with the prefix of flags, and removes the prefix. */
function stripPrefixes(indexes: ReadonlyMap<string, number>): ReadonlyMap<string, number> {
  const flags = [...indexes].filter(([key]) => key.startsWith(FLAG_PREFIX));
  return new Map(flags.map(([key, index]) => [key.slice(FLAG_PREFIX.length), index]));
}
