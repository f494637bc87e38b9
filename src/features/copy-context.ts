/** Copies contexts of other interfaces: their sources may change later, and a FeatureContext keeps a reference. Pure. */
import { ContextReader } from './context-limits.js';
import type { ContextValue } from './feature-context.js';

/** A context's properties, before it is made. Without a prototype: a property may be named `__proto__`. */
export type MutableContextData = Record<string, ContextValue | undefined>;

/**
 * Copies all properties of `context`, dates as RFC 3339 strings.
 *
 * @throws {ContextLimitError} if the context is nested too deeply, or has too many values
 * @throws whatever the context throws when it is read
 */
export function copyContext(context: object): MutableContextData {
  return new Copier().object(context as Readonly<Record<string, unknown>>, 0);
}

/** Copies one context. */
class Copier {
  readonly #reader = new ContextReader();

  object(object: Readonly<Record<string, unknown>>, depth: number): MutableContextData {
    const copy: MutableContextData = Object.create(null);
    for (const name of this.#reader.listNames(object, depth)) copy[name] = this.#value(object[name], depth + 1);
    return copy;
  }

  #value(value: unknown, depth: number): ContextValue {
    if (typeof value !== 'object' || value === null) return value as ContextValue;
    if (Array.isArray(value)) return this.#list(value, depth);
    // Not instanceof: a test runner's realm has its own Date class.
    if (Object.prototype.toString.call(value) === '[object Date]') return (value as Date).toJSON();
    return this.object(value as Readonly<Record<string, unknown>>, depth);
  }

  #list(list: readonly unknown[], depth: number): ContextValue {
    const length = this.#reader.countEntries(list, depth);
    const copy: ContextValue[] = [];
    for (let index = 0; index < length; index++) copy.push(this.#value(list[index], depth + 1));
    return copy;
  }
}
