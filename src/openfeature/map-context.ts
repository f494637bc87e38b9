/** Converts OpenFeature's evaluation context to a FeatureContext. Runs in the thread that evaluates. */
import type { EvaluationContext, EvaluationContextValue } from '@openfeature/server-sdk';
import { type ContextValue, FeatureContext } from '../features/feature-context.js';
import type { ResolvedProviderConfig } from './provider-config.js';

type Mapping = Pick<ResolvedProviderConfig, 'targetingKeyProperty' | 'identityFields'>;
type MutableData = Record<string, ContextValue | undefined>;

/** As deep as any JSON that the library reads. A deeper context is a cycle, or a mistake. */
const MAX_DEPTH = 127;
/** A structure that contains the same parts again and again may be small, and endless to walk. */
const MAX_VALUES = 100_000;

/**
 * Converts all properties, dates to RFC 3339 strings. The targeting key gets the name that `mapping` gives it, unless
 * the context has a property of that name itself.
 *
 * @throws {Error} if the context is nested too deeply, has too many parts, or throws when it is read
 */
export function mapContext(context: EvaluationContext, mapping: Mapping): FeatureContext {
  const { targetingKeyProperty, identityFields } = mapping;
  const { targetingKey, ...properties } = context;
  const data = new Converter().object(properties, 1) as MutableData;
  if (targetingKey != null) data[targetingKeyProperty] ??= targetingKey;
  return new FeatureContext(data, { identityFields });
}

/** Copies one context: its source may change later, and a FeatureContext keeps a reference. */
class Converter {
  #values = 0;

  value(value: EvaluationContextValue, depth: number): ContextValue {
    if (typeof value !== 'object' || value === null) return value;
    if (depth > MAX_DEPTH) {
      throw new Error(`The context must not be nested deeper than ${MAX_DEPTH}, or contain itself.`);
    }
    this.#values++;
    if (this.#values > MAX_VALUES) {
      throw new Error(`The context must not contain more than ${MAX_VALUES} lists and objects.`);
    }
    if (Array.isArray(value)) return value.map((entry) => this.value(entry, depth + 1));
    // Not instanceof: a test runner's realm has its own Date class.
    if (Object.prototype.toString.call(value) === '[object Date]') return (value as Date).toJSON();
    return this.object(value as Record<string, EvaluationContextValue>, depth + 1);
  }

  object(value: Record<string, EvaluationContextValue>, depth: number): ContextValue {
    // Without a prototype: a property may be named `__proto__`.
    const copy: MutableData = Object.create(null);
    for (const [name, entry] of Object.entries(value)) copy[name] = this.value(entry, depth);
    return copy;
  }
}
