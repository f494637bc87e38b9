/** What a load of the values files finds: the types of its results. Runs in the watcher thread. */
import type { Issue } from '../../src/common/errors.js';
import type { Suspicion } from '../../src/schema/suspicious-change.js';
import type { Place } from './places.js';
import type { UnknownNames } from './unknown-names.js';

/** The content of one namespace's values file. */
export interface LoadedNamespace {
  /** SHA-256 of the file's bytes, in hex; null if there is no file. */
  readonly hash: string | null;
  /** The file's size, in bytes. */
  readonly bytes: number;
  /** When CI generated the file, RFC 3339; undefined if the file has no valid `generated_at`. */
  readonly generatedAt: string | undefined;
  /** Why `generated_at` is not a timestamp; undefined if it is one, or is missing. */
  readonly generatedAtIssue: string | undefined;
  /** The commit that the file was generated from; undefined if it names none. */
  readonly commit: string | undefined;
  /** The names that the schema does not declare. */
  readonly unknown: UnknownNames;
  /** The directories on the file's path, innermost first; present also if there is no file. */
  readonly places: readonly Place[];
}

/** The last published reload. */
export interface Published {
  /** Its generation. */
  readonly generation: number;
  /** Its values. An earlier generation has published them if no option has changed since. */
  readonly payload: Uint8Array;
  readonly namespaces: ReadonlyMap<string, LoadedNamespace>;
}

/** Why a namespace keeps its last good values in a load that publishes the others. */
export interface Held {
  /**
   * `invalid`, `too-large`, `suspicious`: a verdict on its file, which is remembered. `unavailable`: the system or a permission prevents
   * the read of its file. `volume-gone`: its volume is gone.
   */
  readonly cause: 'invalid' | 'too-large' | 'suspicious' | 'unavailable' | 'volume-gone';
  /** What is wrong with its file: one line for each issue. */
  readonly reason: string;
  /** The mounted directory that was deleted, if that is why the volume is gone. */
  readonly deleted?: string | undefined;
  /** The hash of that file; null if there is none, undefined if it cannot be read. */
  readonly hash: string | null | undefined;
  /** Whether the file may be half-written, or in the middle of a replacement. */
  readonly mayChange: boolean;
}

/** The namespaces that keep their last good values. */
export interface HeldBack {
  readonly namespaces: ReadonlyMap<string, Held>;
  /** The issues of their files, as far as they are listed; none of a volume that is gone. */
  readonly issues: readonly Issue[];
}

/** A successful load: the snapshot, and the namespaces in it. */
export interface Loaded {
  readonly kind: 'loaded';
  /** The encoded snapshot; undefined if no option differs from the published one, which then stays. */
  readonly payload: Uint8Array | undefined;
  readonly namespaces: ReadonlyMap<string, LoadedNamespace>;
  /** The namespaces whose file changed, each with the options that read as another value; in the catalog's order. */
  readonly changes: ReadonlyMap<string, readonly string[]>;
  /** Undefined if no namespace is held back. */
  readonly held?: HeldBack | undefined;
  /** Why values are suspicious although they are published, by namespace. */
  readonly suspicions?: ReadonlyMap<string, Suspicion> | undefined;
}

/** The bytes of all files are the published ones, besides those of namespaces that are held back. */
export interface Unchanged {
  readonly kind: 'unchanged';
  /** The published namespaces, with their present places. */
  readonly namespaces: ReadonlyMap<string, LoadedNamespace>;
  /** Undefined if no namespace is held back. */
  readonly held?: HeldBack | undefined;
}

/** The values directory does not exist or cannot be read. */
export interface NoDirectory {
  readonly kind: 'no-directory';
  /** Whether it does not exist. */
  readonly isMissing: boolean;
  /** The beginning of a sentence that says why. */
  readonly reason: string;
  /** Whether the system cannot read it at the moment. */
  readonly isTransient: boolean;
}

/** The system or a permission prevents the read of a file, which says nothing about the file's content. */
export interface Unavailable {
  readonly kind: 'unavailable';
  readonly issue: Issue;
  /** Whether the system cannot read it at the moment; false if a permission is missing. */
  readonly isTransient: boolean;
}

/** Files are invalid, or are held back because they are suspicious. */
export interface InvalidValues {
  readonly kind: 'invalid';
  readonly issues: readonly Issue[];
  /** Whether an invalid file may be half-written, or in the middle of a replacement. */
  readonly mayChange: boolean;
  /** Whether all files are valid, and only held back because they are suspicious. */
  readonly isSuspicious?: boolean;
}

/** The snapshot is larger than shared memory can hold. */
export interface TooLarge {
  readonly kind: 'too-large';
  /** Its size in bytes; a lower bound if the load stopped before the end. */
  readonly size: number;
  /** The largest snapshot that can be published, in bytes. */
  readonly limit: number;
  /** Whether only memory is missing at the moment. */
  readonly isTransient: boolean;
  /** The size of each namespace's file. */
  readonly namespaces: ReadonlyMap<string, Pick<LoadedNamespace, 'bytes'>>;
}

/** The result of a load. */
export type LoadResult =
  | Loaded
  | NoDirectory
  | Unavailable
  | InvalidValues
  | TooLarge
  | Unchanged
  /** The kubelet swapped the volume during each attempt. */
  | { readonly kind: 'unsettled' };
