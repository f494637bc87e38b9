/** The types of options, where a service declares them. */
import type { OptionValue } from '../common/value.js';

/**
 * The options of each namespace and the types of their values. Empty here; to be augmented, so that keys and types are
 * checked by the compiler:
 *
 * ```ts
 * declare module 'sentry-options' {
 *   interface OptionTypes {
 *     seer: { 'feature.enabled': boolean; 'max-retries': number };
 *   }
 * }
 * ```
 */
// biome-ignore lint/suspicious/noEmptyInterface: it is there to be merged with; a type alias cannot be.
export interface OptionTypes {}

/** A namespace's options: what {@link OptionTypes} says of it, else any key with any value that JSON can hold. */
export type OptionsOf<N extends string> = N extends keyof OptionTypes ? OptionTypes[N] : Record<string, OptionValue>;

/** The keys of a namespace's options. */
export type KeyOf<T> = keyof T & string;

/** A namespace's name: the declared ones are suggested, any other is allowed. */
export type NamespaceName = (keyof OptionTypes & string) | (string & {});
