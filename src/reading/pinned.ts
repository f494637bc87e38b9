/** What a pinned snapshot keeps and reads. Runs in readers. */
import type { EncodedSnapshot } from '../codec/decode.js';
import type { OptionValue } from '../common/value.js';
import { isPatternFlag, type OptionId } from '../names/option-id.js';
import { type CachedReads, NO_CACHE } from '../view/namespace-cache.js';
import type { Reading, StoreView } from '../view/view.js';
import { findOptions } from './live-values.js';
import type { NamespaceOptions } from './namespace.js';
import { listPatternFlagNames, listPatternFlags } from './pattern-flags.js';
import { keepApart } from './slow-path.js';
import { makeFlagError, makeUnsetFlagError } from './unknown-names.js';
import { defineValues, makeValues } from './values.js';

/** One generation, with the overrides that were active when it was pinned. */
export class Pinned {
  readonly view: StoreView;
  readonly generation: number;
  readonly #reading: Reading;
  readonly #snapshot: EncodedSnapshot;
  readonly #overrides: ReadonlyMap<OptionId, OptionValue> | undefined;

  constructor(view: StoreView) {
    this.#reading = view.pin();
    this.view = view;
    this.generation = this.#reading.generation;
    this.#snapshot = this.#reading.snapshot;
    this.#overrides = view.visibleOverrides();
  }

  /**
   * Lets this thread reuse the memory. Nothing may read this generation here afterwards, so only who has made it and passed
   * it to nobody may call this, once. All others leave that to the garbage collector.
   */
  release(): void {
    this.view.unpin(this.#reading);
  }

  /** Returns the option's value; undefined if it is a flag that is not set. */
  value(id: OptionId): OptionValue | undefined {
    return this.#overrides?.get(id) ?? this.view.valueIn(this.#snapshot, id);
  }

  isset(id: OptionId): boolean {
    return this.#overrides?.has(id) === true || this.#snapshot.isset(id);
  }

  /** Returns all names of a namespace: as {@link NamespaceOptions.keys}, but of this generation. */
  keys(live: NamespaceOptions): string[] {
    const listed = live.listedKeys();
    const { names } = live.cache;
    if (names?.hasPatternFlags !== true) return listed;
    return [...listed, ...listPatternFlags(names.ordinal, this.#snapshot, this.#overrides)];
  }

  /** Returns the names of the flags by pattern that are set in the namespace number `ordinal`, without the prefix. */
  patternFlagNames(ordinal: number): readonly string[] {
    return listPatternFlagNames(ordinal, this.#snapshot, this.#overrides);
  }

  /** Whether live reads without overrides read the same values. */
  get isAdopted(): boolean {
    return this.#overrides === undefined && this.view.adopted === this.#snapshot;
  }

  /** Returns where to look reads up first: what live reads have read, as long as they read the same values. */
  open(live: NamespaceOptions): CachedReads {
    if (this.isAdopted) {
      live.bind();
      // Objects of all stores have the same cache while their namespace is unknown.
      if (live.cache !== NO_CACHE) return live.cache.share();
    }
    return { values: new Map(), issets: new Map() };
  }
}

/** The options of one namespace in one generation. */
export class PinnedOptions {
  static readonly #getApart = keepApart((options: PinnedOptions, key: string) => options.get(key));
  static readonly #readApart = keepApart((options: PinnedOptions, key: string) => options.#read(key));
  static readonly #readIssetApart = keepApart((options: PinnedOptions, key: string) => options.#readIsset(key));

  readonly #pinned: Pinned;
  /** The live options of the same namespace, which find the options. */
  readonly #live: NamespaceOptions;
  readonly #reads: CachedReads;
  #properties: object | undefined;

  constructor(pinned: Pinned, live: NamespaceOptions) {
    this.#pinned = pinned;
    this.#live = live;
    this.#reads = pinned.open(live);
  }

  get(key: string): OptionValue {
    const value = this.#reads.values.get(key);
    return value === undefined ? PinnedOptions.#readApart(this, key) : value;
  }

  isset(key: string): boolean {
    const isset = this.#reads.issets.get(key);
    return isset === undefined ? PinnedOptions.#readIssetApart(this, key) : isset;
  }

  keys(): string[] {
    return this.#pinned.keys(this.#live);
  }

  get properties(): object {
    this.#properties ??= this.#makeProperties();
    return this.#properties;
  }

  #read(key: string): OptionValue {
    const { id } = this.#live.find(key);
    this.#pinned.view.usage.markRead(id);
    const value = this.#pinned.value(id);
    if (value === undefined) throw makeUnsetFlagError(this.#live.namespace, key);
    this.#reads.values.set(key, value);
    return value;
  }

  #readIsset(key: string): boolean {
    const { id } = this.#live.find(key);
    this.#pinned.view.usage.markRead(id);
    const isset = this.#pinned.isset(id);
    if (isset || !isPatternFlag(id)) this.#reads.issets.set(key, isset);
    return isset;
  }

  #makeProperties(): object {
    const { namespace } = this.#live;
    const { view } = this.#pinned;
    const options = findOptions(this.#live, view);
    const properties = makeValues({
      namespace,
      // All options are properties, so this is a flag, or undeclared.
      read: (key) => {
        this.#live.find(key);
        throw makeFlagError(namespace, key);
      },
    });
    defineValues(properties, namespace, options, ({ key }) => {
      let value: OptionValue | undefined;
      return () => {
        if (value === undefined) value = PinnedOptions.#getApart(this, key);
        return value;
      };
    });
    return properties;
  }
}
