/** Converts OpenFeature's evaluation context to a FeatureContext. Runs in the thread that evaluates. */
import type { EvaluationContext, EvaluationContextValue } from '@openfeature/server-sdk';
import { ContextReader } from '../features/context-limits.js';
import { type ContextValue, FeatureContext } from '../features/feature-context.js';
import type { ResolvedProviderConfig } from './provider-config.js';

type Mapping = Pick<ResolvedProviderConfig, 'targetingKeyProperty' | 'identityFields'>;
type MutableData = Record<string, ContextValue | undefined>;

/**
 * Converts all properties, dates to RFC 3339 strings. The targeting key gets the name that `mapping` gives it, unless
 * the context has a property of that name itself.
 *
 * @throws {Error} if the context is nested too deeply, has too many values, or throws when it is read
 */
export function mapContext(context: EvaluationContext, mapping: Mapping): FeatureContext {
  const { targetingKeyProperty, identityFields } = mapping;
  const data = new Converter().object(context as Record<string, EvaluationContextValue>, 0);
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

/** Copies one context: its source may change later, and a FeatureContext keeps a reference. */
class Converter {
  readonly #reader = new ContextReader();

  value(value: EvaluationContextValue, depth: number): ContextValue {
    if (typeof value !== 'object' || value === null) return value;
    if (Array.isArray(value)) return this.#list(value, depth);
    // Not instanceof: a test runner's realm has its own Date class.
    if (Object.prototype.toString.call(value) === '[object Date]') return (value as Date).toJSON();
    return this.object(value as Record<string, EvaluationContextValue>, depth);
  }

  #list(list: readonly EvaluationContextValue[], depth: number): ContextValue {
    const length = this.#reader.countEntries(list, depth);
    const copy: ContextValue[] = [];
    for (let index = 0; index < length; index++) {
      copy.push(this.value(list[index] as EvaluationContextValue, depth + 1));
    }
    return copy;
  }

  object(object: Record<string, EvaluationContextValue>, depth: number): MutableData {
    // Without a prototype: a property may be named `__proto__`.
    const copy: MutableData = Object.create(null);
    for (const name of this.#reader.listNames(object, depth)) {
      copy[name] = this.value(object[name] as EvaluationContextValue, depth + 1);
    }
    return copy;
  }
}
