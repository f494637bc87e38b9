/**
 * The sources of a checker's flags: the live values of a store (`LiveFlags`), or one generation (`PinnedFlags`). Runs in
 * readers. Must not reach `schema/` or `files/`.
 */
import { describeThrown } from '../common/log.js';
import type { OptionValue } from '../common/value.js';
import { type Absence, type CompiledFlag, compileFlag, makeAbsentFlag } from '../features/compile.js';
import { FeatureReason, REASON_TEXTS } from '../features/evaluation.js';
import { type Feature, FLAG_PREFIX } from '../features/feature.js';
import type { CatalogNamespace } from '../memory/catalog.js';
import { NO_GENERATION, NO_STORE } from './live.js';
import type { StoreView, ViewSource } from './view.js';

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

const NO_STORE_FLAG = makeAbsentFlag(FeatureReason.NO_STORE);
const UNKNOWN_NAMESPACE = makeAbsentFlag(FeatureReason.UNKNOWN_NAMESPACE);
const UNKNOWN_FLAG = makeAbsentFlag(FeatureReason.UNKNOWN_FLAG);
const NOT_A_FLAG = makeAbsentFlag(FeatureReason.NOT_A_FLAG);
const NOT_SET = makeAbsentFlag(FeatureReason.NOT_SET);

/** The flags of one namespace, with the live values of a store. */
export class LiveFlags implements Flags {
  readonly #source: ViewSource;
  readonly #namespace: string;
  #live = NO_STORE;
  #view: StoreView | undefined;
  /** The namespace in the view's store; undefined if no schema declares it. */
  #names: CatalogNamespace | undefined;
  /** The declared flags that were requested in the generation `#generation`. */
  #found = new Map<string, CompiledFlag>();
  #generation = NO_GENERATION;

  /** Finds its store at the first call. */
  constructor(source: ViewSource, namespace: string) {
    this.#source = source;
    this.#namespace = namespace;
  }

  find(name: string): CompiledFlag {
    // One plain read of shared memory and one Map.get, as in NamespaceOptions.get.
    if (this.#generation === this.#live.word[0]) {
      const flag = this.#found.get(name);
      if (flag !== undefined) return flag;
    }
    return this.#find(name);
  }

  /** Does the same as {@link find}, with the values that `read` returns. */
  findIn(name: string, read: (index: number) => OptionValue | undefined): CompiledFlag {
    const view = this.bind();
    if (view === undefined) return NO_STORE_FLAG;
    const index = this.#indexOf(name);
    if (index === undefined) {
      // Overwritten names: the flag may be declared.
      if (!view.catalog.isIntact) return NO_STORE_FLAG;
      return this.#names === undefined ? UNKNOWN_NAMESPACE : UNKNOWN_FLAG;
    }
    if (!view.isFlag(index)) return NOT_A_FLAG;
    const value = read(index);
    // The watcher validated the value, so it is a Feature.
    return value === undefined ? NOT_SET : compileFlag(name, value as Feature);
  }

  /** Logs nothing without a store: there is no logger. */
  logSkipped(name: string, { absence, error }: SkippedEvaluation): void {
    this.bind()?.logSkippedFlag(this.#namespace, name, () =>
      absence === undefined ? `its context threw ${describeThrown(error)}` : REASON_TEXTS[absence],
    );
  }

  /** Called once per generation for each flag; each time for an undeclared name, or while there are overrides. */
  #find(name: string): CompiledFlag {
    const view = this.bind();
    // Undeclared names are not cached: they may come from requests, in unlimited numbers. Nor are overrides, which are
    // active for their own time and context.
    if (view === undefined || this.#indexOf(name) === undefined || view.hasOverrides) {
      return this.findIn(name, (index) => view?.value(index));
    }
    // One snapshot for the flag and its generation: the writer may publish in between.
    const snapshot = view.tryAdopt();
    // Not cached: the next call tries again.
    if (snapshot === undefined || !view.hasDefaults) return NO_STORE_FLAG;
    const flag = this.findIn(name, (index) => view.valueIn(snapshot, index));
    if (snapshot.generation !== this.#generation) {
      this.#found = new Map();
      this.#generation = snapshot.generation;
    }
    this.#found.set(name, flag);
    return flag;
  }

  /** Returns the view to read now, if there is one, and finds the namespace in it if it is another than last time. */
  bind(): StoreView | undefined {
    const view = this.#resolve();
    if (view === undefined || view === this.#view) return view;
    const names = view.catalog.find(this.#namespace);
    const found = new Map<string, CompiledFlag>();
    // From here on, nothing can fail: no half of two stores ever stays.
    this.#generation = NO_GENERATION;
    this.#found = found;
    this.#names = names;
    this.#live = view.live;
    this.#view = view;
    return view;
  }

  /** Returns the index of the flag `name`, without the prefix. `name` comes from the host: it may be anything. */
  #indexOf(name: unknown): number | undefined {
    return typeof name === 'string' ? this.#names?.indexOf(FLAG_PREFIX + name) : undefined;
  }

  #resolve(): StoreView | undefined {
    try {
      return this.#source.resolve(this.#view);
    } catch {
      // For example, the thread inherited a handle of another version. The flag is off; init() or a read throws.
      return this.#view;
    }
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
