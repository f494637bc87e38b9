/** The values file of one namespace, as one load finds it. Runs in the watcher thread. Pure. */
import type { Place } from './places.js';
import type { LoadedNamespace } from './results.js';
import { NO_NAMES } from './unknown-names.js';

/** A values file that was read, or that does not exist. */
export interface NamespaceFile {
  readonly file: string;
  /** Undefined if there is no file. */
  readonly bytes: Uint8Array | undefined;
  /** SHA-256 of the bytes, in hex; null if there is no file. */
  readonly hash: string | null;
  readonly places: readonly Place[];
}

/** Describes a namespace without a values file. */
export function describeMissing(places: readonly Place[]): LoadedNamespace {
  return {
    hash: null,
    bytes: 0,
    generatedAt: undefined,
    generatedAtIssue: undefined,
    commit: undefined,
    unknown: NO_NAMES,
    places,
  };
}

/** Whether the system granted no memory for an array. V8 ends the thread if its own heap is exhausted. */
export function isOutOfMemory(error: unknown): boolean {
  return error instanceof RangeError && error.message.includes('allocation failed');
}
