/**
 * The sources of a checker's flags: the live values of a store (`LiveFlags`), or one generation (`PinnedFlags`). Runs in
 * readers. Must not reach `schema/` or `files/`.
 */
import { describeThrown, type LogCode } from '../common/log.js';
import type { OptionValue } from '../common/value.js';
import { type Absence, type CompiledFlag, compileFlag, makeAbsentFlag } from '../features/compile.js';
import { FeatureReason, REASON_TEXTS } from '../features/evaluation.js';
import { type Feature, FLAG_PREFIX } from '../features/feature.js';
import { type AnswerLog, NO_SLOT, recording, tryAdd } from '../features/recording.js';
import { isPatternFlag, type OptionId } from '../names/option-id.js';
import { type CachedOption, type NamespaceCache, NO_CACHE } from '../view/namespace-cache.js';
import type { StoreView } from '../view/view.js';
import { adviseOnFlag } from './flag-advice.js';
import { NamespaceReader } from './namespace-reader.js';
import { Pinned } from './pinned.js';

/** The flags of one namespace. */
export interface Flags {
  /** Returns the flag `name`, without `feature.`, ready to be evaluated. */
  find(name: string): CompiledFlag;
  /** Adds an answer of `flag`, which {@link find} returned for `name`, to `log`. For flags without a number. */
  record(log: AnswerLog, name: string, flag: CompiledFlag, isOn: boolean): void;
  /** Logs at level debug, once per name, why a flag was not evaluated; only if there is a logger. */
  logSkipped(name: string, skipped: SkippedEvaluation): void;
  /**
   * Passes these flags in one generation to `use`, which must not keep them: in the newest one if they are live; undefined
   * if this thread has no values.
   */
  usePinned<R>(use: (pinned: PinnedFlags | undefined) => R): R;
  /** Logs an error that no caller receives; only if there is a store. */
  logOnce(code: LogCode, error: unknown): void;
}

/** One generation, as flags read it. */
export interface Generation {
  /** Returns the option's value; undefined if it is a flag that is not set. */
  value(id: OptionId): OptionValue | undefined;
  /** Returns the names of the flags by pattern that are set in the namespace number `ordinal`, without the prefix. */
  patternFlagNames(ordinal: number): readonly string[];
  /** Whether live reads read the same generation, but for overrides. */
  readonly isAdopted: boolean;
}

/** Why a flag was not evaluated: it is absent, or its context threw an error. */
export interface SkippedEvaluation {
  readonly absence: Absence | undefined;
  readonly error?: unknown;
}

/** Reads an option; undefined if it is a flag that is not set. */
type Read = (view: StoreView, option: CachedOption) => OptionValue | undefined;

const NO_STORE_FLAG = makeAbsentFlag(FeatureReason.NO_STORE);
const UNKNOWN_NAMESPACE = makeAbsentFlag(FeatureReason.UNKNOWN_NAMESPACE);
const UNKNOWN_FLAG = makeAbsentFlag(FeatureReason.UNKNOWN_FLAG);
const NOT_A_FLAG = makeAbsentFlag(FeatureReason.NOT_A_FLAG);
const PATTERN_FLAG_NOT_SET = makeAbsentFlag(FeatureReason.NOT_SET);

/** The flags of one namespace, with the live values of a store. */
export class LiveFlags extends NamespaceReader implements Flags {
  #live = NO_CACHE.live;
  #flags = NO_CACHE.flags;

  find(name: string): CompiledFlag {
    // One plain read of shared memory and one Map.get, as in NamespaceOptions.get.
    const live = this.#live;
    if (live.adopted === live.word[0]) {
      const flag = this.#flags.get(name);
      if (flag !== undefined) return flag;
    }
    return this.#find(name);
  }

