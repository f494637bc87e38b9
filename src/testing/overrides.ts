/** Overrides a store's values in one thread, for a while or for one asynchronous call. Runs in the test's thread. */
import { AsyncLocalStorage } from 'node:async_hooks';
import { composeSnapshot } from '../codec/compose.js';
import { EncodedSnapshot } from '../codec/decode.js';
import { disposable } from '../common/disposable.js';
import { ConfigError } from '../common/errors.js';
import type { NamespaceName, OptionsOf } from '../common/option-types.js';
import { describeKind, type OptionValue } from '../common/value.js';
import type { CatalogNamespace } from '../names/catalog.js';
import { isPatternFlag, makePatternFlagId, type OptionId } from '../names/option-id.js';
import { encodeNamespace } from '../schema/share-schemas.js';
import { getCurrentStore } from '../store/thread-store.js';
import type { Overrides } from '../view/live.js';
import type { StoreView } from '../view/view.js';
import { getSchema, validateValues } from './validate.js';

/** The frozen values of one override, by the options' ids. */
type Layer = ReadonlyMap<OptionId, OptionValue>;

/**
 * Overrides values of `namespace` in this thread's store, in this thread only, until the returned Disposable is
 * disposed of. Overrides may be disposed of in any order. If two set the same option, the later one wins.
 *
 * Every read sees the overrides (`isset` is true), and so do snapshots that are taken meanwhile. Overrides survive
 * reloads and cause no event.
 *
 * @returns a Disposable that removes this override
 * @throws {NotInitializedError} if this thread has no store
 * @throws {UnknownNamespaceError} if no schema declares the namespace
 * @throws {UnknownOptionError} if the schema does not declare a key; nothing changes
 * @throws {ValuesError | ConfigError} if a value does not satisfy the schema, or is not JSON; nothing changes
 * @example using override = overrideOptions('seer', { 'feature.enabled': true });
 */
export function overrideOptions<N extends NamespaceName>(namespace: N, values: Partial<OptionsOf<N>>): Disposable;
/**
 * Overrides values for one call of `callback` and all that it awaits, so that parallel tests do not affect each other.
 *
 * @returns what `callback` returns
 * @throws as the form without `callback` does, and whatever `callback` throws
 * @example await overrideOptions('seer', { 'max-retries': 0 }, async () => { … });
 */
export function overrideOptions<N extends NamespaceName, R>(
  namespace: N,
  values: Partial<OptionsOf<N>>,
  callback: () => R,
): R;
export function overrideOptions<R>(namespace: string, values: object, callback?: () => R): Disposable | R {
  const view = getCurrentStore().view;
  const layer = buildLayer(view, namespace, values);
  if (callback !== undefined && typeof callback !== 'function') {
    throw new ConfigError(`callback must be a function; got ${describeKind(callback)}.`, { key: 'callback' });
  }
  let overrides = overridesOf.get(view);
  if (overrides === undefined) {
    overrides = new LayeredOverrides(view);
    overridesOf.set(view, overrides);
  }
  return callback === undefined ? overrides.add(layer) : overrides.run(layer, callback);
}

/** Other copies of the library in this realm have their own for the same store: see `Shared` in `view/live.ts`. */
const overridesOf = new WeakMap<StoreView, LayeredOverrides>();

/** The overrides of one store in one thread. */
class LayeredOverrides implements Overrides {
  readonly #view: StoreView;
  /** The layers of the whole thread, the latest last. */
  #layers: readonly Layer[] = [];
  /** The layers of asynchronous contexts. Exists only while there are some: it slows down every `await` on Node 20. */
  #contexts: AsyncLocalStorage<readonly Layer[]> | undefined;
  #running = 0;
  /** The order in which layers of both kinds were added. */
  readonly #order = new WeakMap<Layer, number>();
  #count = 0;

  constructor(view: StoreView) {
    this.#view = view;
  }

  get(id: OptionId): OptionValue | undefined {
    const layers = this.#visibleLayers();
    for (let last = layers.length - 1; last >= 0; last--) {
      const value = layers[last]?.get(id);
      if (value !== undefined) return value;
    }
    return undefined;
  }

  visible(): ReadonlyMap<OptionId, OptionValue> {
    return new Map(this.#visibleLayers().flatMap((layer) => [...layer]));
  }

  /** Adds `layer` until the returned Disposable is disposed of. */
  add(layer: Layer): Disposable {
    this.#order.set(layer, this.#count++);
    this.#layers = [...this.#layers, layer];
    this.#update();
    return disposable(() => {
      this.#layers = this.#layers.filter((other) => other !== layer);
      this.#update();
    });
  }

  /** Adds `layer` for `callback` and all that it awaits. */
  run<R>(layer: Layer, callback: () => R): R {
    this.#order.set(layer, this.#count++);
    this.#contexts ??= new AsyncLocalStorage();
    const outer = this.#contexts.getStore() ?? [];
    this.#running++;
    this.#update();
    let result: R;
    try {
      result = this.#contexts.run([...outer, layer], callback);
    } catch (error) {
      this.#end();
      throw error;
    }
    if (!isThenable(result)) {
      this.#end();
      return result;
    }
    // Ends before the code that awaits the result continues.
    return Promise.resolve(result).finally(() => this.#end()) as R;
  }

  /** Ends one call. The last one disables the storage, so contexts that still have a layer lose it. */
  #end(): void {
    this.#running--;
    if (this.#running === 0) {
      this.#contexts?.disable();
      this.#contexts = undefined;
    }
    this.#update();
  }

  #update(): void {
    this.#view.setOverrides(this, this.#layers.length + this.#running > 0);
  }

  /** Returns the layers that are active in the current context, the latest last. */
  #visibleLayers(): readonly Layer[] {
    const scoped = this.#contexts?.getStore();
    if (scoped === undefined) return this.#layers;
    return [...this.#layers, ...scoped].sort((a, b) => (this.#order.get(a) ?? 0) - (this.#order.get(b) ?? 0));
  }
}

/** Validates `values`, and converts them to what reads return: frozen objects of this realm. */
function buildLayer(view: StoreView, namespace: string, values: object): Layer {
  const schema = getSchema(view, namespace);
  // Undefined would override nothing, in silence.
  const checked = validateValues(schema, values ?? null);
  const names = view.catalog.find(namespace) as CatalogNamespace;
  const segment = encodeNamespace(schema, checked);
  // A snapshot of this namespace alone, whose number in it is 0.
  const snapshot = new EncodedSnapshot(composeSnapshot({ generation: 0, segments: [segment] }), {
    namespaceCount: 1,
    optionCount: names.count,
  });
  const layer = [...checked.keys()].map((key): [OptionId, OptionValue] => {
    const id = names.idOf(key) as OptionId;
    const ownId = isPatternFlag(id) ? makePatternFlagId(0, key) : id - names.firstIndex;
    return [id, snapshot.decode(ownId) as OptionValue];
  });
  return new Map(layer);
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof (value as PromiseLike<unknown> | null | undefined)?.then === 'function';
}
