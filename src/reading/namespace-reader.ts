/** What all live objects of one namespace have in common: they find their store, and follow it. Runs in readers. */
import { type NamespaceCache, NO_CACHE } from '../view/namespace-cache.js';
import type { StoreView, ViewSource } from '../view/view.js';

/** A live object of one namespace. It finds its store at the first read. */
export abstract class NamespaceReader {
  /** The namespace's name. */
  readonly namespace: string;
  readonly #source: ViewSource;
  #view: StoreView | undefined;
  /** @internal What the thread has read of the namespace. */
  cache: NamespaceCache = NO_CACHE;

  constructor(source: ViewSource, namespace: string) {
    this.#source = source;
    this.namespace = namespace;
  }

  /**
   * @internal Returns the view to read now, and finds the namespace in it if it is another view than last time.
   *
   * @throws {NotInitializedError} if there is no store, and was none
   */
  bind(): StoreView {
    const view = this.#source.resolve(this.#view);
    // A name that was not found is looked up each time: other code may have overwritten it for a moment only.
    if (view === this.#view && this.cache.names !== undefined) return view;
    const cache = view.cacheOf(this.namespace);
    this.move(cache);
    // From here on, nothing can fail: no half of two stores ever stays.
    this.cache = cache;
    this.#view = view;
    return view;
  }

  /** Has the source read `values` of `owner`, this object, once there is a store. */
  protected awaitStore(owner: { readonly values: object }): void {
    this.#source.awaitStore?.(owner);
  }

  /** @internal Called before the object moves to another view, whose cache it then reads. */
  protected abstract move(cache: NamespaceCache): void;

  /** @internal The view that was read last. */
  get lastView(): StoreView | undefined {
    return this.#view;
  }
}
