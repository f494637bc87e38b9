/** Where a checker's flags come from: a store as it is now, whatever store the thread has, or one generation. */

import { describeThrown } from '../common/log.js';
import type { OptionValue } from '../common/value.js';
import { type Absence, type CompiledFlag, compileFlag, makeAbsentFlag } from '../features/compile.js';
import { FeatureReason, REASON_TEXTS } from '../features/evaluation.js';
import { type Feature, FLAG_PREFIX } from '../features/feature.js';
import { indexOptions } from '../memory/catalog.js';
import type { StoreView } from './view.js';

/** The flags of one namespace. */
export interface Flags {
  /** The flag `name`, given without `feature.`, ready to be evaluated. */
  find(name: string): CompiledFlag;
  /** Says at level debug why a flag was not evaluated, once for each name, where anybody hears it. */
  logSkipped(name: string, skipped: SkippedEvaluation): void;
}

/** Why a flag was not evaluated: there is none, or its context threw an error. */
export interface SkippedEvaluation {
  readonly absence?: Absence | undefined;
  readonly error?: unknown;
}

const NO_STORE = makeAbsentFlag(FeatureReason.NO_STORE);
const UNKNOWN_NAMESPACE = makeAbsentFlag(FeatureReason.UNKNOWN_NAMESPACE);
const UNKNOWN_FLAG = makeAbsentFlag(FeatureReason.UNKNOWN_FLAG);
const NOT_A_FLAG = makeAbsentFlag(FeatureReason.NOT_A_FLAG);
const NOT_SET = makeAbsentFlag(FeatureReason.NOT_SET);

/** So many names are told of: they may come from a request, and are remembered. */
const MAX_LOGGED_NAMES = 1_000;

/** The flags of a store, as they are now. */
export class LiveFlags implements Flags {
  readonly #view: StoreView;
  readonly #namespace: string;
  /** By name, without the prefix; undefined where no schema declares the namespace. */
  readonly #indexes: ReadonlyMap<string, number> | undefined;
  /** Those that have been asked for in the generation `#generation`, and are declared. */
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

  /** As {@link find}, out of other values than those of now. */
  findIn(name: string, read: (index: number) => OptionValue | undefined): CompiledFlag {
    if (this.#indexes === undefined) return UNKNOWN_NAMESPACE;
    const index = this.#indexes.get(name);
    if (index === undefined) return UNKNOWN_FLAG;
    if (!this.#view.isFlag(index)) return NOT_A_FLAG;
    const value = read(index);
    // The schema has made sure of the type.
    return value === undefined ? NOT_SET : compileFlag(name, value as Feature);
  }

  logSkipped(name: string, { absence, error }: SkippedEvaluation): void {
    if (!this.#view.logsDebug || this.#logged.has(name) || this.#logged.size >= MAX_LOGGED_NAMES) return;
    this.#logged.add(name);
    const why = absence === undefined ? `its context threw ${describeThrown(error)}` : REASON_TEXTS[absence];
    this.#view.debug(`The flag '${String(name)}' of namespace '${this.#namespace}' is off: ${why}.`);
  }

  /** Once in a generation for each flag; each time for what is no flag, and while there are overrides. */
  #find(name: string): CompiledFlag {
    const flag = this.findIn(name, (index) => this.#view.value(index));
    // Names that nobody has declared are not remembered: they may come from a request, and be without number. Nor are
    // overrides, which hold for their own time and context.
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

/** Flags out of values that do not change. */
export class PinnedFlags implements Flags {
  readonly #live: LiveFlags;
  readonly #read: (index: number) => OptionValue | undefined;
  /** What has been asked for and is declared; it does not change any more. */
  readonly #found = new Map<string, CompiledFlag>();

  /** `live`: the same namespace's, which know the options' indexes. */
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

/** What has namespaces of flags: a store as its users hold it. */
interface FlagStore {
  flags(namespace: string): Flags;
}

/** Flags of the thread's store, found anew whenever that is another one. */
export class CurrentFlags<S extends FlagStore> implements Flags {
  readonly #namespace: string;
  readonly #current: () => S | undefined;
  #store: S | undefined;
  #flags: Flags | undefined;

  /** `current`: the thread's store, if it has one. May throw, which counts as none; asked at each call. */
  constructor(namespace: string, current: () => S | undefined) {
    this.#namespace = namespace;
    this.#current = current;
  }

  find(name: string): CompiledFlag {
    const store = this.#find();
    // After a close() the last one goes on answering with its last values, as all reads do.
    if (store !== undefined && store !== this.#store) {
      this.#flags = store.flags(this.#namespace);
      this.#store = store;
    }
    return this.#flags === undefined ? NO_STORE : this.#flags.find(name);
  }

  /** Without a store there is no logger, and nobody hears it. */
  logSkipped(name: string, skipped: SkippedEvaluation): void {
    this.#flags?.logSkipped(name, skipped);
  }

  #find(): S | undefined {
    try {
      return this.#current();
    } catch {
      // A handle of another version was inherited, say: init() or options() will tell. A flag is off then.
      return undefined;
    }
  }
}

/** The names that are those of flags, as they are asked by. */
function stripPrefixes(indexes: ReadonlyMap<string, number>): ReadonlyMap<string, number> {
  const flags = [...indexes].filter(([key]) => key.startsWith(FLAG_PREFIX));
  return new Map(flags.map(([key, index]) => [key.slice(FLAG_PREFIX.length), index]));
}
