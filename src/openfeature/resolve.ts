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
import type { Feature } from '../features/feature.js';
import type { FeatureContext } from '../features/feature-context.js';
import type { OptionId } from '../names/option-id.js';
import type { Snapshot } from '../reading/snapshot.js';
import type { OptionsStore } from '../store/options-store.js';
import { FlagKeys, type Found, type NotFound } from './keys.js';
import { mapContext, readTargetingKey } from './map-context.js';
import type { ResolvedProviderConfig } from './provider-config.js';
import { ValuesHashes } from './values-hashes.js';

/** The types that OpenFeature requests. To OpenFeature, lists are objects. */
export type FlagType = 'boolean' | 'string' | 'number' | 'object';

/** What an application requests. Its context is undefined only if it calls the provider directly. */
export interface Request<T> {
  readonly flagKey: string;
  readonly defaultValue: T;
  readonly context: EvaluationContext | undefined;
}

/** OpenFeature's reason for each of ours. The other reasons are errors. */
const REASONS: Partial<Record<FeatureReason, ResolutionReason>> = {
  [FeatureReason.SEGMENT_ON]: StandardResolutionReasons.TARGETING_MATCH,
  [FeatureReason.SEGMENT_OFF]: StandardResolutionReasons.TARGETING_MATCH,
  [FeatureReason.ROLLOUT_IN]: StandardResolutionReasons.SPLIT,
  [FeatureReason.ROLLOUT_OUT]: StandardResolutionReasons.SPLIT,
  [FeatureReason.NO_SEGMENT_MATCHED]: StandardResolutionReasons.DEFAULT,
};

/** Resolves the keys of one store. */
export class Resolver {
  readonly keys: FlagKeys;
  readonly #store: OptionsStore;
  readonly #config: ResolvedProviderConfig;
  readonly #hashes: ValuesHashes;

  constructor(store: OptionsStore, config: ResolvedProviderConfig) {
    this.keys = new FlagKeys(store, config.namespace);
    this.#store = store;
    this.#config = config;
    this.#hashes = new ValuesHashes(() => store.view.statusRecord());
  }

  /** Resolves the key to its flag if there is one, else to its boolean option. */
  resolveBoolean(request: Request<boolean>): ResolutionDetails<boolean> {
    const found = this.keys.find(request.flagKey);
    if ('message' in found) return this.#makeNotFound(request, found);
    const { flag } = found;
    // Pinned: the decision and its metadata come from one generation.
    if (flag !== undefined)
      return this.#store.useSnapshot((snapshot) => this.#resolveFlag(request, found, flag, snapshot));
    const details = this.#resolveOption(request, found, 'boolean');
    return Object.hasOwn(details, 'errorCode') ? details : { ...details, variant: toVariant(details.value) };
  }

  /** Resolves the key to its option. */
  resolveValue<T>(request: Request<T>, type: FlagType): ResolutionDetails<T> {
    const found = this.keys.find(request.flagKey);
    if ('message' in found) return this.#makeNotFound(request, found);
    if (found.isOption) return this.#resolveOption(request, found, type);
    const { namespace, name } = found;
    const message =
      `${formatName(name)} in namespace '${namespace}' is a feature flag, which is of type boolean, ` + `not ${type}.`;
    const metadata = this.#describe(request, namespace, this.#store);
    return makeFailure(request.defaultValue, ErrorCode.TYPE_MISMATCH, message, metadata);
  }

