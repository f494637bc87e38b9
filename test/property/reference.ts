/** A store without threads, files or shared memory: the reference that the test compares the real store with. */

import type { Feature } from 'sentry-options';

export const NAMESPACES = ['relay', 'seer'] as const;
export type Namespace = (typeof NAMESPACES)[number];

/** The flags by pattern that a values file may set, by code point; by code unit, the last one comes before the other. */
export const FLAGS = ['feature.', 'feature.\uffff', 'feature.💥'] as const;
type Flags = { readonly [name in (typeof FLAGS)[number]]?: Feature };

/** The options and flags that a values file may set. */
export type Values = Flags & {
  readonly number?: number;
  readonly text?: string;
};

/** A values file: its content, and the values that it sets, or undefined if it must be rejected. */
export interface Content {
  readonly text: string;
  readonly values: Values | undefined;
}

const DEFAULTS = { number: 0, text: '' };

/** The outcome of a refresh: whether it publishes a generation, or the code of its error. */
export type Refreshed = boolean | 'VALUES_INVALID' | 'WATCHER_CLOSED';

/** What a thread reads of a namespace. */
type NamespaceView = Values & {
  /** The names of all that is set, in any order. */
  readonly isset: string;
  /** What `keys()` returns. */
  readonly keys: string;
  /** The flags that are on for every context. */
  readonly on: string;
};

/** Everything that a thread reads. */
export type View = { readonly generation: number } & Record<Namespace, NamespaceView>;

type Files = Readonly<Record<Namespace, Content | undefined>>;

export class Reference {
  /** The files on disk. */
  files: Files = { relay: undefined, seer: undefined };
  readonly unreadable = new Set<Namespace>();
  isMounted = true;
  /** Whether the volume of `relay` is mounted in the values directory. */
  isRelayMounted = true;
  isClosed = false;
  /** The overrides in the thread that owns the store, the latest last. */
  overrides: readonly { readonly id: number; readonly namespace: Namespace; readonly values: Values }[] = [];
  readonly attached = new Set<number>();
  #generation = 1;
  #published: Files = this.files;

  /** Each valid content that a namespace has had, for rollbacks. */
  readonly history: Record<Namespace, Content[]> = { relay: [], seer: [] };

  write(namespace: Namespace, content: Content | undefined): void {
    this.files = { ...this.files, [namespace]: content };
    if (content?.values !== undefined) this.history[namespace].push(content);
    if (content === undefined) this.unreadable.delete(namespace);
  }

  refresh(): Refreshed {
    if (this.isClosed) return 'WATCHER_CLOSED';
    // The last values stay in use. The status reports that; it is not an error.
    if (!this.isMounted) return false;
    const files: Files = this.isRelayMounted ? this.files : { ...this.files, relay: undefined };
    const isValid = (namespace: Namespace) => {
      const content = files[namespace];
      return content === undefined || (content.values !== undefined && !this.unreadable.has(namespace));
    };
    if (!NAMESPACES.every(isValid)) return 'VALUES_INVALID';
    // A file that is missing together with its volume was not deleted: the last values of all namespaces stay in use.
    if (!this.isRelayMounted && this.#published.relay !== undefined) return false;
    const isUnchanged = (namespace: Namespace) => files[namespace]?.text === this.#published[namespace]?.text;
    if (NAMESPACES.every(isUnchanged)) return false;
    this.#published = files;
    this.#generation++;
    return true;
  }

  /** Returns what a thread reads; overrides apply only in the thread that owns the store. */
  view(isOwner: boolean): View {
    const read = (namespace: Namespace) => {
      const set: Values = { ...this.#published[namespace]?.values };
      for (const override of isOwner ? this.overrides : []) {
        if (override.namespace === namespace) Object.assign(set, override.values);
      }
      const flags = FLAGS.filter((name) => set[name] !== undefined);
      // Each flag has either no segment, or one for every context.
      const on = flags.filter((name) => set[name]?.segments.length !== 0);
      const isset = Object.keys(set).sort().join();
      return { ...DEFAULTS, ...set, isset, keys: ['number', 'text', ...flags].join(), on: on.join() };
    };
    return { generation: this.#generation, relay: read('relay'), seer: read('seer') };
  }
}
