/** What a store does, without threads, files or shared memory: the reference that the real one is held against. */

export const NAMESPACES = ['relay', 'seer'] as const;
export type Namespace = (typeof NAMESPACES)[number];

/** What a values file may set. */
export type Values = {
  readonly number?: number;
  readonly text?: string;
};

/** A values file: its text, and what it sets; no values where it is to be refused. */
export interface Content {
  readonly text: string;
  readonly values: Values | undefined;
}

export const DEFAULTS: Required<Values> = { number: 0, text: '' };

/** How a refresh ends: whether it brings something new, or the code of its error. */
export type Refreshed = boolean | 'VALUES_INVALID' | 'WATCHER_CLOSED';

/** All that a thread reads. */
export type View = { readonly generation: number } & Record<Namespace, Required<Values> & { readonly isset: string }>;

type Files = Readonly<Record<Namespace, Content | undefined>>;

export class Reference {
  /** What is on disk. */
  files: Files = { relay: undefined, seer: undefined };
  readonly unreadable = new Set<Namespace>();
  isMounted = true;
  isClosed = false;
  /** Of the thread that owns the store, the latest last. */
  overrides: readonly { readonly id: number; readonly namespace: Namespace; readonly values: Values }[] = [];
  readonly attached = new Set<number>();
  #generation = 1;
  #published: Files = this.files;

  /** Each good content that a namespace has had, for rollbacks. */
  readonly history: Record<Namespace, Content[]> = { relay: [], seer: [] };

  write(namespace: Namespace, content: Content | undefined): void {
    this.files = { ...this.files, [namespace]: content };
    if (content?.values !== undefined) this.history[namespace].push(content);
    if (content === undefined) this.unreadable.delete(namespace);
  }

  refresh(): Refreshed {
    if (this.isClosed) return 'WATCHER_CLOSED';
    // The last values stay, which is told by the status, and is no error.
    if (!this.isMounted) return false;
    const isGood = (namespace: Namespace) => {
      const content = this.files[namespace];
      return content === undefined || (content.values !== undefined && !this.unreadable.has(namespace));
    };
    if (!NAMESPACES.every(isGood)) return 'VALUES_INVALID';
    const isSame = (namespace: Namespace) => this.files[namespace]?.text === this.#published[namespace]?.text;
    if (NAMESPACES.every(isSame)) return false;
    this.#published = this.files;
    this.#generation++;
    return true;
  }

  /** What a thread reads; overrides are those of the owner's thread only. */
  view(isOwner: boolean): View {
    const of = (namespace: Namespace) => {
      const set = { ...this.#published[namespace]?.values };
      for (const override of isOwner ? this.overrides : []) {
        if (override.namespace === namespace) Object.assign(set, override.values);
      }
      return { ...DEFAULTS, ...set, isset: Object.keys(set).sort().join() };
    };
    return { generation: this.#generation, relay: of('relay'), seer: of('seer') };
  }
}