  /** Does the same as {@link find}, with the values that `read` returns. */
  findIn(name: string, read: Read): CompiledFlag {
    const view = this.tryBind();
    if (view === undefined) return NO_STORE_FLAG;
    const option = typeof name === 'string' ? this.cache.find(FLAG_PREFIX + name) : undefined;
    if (option === undefined) {
      // Overwritten names: the flag may be declared.
      if (!view.catalog.isIntact) return NO_STORE_FLAG;
      return this.cache.names === undefined ? UNKNOWN_NAMESPACE : UNKNOWN_FLAG;
    }
    try {
      if (!view.isFlag(option.id)) return NOT_A_FLAG;
      const value = read(view, option);
      // The watcher validated the value, so it is a Feature.
      if (value !== undefined) {
        const counter = view.usage.counterOf(option.id);
        return compileFlag(name, value as Feature, counter, this.namespace, view.log);
      }
      if (!isPatternFlag(option.id)) return makeAbsentFlag(FeatureReason.NOT_SET, view.usage.counterOf(option.id));
      if (view.isDevelopment && name.startsWith(FLAG_PREFIX))
        this.#warnOfUnknown(view, name, FeatureReason.UNKNOWN_FLAG);
      this.cache.countUnset(view.adopt());
      return PATTERN_FLAG_NOT_SET;
    } catch {
      // This thread cannot read the values or the defaults; options say so.
      return NO_STORE_FLAG;
    }
  }

  record(log: AnswerLog, name: string, flag: CompiledFlag, isOn: boolean): void {
    const { recorder } = recording;
    if (recorder === undefined || typeof name !== 'string' || typeof this.namespace !== 'string') return;
    let { slot } = flag;
    if (slot === NO_SLOT) {
      // The other flags stand for any name.
      const isOfName =
        flag.absence === undefined || (flag.absence === FeatureReason.NOT_SET && flag !== PATTERN_FLAG_NOT_SET);
      slot = recorder.slotOf(this.namespace, name, isOfName);
      if (isOfName) flag.slot = slot;
    }
    if (slot === NO_SLOT) recorder.addByName(log, this.namespace, name, isOn);
    else if (!tryAdd(log, slot, isOn)) recorder.add(log, slot, isOn);
  }

  /** Logs nothing without a store: there is no logger. */
  logSkipped(name: string, skipped: SkippedEvaluation): void {
    // Each `has` of a flag that is not set gets here: without a logger, it looks for no other store, and makes no function.
    const view = this.#isFresh() ? this.lastView : this.tryBind();
    if (view === undefined) return;
    const { absence } = skipped;
    if ((absence === FeatureReason.UNKNOWN_FLAG || absence === FeatureReason.NOT_A_FLAG) && view.isDevelopment) {
      if (typeof name === 'string') this.#warnOfUnknown(view, name, absence);
    } else if (view.log.hasLogger) logSkippedIn(view, this.namespace, name, skipped);
  }

