/** Resolves keys to decisions of flags and values of options, with reasons. Runs in the thread that evaluates. */
import {
  ErrorCode,
  type EvaluationContext,
  type FlagMetadata,
  type ResolutionDetails,
  type ResolutionReason,
  StandardResolutionReasons,
} from '@openfeature/server-sdk';
import { describeThrown } from '../common/log.js';
import { formatName } from '../common/text.js';
import type { OptionValue } from '../common/value.js';
import { ContextLimitError } from '../features/context-limits.js';
import { type FeatureEvaluation, FeatureReason, REASON_TEXTS } from '../features/evaluation.js';
import { type Feature, FLAG_PREFIX } from '../features/feature.js';
import type { FeatureContext } from '../features/feature-context.js';
import type { OptionsStore } from '../store/options-store.js';
import { FlagKeys, type Found } from './keys.js';
import { mapContext } from './map-context.js';
import type { ResolvedProviderConfig } from './provider-config.js';

/** The types that OpenFeature requests. To OpenFeature, lists are objects. */
type FlagType = 'boolean' | 'string' | 'number' | 'object';

/** OpenFeature's reason for each of ours. The other reasons are errors. */
const REASONS: Partial<Record<FeatureReason, ResolutionReason>> = {
  [FeatureReason.SEGMENT_ON]: StandardResolutionReasons.TARGETING_MATCH,
  [FeatureReason.SEGMENT_OFF]: StandardResolutionReasons.TARGETING_MATCH,
  [FeatureReason.ROLLOUT_IN]: StandardResolutionReasons.SPLIT,
  [FeatureReason.ROLLOUT_OUT]: StandardResolutionReasons.SPLIT,
  [FeatureReason.NO_SEGMENT_MATCHED]: StandardResolutionReasons.DEFAULT,
  [FeatureReason.DISABLED]: StandardResolutionReasons.DISABLED,
};

/** Resolves the keys of one store. */
export class Resolver {
  readonly keys: FlagKeys;
  readonly #store: OptionsStore;
  readonly #config: ResolvedProviderConfig;

  constructor(store: OptionsStore, config: ResolvedProviderConfig) {
    this.keys = new FlagKeys(store, config.namespace);
    this.#store = store;
    this.#config = config;
  }

  /** Resolves `flagKey` to its flag if there is one, else to its boolean option. */
  resolveBoolean(flagKey: string, defaultValue: boolean, context: EvaluationContext): ResolutionDetails<boolean> {
    const found = this.keys.find(flagKey);
    if (typeof found === 'string') return makeFailure(defaultValue, ErrorCode.FLAG_NOT_FOUND, found);
    if (!found.isFlag) {
      const details = this.#resolveOption(found, 'boolean', defaultValue);
      return Object.hasOwn(details, 'errorCode') ? details : { ...details, variant: toVariant(details.value) };
    }
    let mapped: FeatureContext;
    try {
      mapped = mapContext(context, this.#config);
    } catch (error) {
      const message = error instanceof ContextLimitError ? error.message : describeThrown(error);
      return makeFailure(defaultValue, ErrorCode.INVALID_CONTEXT, message);
    }
    return this.#resolveFlag(found, defaultValue, mapped);
  }

  /** Resolves `flagKey` to its option. */
  resolveValue<T>(flagKey: string, type: FlagType, defaultValue: T): ResolutionDetails<T> {
    const found = this.keys.find(flagKey);
    if (typeof found === 'string') return makeFailure(defaultValue, ErrorCode.FLAG_NOT_FOUND, found);
    if (found.isOption) return this.#resolveOption(found, type, defaultValue);
    const message =
      `${formatName(found.name)} in namespace '${found.namespace}' is a feature flag, which is of type boolean, ` +
      `not ${type}.`;
    return makeFailure(defaultValue, ErrorCode.TYPE_MISMATCH, message);
  }

  #resolveFlag({ namespace, name }: Found, defaultValue: boolean, context: FeatureContext): ResolutionDetails<boolean> {
    // Pinned: the decision and its metadata come from one generation.
    const snapshot = this.#store.snapshot();
    const evaluation = snapshot.features(namespace).evaluate(name, context);
    const metadata: FlagMetadata = { flagSetId: namespace, generation: snapshot.generation };
    if (evaluation.reason === FeatureReason.NOT_SET) {
      // Not an error: no values file sets the flag yet, so the caller's default applies.
      return { value: defaultValue, reason: StandardResolutionReasons.DEFAULT, flagMetadata: metadata };
    }
    const reason = REASONS[evaluation.reason];
    if (reason === undefined) {
      return makeFailure(
        defaultValue,
        evaluation.reason === FeatureReason.CONTEXT_FAILED ? ErrorCode.INVALID_CONTEXT : ErrorCode.GENERAL,
        `The flag ${formatName(name)} in namespace '${namespace}' cannot be evaluated: ${REASON_TEXTS[evaluation.reason]}.`,
      );
    }
    const feature = snapshot.namespace(namespace).get(FLAG_PREFIX + name) as Feature;
    const { enabled } = evaluation;
    const flagMetadata = { ...metadata, owner: feature.owner.team, ...toMetadata(evaluation) };
    return { value: enabled, variant: toVariant(enabled), reason, flagMetadata };
  }

  #resolveOption<T>({ namespace, name }: Found, type: FlagType, defaultValue: T): ResolutionDetails<T> {
    const snapshot = this.#store.snapshot();
    const options = snapshot.namespace(namespace);
    const value: OptionValue = options.get(name);
    if (typeof value !== type) {
      const message = `The option '${name}' in namespace '${namespace}' is of type ${typeof value}, not ${type}.`;
      return makeFailure(defaultValue, ErrorCode.TYPE_MISMATCH, message);
    }
    return {
      value: value as T,
      reason: options.isset(name) ? StandardResolutionReasons.STATIC : StandardResolutionReasons.DEFAULT,
      flagMetadata: { flagSetId: namespace, generation: snapshot.generation },
    };
  }
}

/** Makes the details of a failed evaluation: the caller's default, and why. */
export function makeFailure<T>(defaultValue: T, errorCode: ErrorCode, errorMessage: string): ResolutionDetails<T> {
  return { value: defaultValue, reason: StandardResolutionReasons.ERROR, errorCode, errorMessage };
}

function toVariant(value: boolean): string {
  return value ? 'on' : 'off';
}

/** The fields of an evaluation that are metadata. */
const METADATA: ReadonlySet<string> = new Set(['segment', 'rollout', 'bucket'] satisfies (keyof FeatureEvaluation)[]);

/** Converts an evaluation to metadata: only its own fields, none of which is undefined. */
function toMetadata(evaluation: FeatureEvaluation): FlagMetadata {
  return Object.fromEntries(Object.entries(evaluation).filter(([name]) => METADATA.has(name)));
}
