/** `FeatureChecker`: evaluates the flags of one namespace. Runs in readers. Must not reach `schema/` or `files/`. */
import { ConfigError } from '../common/errors.js';
import { readSettings } from '../common/settings.js';
import { describeKind, isArray, type OptionValue } from '../common/value.js';
import type { CompiledFlag } from '../features/compile.js';
import { count } from '../features/counter.js';
import { decide, explain } from '../features/evaluate.js';
import { type FeatureEvaluation, FeatureReason } from '../features/evaluation.js';
import {
  type ContextData,
  type ContextObject,
  type FeatureContext,
  findLog,
  toContext,
} from '../features/feature-context.js';
import { type AnswerLog, tryAdd } from '../features/recording.js';
import type { Flags } from './flags.js';

/** The names of a namespace's flags, without `feature.`: the declared ones if it declares its options, else any. */
export type FlagNameOf<T> = string extends keyof T ? string : keyof T extends infer K ? NameIn<K> : never;
type NameIn<K> = K extends `feature.${infer Name}` ? Name : never;

/** The options of {@link FeatureChecker.all}. */
export interface AllFlagsOptions<Name extends string = string> {
  /** The names of the flags to evaluate, without `feature.`. Default: all flags that are listed or set. */
  readonly only?: readonly Name[] | undefined;
}

const ALL = 'The options of all()';
const ALL_OPTIONS = ['only'] as const;

/**
 * The flags of one namespace. Cheap to keep; use it in the thread that made it. It continues with the last values after
 * the watcher crashes or the store is closed. Its methods never throw, whatever the name and the context are.
 */
export class FeatureChecker<T = Record<string, OptionValue>> {
  readonly #flags: Flags;

  /** @internal */
  constructor(flags: Flags) {
    this.#flags = flags;
  }

  /**
   * Whether the flag is on for `context`. False if the flag cannot be evaluated: no store yet, an unknown namespace or
   * flag, a flag that is not set, a context that throws when it is read.
   *
   * @param name the flag's name, without `feature.`
   * @param context a plain object has no identity fields: all of its properties determine the bucket
   * @example
   * const context = new FeatureContext({ organization_id: 42 }, { identityFields: ['organization_id'] });
   * if (features('seer').has('rollout', context)) { … }
   */
  has<C extends ContextObject<C>>(name: FlagNameOf<T>, context?: FeatureContext | C): boolean {
    try {
      const flag = this.#flags.find(name);
      if (flag.absence === undefined) {
        const read = toContext(context);
        const isOn = decide(flag, read);
        count(flag, isOn);
        const { log } = read;
        if (log !== undefined && !tryAdd(log, flag.slot, isOn)) this.#record(log, name, flag, isOn);
        return isOn;
      }
      this.#skip(name, flag, context);
    } catch (error) {
      this.#failed(name, error, context);
    }
    return false;
  }

  /**
   * Returns the answer of {@link has} and its reason. Slower: for debugging, logs and tests.
   *
   * @example features('seer').evaluate('rollout', context).reason // 'ROLLOUT_OUT'
   */
  evaluate<C extends ContextObject<C>>(name: FlagNameOf<T>, context?: FeatureContext | C): FeatureEvaluation {
    try {
      const flag = this.#flags.find(name);
      const read = toContext(context);
      const evaluation = explain(flag, read);
      count(flag, evaluation.enabled);
      if (read.log !== undefined) this.#record(read.log, name, flag, evaluation.enabled);
      return evaluation;
    } catch (error) {
      this.#failed(name, error, context);
      return { enabled: false, reason: FeatureReason.CONTEXT_FAILED };
    }
  }

