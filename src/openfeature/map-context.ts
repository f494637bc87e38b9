/** From OpenFeature's evaluation context to the context that a flag is evaluated for. Runs in the thread that asks. */
import type { EvaluationContext, EvaluationContextValue } from '@openfeature/server-sdk';
import { type ContextValue, FeatureContext } from '../features/feature-context.js';
import type { ResolvedProviderConfig } from './provider-config.js';

type Mapping = Pick<ResolvedProviderConfig, 'targetingKeyProperty' | 'identityFields'>;
type MutableData = Record<string, ContextValue | undefined>;

/** Deeper than any JSON that the library reads: beyond it a context is a cycle, or a mistake. */
const MAX_DEPTH = 127;
/** A structure that holds the same parts again and again may be small, and endless to walk. */
const MAX_VALUES = 100_000;

/**
 * All properties, dates as RFC 3339 strings, and the targeting key under the name that `mapping` gives it, where the
 * context has no property of that name itself.
 *
 * @throws {Error} where the context is nested too deeply, is endless, or throws when it is read
 */
export function mapContext(context: EvaluationContext, mapping: Mapping): FeatureContext {
  const { targetingKeyProperty, identityFields } = mapping;
  const { targetingKey, ...properties } = context;
  const data = new Converter().object(properties, 1) as MutableData;
  if (targetingKey != null) data[targetingKeyProperty] ??= targetingKey;
  return new FeatureContext(data, { identityFields });
}

/** Copies one context: what it is given may change later, and a FeatureContext keeps a reference. */
class Converter {
  #values = 0;

  value(value: EvaluationContextValue, depth: number): ContextValue {
    if (typeof value !== 'object' || value === null) return value;
    if (depth > MAX_DEPTH) throw new Error(`The context is nested deeper than ${MAX_DEPTH}, or contains itself.`);
    this.#values++;
    if (this.#values > MAX_VALUES) throw new Error(`The context holds more than ${MAX_VALUES} lists and objects.`);
    if (Array.isArray(value)) return value.map((entry) => this.value(entry, depth + 1));
    // Not instanceof: a test runner's realm has a Date of its own.
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
