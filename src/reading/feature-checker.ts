/** `FeatureChecker`: evaluates the flags of one namespace. Runs in readers. Must not reach `schema/` or `files/`. */
import type { OptionValue } from '../common/value.js';
import { count } from '../features/counter.js';
import { decide, explain } from '../features/evaluate.js';
import { type FeatureEvaluation, FeatureReason } from '../features/evaluation.js';
import { type ContextData, type FeatureContext, toContext } from '../features/feature-context.js';
import type { Flags } from './flags.js';

/** The names of a namespace's flags, without `feature.`: the declared ones if it declares its options, else any. */
type FlagNameOf<T> = string extends keyof T ? string : keyof T extends infer K ? NameIn<K> : never;
type NameIn<K> = K extends `feature.${infer Name}` ? Name : never;

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
  has(name: FlagNameOf<T>, context?: FeatureContext | ContextData): boolean {
    try {
      const flag = this.#flags.find(name);
      if (flag.absence === undefined) {
        const isOn = decide(flag, toContext(context));
        count(flag, isOn);
        return isOn;
      }
      count(flag, false);
      this.#flags.logSkipped(name, flag);
    } catch (error) {
      this.#failed(name, error);
    }
    return false;
  }

  /**
   * Returns the answer of {@link has} and its reason. Slower: for debugging, logs and tests.
   *
   * @example features('seer').evaluate('rollout', context).reason // 'ROLLOUT_OUT'
   */
  evaluate(name: FlagNameOf<T>, context?: FeatureContext | ContextData): FeatureEvaluation {
    try {
      const flag = this.#flags.find(name);
      const evaluation = explain(flag, toContext(context));
      count(flag, evaluation.enabled);
      return evaluation;
    } catch (error) {
      this.#failed(name, error);
      return { enabled: false, reason: FeatureReason.CONTEXT_FAILED };
    }
  }

  #failed(name: string, error: unknown): void {
    try {
      const { rest, at } = this.#flags.find(name);
      rest.countError(at);
      this.#flags.logSkipped(name, { absence: undefined, error });
    } catch {
      // The thrown value cannot even be described.
    }
  }
}
