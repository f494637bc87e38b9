/** What an event says about the store of its thread. Runs in the thread that captures the event. */
import type { Status } from '../status/status.js';
import type { OptionsStore } from '../store/options-store.js';

/** How many namespaces an event lists: about 5 KB. Sentry limits the size of a context. */
const MAX_NAMESPACES = 50;

/** The context `sentry_options` of an event. */
export interface StoreContext {
  /** As in `status()`. */
  readonly generation: number;
  /** The generation that the thread last read, if it has not read the newest one yet. */
  readonly readGeneration?: number;
  /** As in `status()`. */
  readonly appliedAt: string | null;
  /** As in `status()`. */
  readonly health: Status['health'];
  /** By namespace, the SHA-256 of the live values file; null if there is none. Those that the thread has read first. */
  readonly values: Readonly<Record<string, string | null>>;
  /** How many more namespaces there are; missing if none are left out. */
  readonly omitted?: number;
}

/** Describes what is live in `store` at this moment. */
export function describeStore(store: OptionsStore): StoreContext {
  const { view } = store;
  // First: status() reads the newest.
  const read = view.generation;
  const { generation, appliedAt, health, namespaces } = store.status();
  const names = Object.keys(namespaces);
  const listed = names.length > MAX_NAMESPACES ? [...new Set([...view.readNamespaces(), ...names])] : names;
  const values = listed
    .filter((name) => Object.hasOwn(namespaces, name))
    .slice(0, MAX_NAMESPACES)
    .map((name) => [name, namespaces[name]?.valuesHash ?? null]);
  return {
    generation,
    ...(read > 0 && read < generation && { readGeneration: read }),
    appliedAt,
    health,
    values: Object.fromEntries(values),
    ...(names.length > MAX_NAMESPACES && { omitted: names.length - MAX_NAMESPACES }),
  };
}
