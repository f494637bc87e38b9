/** The flags of an event, in the form that Sentry gives them. Pure. */
import type { FlagAnswer } from '../features/recording.js';

/** As many flags as Sentry itself keeps. */
export const MAX_FLAGS = 100;

/**
 * Adds `own` flags, oldest first, to those that an event has already: Sentry's own integrations for flags put them there.
 * These come first, because nobody knows their time. Of a name in both, `own` has the answer. If there are more than
 * {@link MAX_FLAGS}, the oldest of both are left out, but no more than half of all are of one kind because of the other.
 *
 * @returns the context; undefined if there are no flags
 */
export function mergeFlags(existing: unknown, own: readonly FlagAnswer[]): Record<string, unknown> | undefined {
  const others = listFlags(existing).filter((other) => !own.some(({ flag }) => flag === nameOf(other)));
  if (own.length === 0) return undefined;
  const otherCount = Math.max(MAX_FLAGS / 2, MAX_FLAGS - own.length);
  const keptOthers = others.slice(-otherCount);
  const keptOwn = own.slice(-(MAX_FLAGS - keptOthers.length));
  const context = { ...(existing as object | undefined), values: [...keptOthers, ...keptOwn] };
  // Before 8.44, Sentry shortened the entries of a context to `[Object]`, like all that is so deep. Not enumerable, so that
  // it is not sent.
  Object.defineProperty(context, '__sentry_skip_normalization__', { value: true });
  return context;
}

function listFlags(context: unknown): readonly unknown[] {
  if (typeof context !== 'object' || context === null) return [];
  const { values } = context as { values?: unknown };
  return Array.isArray(values) ? values : [];
}

function nameOf(flag: unknown): unknown {
  return typeof flag === 'object' && flag !== null ? (flag as Partial<FlagAnswer>).flag : undefined;
}
