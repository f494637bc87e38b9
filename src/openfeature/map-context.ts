/** Converts OpenFeature's evaluation context to a FeatureContext. Runs in the thread that evaluates. */
import type { EvaluationContext } from '@openfeature/server-sdk';
import { copyContext } from '../features/copy-context.js';
import { FeatureContext } from '../features/feature-context.js';
import type { ResolvedProviderConfig } from './provider-config.js';

type Mapping = Pick<ResolvedProviderConfig, 'targetingKeyProperty' | 'identityFields'>;

/**
 * Converts all properties, dates to RFC 3339 strings. The targeting key gets the name that `mapping` gives it, unless
 * the context has a property of that name itself.
 *
 * @throws {Error} if the context is nested too deeply, has too many values, or throws when it is read
 */
export function mapContext(context: EvaluationContext, mapping: Mapping): FeatureContext {
  const { targetingKeyProperty, identityFields } = mapping;
  const data = copyContext(context);
  const { targetingKey } = data;
  delete data.targetingKey;
  if (targetingKey != null) data[targetingKeyProperty] ??= targetingKey;
  return new FeatureContext(data, { identityFields });
}

/**
 * Returns the targeting key, which identifies whom a flag is evaluated for; undefined if the context has none. No other
 * property stands in for it: no one has said that it may leave the process.
 */
export function readTargetingKey(context: EvaluationContext | undefined): string | undefined {
  try {
    // Only an own property: other code may have changed `Object.prototype`.
    const key = context !== undefined && Object.hasOwn(context, 'targetingKey') ? context.targetingKey : undefined;
    // The SDK does not check its type, and metadata must have no other.
    return typeof key === 'string' ? key : undefined;
  } catch {
    return undefined;
  }
}
