/** From OpenFeature's flag keys to flags and options, and back. Runs in the thread that asks. */
import { FLAG_PREFIX } from '../features/feature.js';
import { indexOptions } from '../memory/catalog.js';
import type { OptionsStore } from '../store/options-store.js';
import type { StoreView } from '../store/view.js';

const SEPARATOR = '/';

/** What a key stands for: a flag, an option, or one of each; asked for by type. */
export interface Found {
  readonly namespace: string;
  /** The name of the option, and of the flag without `feature.`. */
  readonly name: string;
  readonly isFlag: boolean;
  readonly isOption: boolean;
}

/** The keys of one store. */
export class FlagKeys {
  readonly #namespace: string | undefined;
  readonly #view: StoreView;
  readonly #indexes: ReadonlyMap<string, ReadonlyMap<string, number>>;

  /** `namespace`: that of keys that name none. */
  constructor(store: OptionsStore, namespace: string | undefined) {
    this.#namespace = namespace;
    this.#view = store.view;
    this.#indexes = new Map(
      store.namespaces().map((name) => [name, indexOptions(this.#view.catalog, name) ?? new Map<string, number>()]),
    );
  }

  /** What `flagKey` stands for, or, as a text, why it is nothing. */
  find(flagKey: string): Found | string {
    const { namespace, name } = this.#split(flagKey);
    if (namespace === undefined) {
      return (
        `The key '${flagKey}' names no namespace: ask for 'NAMESPACE/${flagKey}', or give the provider a namespace. ` +
        `There are: ${this.#listKnown()}.`
      );
    }
    const indexes = this.#indexes.get(namespace);
    if (indexes === undefined) {
      return `Unknown namespace '${namespace}': no schema declares it. There are: ${this.#listKnown()}.`;
    }
    const flag = indexes.get(FLAG_PREFIX + name);
    const option = indexes.get(name);
    const found = {
      namespace,
      name,
      isFlag: flag !== undefined && this.#view.isFlag(flag),
      isOption: option !== undefined && !this.#view.isFlag(option),
    };
    if (found.isFlag || found.isOption) return found;
    return `There is no flag or option '${name}' in namespace '${namespace}': ${advise(name, flag, option)}.`;
  }

  /** The key by which the option `key` of `namespace` is asked for. */
  formatKey(namespace: string, key: string): string {
    const index = this.#indexes.get(namespace)?.get(key);
    const name = index !== undefined && this.#view.isFlag(index) ? key.slice(FLAG_PREFIX.length) : key;
    return namespace === this.#namespace ? name : namespace + SEPARATOR + name;
  }

  /** A key names its namespace where what stands before the first slash is one: names may have slashes, too. */
  #split(flagKey: string): { namespace: string | undefined; name: string } {
    const end = flagKey.indexOf(SEPARATOR);
    const first = flagKey.slice(0, end);
    if (end > 0 && (this.#namespace === undefined || this.#indexes.has(first))) {
      return { namespace: first, name: flagKey.slice(end + SEPARATOR.length) };
    }
    return { namespace: this.#namespace, name: flagKey };
  }

  #listKnown(): string {
    return [...this.#indexes.keys()].join(', ') || 'none';
  }
}

/** What to do about a name that is neither; `flag`, `option`: where it is found with the prefix, and as it is. */
function advise(name: string, flag: number | undefined, option: number | undefined): string {
  if (option !== undefined)
    return `flags are asked for without '${FLAG_PREFIX}', so ask for '${name.slice(FLAG_PREFIX.length)}'`;
  if (flag !== undefined) return `'${FLAG_PREFIX}${name}' is a plain option, so ask for it by that name`;
  return 'its schema declares neither. Correct the key, or add it to the schema';
}