  #resolveFlag(
    request: Request<boolean>,
    { namespace, name }: Found,
    id: OptionId,
    snapshot: Snapshot,
  ): ResolutionDetails<boolean> {
    const { defaultValue, context = {} } = request;
    const metadata = this.#describe(request, namespace, snapshot);
    let mapped: FeatureContext;
    try {
      mapped = mapContext(context, this.#config);
    } catch (error) {
      const message = error instanceof ContextLimitError ? error.message : describeThrown(error);
      return makeFailure(defaultValue, ErrorCode.INVALID_CONTEXT, message, metadata);
    }
    const evaluation = snapshot.features(namespace).evaluate(name, mapped);
    // Not an error: no values file sets the flag yet, so the caller's default applies.
    if (evaluation.reason === FeatureReason.NOT_SET) {
      return { value: defaultValue, reason: StandardResolutionReasons.DEFAULT, flagMetadata: metadata };
    }
    const flagMetadata = { ...metadata, ...readOwner(snapshot, id), ...toMetadata(evaluation) };
    // Nor is it one that a flag is switched off: nobody has decided for its rules, so there is no variant either.
    if (evaluation.reason === FeatureReason.DISABLED) {
      return { value: defaultValue, reason: StandardResolutionReasons.DISABLED, flagMetadata };
    }
    const reason = REASONS[evaluation.reason];
    if (reason === undefined) {
      const errorCode =
        evaluation.reason === FeatureReason.CONTEXT_FAILED ? ErrorCode.INVALID_CONTEXT : ErrorCode.GENERAL;
      const message = `The flag ${formatName(name)} in namespace '${namespace}' cannot be evaluated: ${REASON_TEXTS[evaluation.reason]}.`;
      return makeFailure(defaultValue, errorCode, message, metadata);
    }
    const { enabled } = evaluation;
    return { value: enabled, variant: toVariant(enabled), reason, flagMetadata };
  }

  #resolveOption<T>(request: Request<T>, found: Found, type: FlagType): ResolutionDetails<T> {
    return this.#store.useSnapshot((snapshot) => this.#readOption(request, found, type, snapshot));
  }

  #readOption<T>(
    request: Request<T>,
    { namespace, name }: Found,
    type: FlagType,
    snapshot: Snapshot,
  ): ResolutionDetails<T> {
    const flagMetadata = this.#describe(request, namespace, snapshot);
    const options = snapshot.namespace(namespace);
    const value: OptionValue = options.get(name);
    if (typeof value !== type) {
      const message = `The option '${name}' in namespace '${namespace}' is of type ${typeof value}, not ${type}.`;
      return makeFailure(request.defaultValue, ErrorCode.TYPE_MISMATCH, message, flagMetadata);
    }
    return {
      value: value as T,
      reason: options.isset(name) ? StandardResolutionReasons.STATIC : StandardResolutionReasons.DEFAULT,
      flagMetadata,
    };
  }

  #makeNotFound<T>(request: Request<T>, { message, namespace }: NotFound): ResolutionDetails<T> {
    const metadata = namespace === undefined ? {} : this.#describe(request, namespace, this.#store);
    return makeFailure(request.defaultValue, ErrorCode.FLAG_NOT_FOUND, message, metadata);
  }

  /** Describes by the names of OpenFeature's conventions which values are to decide, and for whom. */
  #describe(
    { context }: Request<unknown>,
    namespace: string,
    { generation }: Pick<Snapshot, 'generation'>,
  ): FlagMetadata {
    const version = this.#hashes.find(namespace, generation);
    const contextId = readTargetingKey(context);
    return {
      flagSetId: namespace,
      generation,
      ...(version !== undefined && { version }),
      ...(contextId !== undefined && { contextId }),
    };
  }
}

/** Makes the details of a failed evaluation: the caller's default, and why. */
export function makeFailure<T>(
  defaultValue: T,
  errorCode: ErrorCode,
  errorMessage: string,
  flagMetadata: FlagMetadata = {},
): ResolutionDetails<T> {
  return { value: defaultValue, reason: StandardResolutionReasons.ERROR, errorCode, errorMessage, flagMetadata };
}

function toVariant(value: boolean): string {
  return value ? 'on' : 'off';
}

/** Reads who owns a flag. A decision has read the flag already, so this is no read of the option. */
function readOwner(snapshot: Snapshot, id: OptionId): FlagMetadata {
  const feature = snapshot.value(id) as Feature | undefined;
  return feature === undefined ? {} : { owner: feature.owner.team };
}

/** Converts an evaluation to metadata: only its own fields. Assigns none: `Object.prototype` may have a setter. */
function toMetadata(evaluation: FeatureEvaluation): FlagMetadata {
  const { segment, rollout, bucket } = evaluation;
  const has = (name: keyof FeatureEvaluation) => Object.hasOwn(evaluation, name);
  return {
    ...(has('segment') && { segment: segment as string }),
    ...(has('rollout') && { rollout: rollout as number }),
    ...(has('bucket') && { bucket: bucket as number }),
  };
}
