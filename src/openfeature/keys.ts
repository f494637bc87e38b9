/** Maps OpenFeature's flag keys to flags and options, and back. Runs in the thread that evaluates. */
import { formatName, formatText } from '../common/text.js';
import { describeKind } from '../common/value.js';
import { FLAG_PREFIX } from '../features/feature.js';
import { isPatternFlag, type OptionId } from '../names/option-id.js';
import type { OptionsStore } from '../store/options-store.js';
import type { StoreView } from '../view/view.js';

const SEPARATOR = '/';

/** What a key refers to: a flag, an option, or one of each. The requested type then decides. */
export interface Found {
  readonly namespace: string;
  /** The name of the option, or of the flag without `feature.`. */
  readonly name: string;
  /** The id of the flag; undefined if the key refers to none. */
  readonly flag: OptionId | undefined;
  readonly isOption: boolean;
  /** Whether it may be a flag by pattern, which a reload may set or remove. */
  readonly isByPattern: boolean;
}

/** Why a key refers to nothing. */
export interface NotFound {
  readonly message: string;
  /** The namespace that the key names, if a schema declares it. */
  readonly namespace?: string;
}

/** The keys of one store. */
export class FlagKeys {
  readonly #namespace: string | undefined;
  readonly #view: StoreView;
  /**
   * What keys have referred to. Not those that refer to nothing, nor to a flag by pattern: they may come from requests, in
   * any number.
   */
  readonly #known = new Map<string, Found>();

  /** Makes the keys of `store`. Keys without a namespace refer to `namespace`. */
  constructor(store: OptionsStore, namespace: string | undefined) {
    this.#namespace = namespace;
    this.#view = store.view;
  }

  /**
   * Finds what `flagKey` refers to, or why it refers to nothing.
   *
   * @throws {SnapshotUnreadableError} if it may refer to something, but other code has overwritten the names
   */
  find(flagKey: unknown): Found | NotFound {
    if (typeof flagKey !== 'string') return { message: `The key must be a string; got ${describeKind(flagKey)}.` };
    const known = this.#known.get(flagKey);
    if (known !== undefined) return known;
    const found = this.#search(flagKey);
    if (!('message' in found) && !found.isByPattern) this.#known.set(flagKey, found);
    return found;
  }

  #search(flagKey: string): Found | NotFound {
    const { namespace, name } = this.#split(flagKey);
    if (namespace === undefined) {
      // A key may come from a request, and hosts log the message.
      const shown = formatText(flagKey);
      const message =
        `The key '${shown}' has no namespace: use 'NAMESPACE/${shown}', or set the provider's namespace. ` +
        `Declared namespaces: ${this.#listKnown()}.`;
      return { message };
    }
    const names = this.#view.catalog.find(namespace);
    if (names === undefined) {
      this.#view.names.check();
      const message = `Unknown namespace ${formatName(namespace)}: no schema declares it. Declared namespaces: ${this.#listKnown()}.`;
      return { message };
    }
    const flag = names.idOf(FLAG_PREFIX + name);
    const option = names.indexOf(name);
    const isOption = option !== undefined && !this.#view.isFlag(option);
    const isByPattern = flag !== undefined && isPatternFlag(flag);
    // Of an option and a flag by pattern, the flag counts only while it is set: the pattern matches any name.
    const isFlag = flag !== undefined && this.#view.isFlag(flag) && !(isByPattern && isOption && !this.#isset(flag));
    if (isFlag || isOption) return { namespace, name, flag: isFlag ? flag : undefined, isOption, isByPattern };
    this.#view.names.check();
    const message = `Unknown flag or option ${formatName(name)} in namespace '${namespace}': ${advise(name, flag, option)}.`;
    return { message, namespace };
  }

  /** Formats the flag key that refers to the option or flag `key` of `namespace`. */
  formatKey(namespace: string, key: string): string {
    const id = this.#view.catalog.find(namespace)?.idOf(key);
    const name = id !== undefined && this.#view.isFlag(id) ? key.slice(FLAG_PREFIX.length) : key;
    return namespace === this.#namespace ? name : namespace + SEPARATOR + name;
  }

  #isset(id: OptionId): boolean {
    return this.#view.override(id) !== undefined || this.#view.adopt().isset(id);
  }

  /** Splits a key. It has a namespace if the part before the first slash is one: names may contain slashes, too. */
  #split(flagKey: string): { namespace: string | undefined; name: string } {
    const end = flagKey.indexOf(SEPARATOR);
    const first = flagKey.slice(0, end);
    if (end > 0 && (this.#namespace === undefined || this.#view.declares(first))) {
      return { namespace: first, name: flagKey.slice(end + SEPARATOR.length) };
    }
    return { namespace: this.#namespace, name: flagKey };
  }

  #listKnown(): string {
    return this.#view.names.read((catalog) => catalog.names()).join(', ') || 'none';
  }
}

/** Advises on an unknown name. `flag`, `option`: the id of the name with the prefix, and of the name as it is. */
function advise(name: string, flag: OptionId | undefined, option: number | undefined): string {
  if (option !== undefined) {
    return `the keys of flags have no '${FLAG_PREFIX}', so use ${formatName(name.slice(FLAG_PREFIX.length))}`;
  }
  if (flag !== undefined) return `${formatName(FLAG_PREFIX + name)} is a plain option, so use that name`;
  return 'its schema declares neither. Correct the key, or add it to the schema';
}