  /** Warns once for each name, also without a logger: the program asks for a flag that can never be on. */
  #warnOfUnknown(view: StoreView, name: string, absence: Absence): void {
    view.log.unknownFlag(this.namespace, name, () => adviseOnFlag(view, this.cache.names, name, absence));
  }

  usePinned<R>(use: (pinned: PinnedFlags | undefined) => R): R {
    const view = this.tryBind();
    if (view?.tryAdopt() === undefined) return use(undefined);
    const generation = new Pinned(view);
    try {
      // By flags of this view: these ones may move on to another store.
      return use(new PinnedFlags(new LiveFlags(view, this.namespace), generation));
    } finally {
      generation.release();
    }
  }

  logOnce(code: LogCode, error: unknown): void {
    this.tryBind()?.log.once(code, error);
  }

  /**
   * Lists the flags that are listed, or set in `generation`: in the schema's order, then those by pattern, sorted.
   *
   * @throws {SnapshotUnreadableError} if this thread cannot read the schemas' names or defaults
   */
  namesIn(generation: Generation): readonly string[] {
    const view = this.bind();
    const { cache } = this;
    if (cache.names === undefined) return [];
    const listed = view.names.read(() => cache.listFlags((id) => view.isFlag(id)));
    if (!cache.names.hasPatternFlags) return listed;
    return [...listed, ...generation.patternFlagNames(cache.names.ordinal)];
  }

  /** Does the same as {@link find} for a pinned `generation` that live reads read, too: both read the same values. */
  findAdopted(name: string, generation: Generation): CompiledFlag {
    const known = this.cache.flags.get(name);
    if (known !== undefined) return known;
    if (this.isUnset(name)) return PATTERN_FLAG_NOT_SET;
    const flag = this.findIn(name, (_, { id }) => generation.value(id));
    // Another thread may have published, and the read of an unset flag adopts that.
    if (generation.isAdopted && isKept(flag)) this.cache.flags.set(name, flag);
    return flag;
  }

  /** Returns the view to read now, if there is one. Never throws: init() or a read of an option does. */
  tryBind(): StoreView | undefined {
    try {
      return this.bind();
    } catch {
      // For example, the thread inherited a handle of another version.
      return this.lastView;
    }
  }

  /** @internal */
  protected override move({ live, flags }: NamespaceCache): void {
    this.#live = live;
    this.#flags = flags;
  }

  /** Whether there is a store, no override, and nothing to adopt. */
  #isFresh(): boolean {
    return this.#live.adopted === this.#live.word[0];
  }

  /** Whether `name` is a flag by pattern that is not set; false if this thread does not know without a slower read. */
  isUnset(name: string): boolean {
    return this.#isFresh() && this.cache.isUnset(name);
  }

  /** Called once per change of each flag; each time for a name that is not declared or not set, or with overrides. */
  #find(name: string): CompiledFlag {
    if (this.isUnset(name)) return PATTERN_FLAG_NOT_SET;
    const flag = this.findIn(name, (view, option) => view.override(option.id) ?? view.readAdopted(option));
    // Names that are neither listed nor set are not cached: they may come from requests, in unlimited numbers. Nor are
    // overrides, which are active for their own time and context, nor what the next call may be able to read.
    if (!isKept(flag) || this.lastView?.hasOverrides !== false) return flag;
    this.cache.flags.set(name, flag);
    return flag;
  }
}

/** The flags of one generation. */
export class PinnedFlags implements Flags {
  readonly #live: LiveFlags;
  readonly #generation: Generation;
  /** The flags that were requested and are set. They never change. */
  readonly #found = new Map<string, CompiledFlag>();

  /** `live`: the live flags of the same namespace and store, which find the options. */
  constructor(live: LiveFlags, generation: Generation) {
    this.#live = live;
    this.#generation = generation;
  }

  find(name: string): CompiledFlag {
    const known = this.#found.get(name);
    if (known !== undefined) return known;
    if (this.#generation.isAdopted) return this.#live.findAdopted(name, this.#generation);
    const flag = this.#live.findIn(name, (_, { id }) => this.#generation.value(id));
    if (flag.absence === undefined) this.#found.set(name, flag);
    return flag;
  }

  record(log: AnswerLog, name: string, flag: CompiledFlag, isOn: boolean): void {
    this.#live.record(log, name, flag, isOn);
  }

  logSkipped(name: string, skipped: SkippedEvaluation): void {
    this.#live.logSkipped(name, skipped);
  }

  usePinned<R>(use: (pinned: PinnedFlags) => R): R {
    return use(this);
  }

  logOnce(code: LogCode, error: unknown): void {
    this.#live.logOnce(code, error);
  }

  /** Returns {@link LiveFlags.namesIn} of this generation. */
  names(): readonly string[] {
    return this.#live.namesIn(this.#generation);
  }
}

function logSkippedIn(view: StoreView, namespace: string, name: string, { absence, error }: SkippedEvaluation): void {
  view.log.skippedFlag(namespace, name, () =>
    absence === undefined ? `its context threw ${describeThrown(error)}` : REASON_TEXTS[absence],
  );
}

/** Whether the name is that of an option that a schema lists, or of a flag that is set, and this thread could read it. */
function isKept(flag: CompiledFlag): boolean {
  const { absence } = flag;
  if (flag === PATTERN_FLAG_NOT_SET) return false;
  return absence === undefined || absence === FeatureReason.NOT_SET || absence === FeatureReason.NOT_A_FLAG;
}