  /**
   * Returns the answers of {@link has} for several flags by name, all from one generation. Without `only`: all flags
   * that the schema lists, which are false if they are not set, and those by pattern that are set; none before this
   * thread has a store. With `only`: each of these names, false if there is no such flag. Counts as `has` does.
   *
   * Pass `only` if the answers leave the process: the names of flags may be confidential. If the options are invalid,
   * logs an error once and returns an empty object.
   *
   * @example
   * const flags = features('shop').all(context, { only: ['new-checkout', 'dark-mode'] });
   * // In a page, escape `<`: a name may contain `</script>`.
   * const script = `<script>window.flags = ${JSON.stringify(flags).replaceAll('<', '\\u003c')}</script>`;
   */
  all<K extends FlagNameOf<T> = FlagNameOf<T>, C extends ContextObject<C> = ContextData>(
    context?: FeatureContext | C,
    options?: AllFlagsOptions<K>,
  ): Record<K, boolean> {
    try {
      const only = readOnly(options);
      // Once for all flags: a context computes its parts on first use.
      const shared = tryConvert(context);
      const answers: Record<string, boolean> = Object.create(null);
      this.#flags.usePinned((pinned) => {
        const checker = pinned === undefined ? this : new FeatureChecker(pinned);
        for (const name of only ?? pinned?.names() ?? []) answers[name] = checker.has(name as FlagNameOf<T>, shared);
      });
      // An ordinary object, since frameworks send no others to browsers. It gets its prototype last: until then, a flag
      // may be named `__proto__`, and 1 000 flags take 30 µs; Object.fromEntries takes 350 µs.
      return Object.setPrototypeOf(answers, Object.prototype);
    } catch (error) {
      this.#logInvalid(error);
      return {} as Record<K, boolean>;
    }
  }

  /** Logs an error in the arguments. All other errors keep the thread from reading the store: options say so. */
  #logInvalid(error: unknown): void {
    try {
      if (error instanceof ConfigError) this.#flags.logOnce('call-invalid', error);
    } catch {
      // The error cannot even be logged: this thread has no stack or memory left.
    }
  }

  /** Apart from {@link has}, so that V8 has room there to inline what is not skipped. */
  #skip(name: string, flag: CompiledFlag, context: unknown): void {
    count(flag, false);
    this.#flags.logSkipped(name, flag);
    const log = findLog(context);
    if (log !== undefined && !tryAdd(log, flag.slot, false)) this.#record(log, name, flag, false);
  }

  /** Records an answer. Never throws: a log that fails must not change an answer. */
  #record(log: AnswerLog, name: string, flag: CompiledFlag, isOn: boolean): void {
    try {
      this.#flags.record(log, name, flag, isOn);
    } catch {
      // For example, the stack is nearly full.
    }
  }

  #failed(name: string, error: unknown, context: unknown): void {
    try {
      const flag = this.#flags.find(name);
      flag.rest.countError(flag.at);
      this.#flags.logSkipped(name, { absence: undefined, error });
      const log = findLog(context);
      if (log !== undefined) this.#record(log, name, flag, false);
    } catch {
      // The thrown value cannot even be described.
    }
  }
}

/**
 * Reads the setting `only`, each name once; undefined if it is absent.
 *
 * @throws {ConfigError} if the options are invalid
 */
function readOnly(options: AllFlagsOptions | undefined): readonly string[] | undefined {
  const { only } = readSettings<AllFlagsOptions>(ALL, options, ALL_OPTIONS);
  if (only === undefined) return undefined;
  if (!isArray(only)) throw makeOnlyError(describeKind(only));
  const names = new Set<string>();
  for (const name of only) {
    // Not as a string, which could be another flag's name.
    if (typeof name !== 'string') throw makeOnlyError(`array with ${describeKind(name)}`);
    names.add(name);
  }
  return [...names];
}

function makeOnlyError(got: string): ConfigError {
  return new ConfigError(`The option only of all() must be an array of flag names; got ${got}.`, { key: 'only' });
}

/** Converts the context to a FeatureContext; returns it unchanged if it throws, as it then does for each flag. */
function tryConvert(context: unknown): FeatureContext | ContextData | undefined {
  try {
    return toContext(context);
  } catch {
    return context as ContextData;
  }
}
