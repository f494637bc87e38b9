/** The object behind `NamespaceOptions.values`: it has the options of one store, and follows the thread. Runs in readers. */
import type { OptionValue } from '../common/value.js';
import type { Live } from '../view/live.js';
import type { CachedOption, NamespaceCache } from '../view/namespace-cache.js';
import type { StoreView } from '../view/view.js';
import { keepApart } from './slow-path.js';
import { makeFlagError, makeUnknownNamespaceError } from './unknown-names.js';
import { defineValues, makeValues } from './values.js';

/** The live options of the namespace: `NamespaceOptions`. */
export interface ValuesOwner {
  readonly namespace: string;
  readonly cache: NamespaceCache;
  bind(): StoreView;
  find(key: string): CachedOption;
  listedKeys(): string[];
}

/**
 * Finds the options of a namespace that are not flags.
 *
 * @throws {UnknownNamespaceError} if no schema declares the namespace
 * @throws {SnapshotUnreadableError} if this thread cannot read the schemas' names or defaults
 */
export function findOptions(owner: ValuesOwner, view: StoreView): CachedOption[] {
  const keys = owner.listedKeys();
  if (owner.cache.names === undefined) throw makeUnknownNamespaceError(view, owner.namespace);
  return keys.map((key) => owner.find(key)).filter(({ id }) => !view.isFlag(id));
}

/** The `values` of one namespace. */
export class LiveValues {
  readonly #owner: ValuesOwner;
  #object: object | undefined;
  /** Of the view whose options are the properties of the object; undefined as long as it has none. */
  #live: Live | undefined;

  constructor(owner: ValuesOwner) {
    this.#owner = owner;
  }

  /**
   * Returns the object with the options of `view`: the same one for each view. Without a view, returns an object without
   * properties, which the first view completes. Throws as {@link findOptions} does.
   */
  open(view: StoreView | undefined): object {
    if (view !== undefined && view.live !== this.#live) this.#define(view);
    this.#object ??= this.#make();
    return this.#object;
  }

  #make(): object {
    return makeValues({ namespace: this.#owner.namespace, read: (key) => this.#readUnknown(key) });
  }

  /** The getters must not keep `view`: whoever keeps the object would keep the memory of a closed store. */
  #define(view: StoreView): void {
    const options = findOptions(this.#owner, view);
    const { live } = this.#owner.cache;
    const object = (this.#live === undefined ? this.#object : undefined) ?? this.#make();
    const readApart = keepApart((option: CachedOption) => this.#read(live, option));
    defineValues(object, this.#owner.namespace, options, (option) => () => {
      // As in `NamespaceOptions.get`. All that it needs is constant if the key is, and V8 inlines it. A store that this
      // thread has left never takes this path again.
      if (live.adopted === live.word[0]) {
        const { value } = option;
        if (value !== undefined) return value;
      }
      return readApart(option);
    });
    this.#object = object;
    this.#live = live;
  }

  /** Called after the option changed, while there are overrides, and when this thread has left the store of `live`. */
  #read(live: Live, option: CachedOption): OptionValue {
    const view = this.#owner.bind();
    if (view.live !== live) return this.#readUnknown(option.key);
    view.usage.markRead(option.id);
    return view.override(option.id) ?? (view.readAdopted(option) as OptionValue);
  }

  /** Reads an option that the object does not have as a property: there was no store yet, or another one. */
  #readUnknown(key: string): OptionValue {
    const { namespace } = this.#owner;
    const option = this.#owner.find(key);
    const view = this.#owner.bind();
    if (view.isFlag(option.id)) throw makeFlagError(namespace, key);
    if (this.#live === undefined) this.#define(view);
    view.usage.markRead(option.id);
    return view.override(option.id) ?? (view.readAdopted(option) as OptionValue);
  }
}
