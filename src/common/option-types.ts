/** The types of a service's options, which the service may declare. Types only. */
import type { OptionValue } from './value.js';

/**
 * The options of each namespace and the types of their values. Empty here: augment it, and the compiler checks keys and
 * types. `sentry-options generate-types` writes the augmentation.
 *
 * @example
 * ```ts
 * declare module 'sentry-options' {
 *   interface OptionTypes {
 *     seer: { 'feature.enabled': boolean; 'max-retries': number };
 *   }
 * }
 * ```
 */
// biome-ignore lint/suspicious/noEmptyInterface: services augment it, and a type alias cannot be augmented.
export interface OptionTypes {}

/** A namespace's options: those in {@link OptionTypes}, or else any key with any value that JSON can express. */
export type OptionsOf<N extends string> = N extends keyof OptionTypes ? OptionTypes[N] : Record<string, OptionValue>;

/** The keys of a namespace's options. */
export type KeyOf<T> = keyof T & string;

/** A namespace's name. Editors suggest the declared names; any other name is allowed. */
export type NamespaceName = (keyof OptionTypes & string) | (string & {});
