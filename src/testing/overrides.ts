/** Values that a test puts in the place of a store's own, in one thread: for a while, or for one asynchronous call. */
import { AsyncLocalStorage } from 'node:async_hooks';
import { DecodedSnapshot } from '../codec/decode.js';
import { SnapshotEncoder } from '../codec/encode.js';
import { disposable } from '../common/disposable.js';
import type { OptionValue } from '../common/value.js';
import { indexOptions } from '../memory/catalog.js';
import { getCurrentStore } from '../store/current.js';
import type { NamespaceName, OptionsOf } from '../store/option-types.js';
import type { Overrides, StoreView } from '../store/view.js';
import { getSchema, validateValues } from './validate.js';

/** The values of one override, frozen, by the options' indexes. */
type Layer = ReadonlyMap<number, OptionValue>;

/**
 * Puts `values` in the place of those of `namespace`, for this thread's store and this thread, until what it returns is
 * disposed of, in whatever order. They are seen by every read (`isset` is true) and by snapshots that are taken
 * meanwhile, survive reloads and cause no event. Of two that set the same option the later one counts.
 *
 * @throws {NotInitializedError} where this thread has no store
 * @throws {UnknownNamespaceError | UnknownOptionError | ValuesError} for what the schema does not allow; nothing changes
 * @example using override = overrideOptions('seer', { 'feature.enabled': true });
 */
export function overrideOptions<N extends NamespaceName>(namespace: N, values: Partial<OptionsOf<N>>): Disposable;
/**
 * The same for one call of `callback` and all that it awaits: tests that run side by side do not meet. Returns what
 * `callback` returns.
 *
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
  // Found on the store itself: another copy of the library in this realm may have put it there.
  const overrides = (view.overrides as LayeredOverrides | undefined) ?? new LayeredOverrides(view);
  return callback === undefined ? overrides.add(layer) : overrides.run(layer, callback);
}

/** The overrides of one store in one thread. */
class LayeredOverrides implements Overrides {
  readonly #view: StoreView;
  /** Those of the whole thread, the latest last. */
  #layers: readonly Layer[] = [];
  /** Those of asynchronous contexts; there only while there are some, since it makes every `await` slower on Node 20. */
  #contexts: AsyncLocalStorage<readonly Layer[]> | undefined;
  #running = 0;
  /** The order in which layers came, over both kinds. */
  readonly #order = new WeakMap<Layer, number>();
  #count = 0;

  constructor(view: StoreView) {
    this.#view = view;
  }

  get(index: number): OptionValue | undefined {
    const layers = this.#visibleLayers();
    for (let last = layers.length - 1; last >= 0; last--) {
      const value = layers[last]?.get(index);
      if (value !== undefined) return value;
    }
    return undefined;
  }

  visible(): ReadonlyMap<number, OptionValue> {
    return new Map(this.#visibleLayers().flatMap((layer) => [...layer]));
  }

  /** Holds `layer` until what it returns is disposed of. */
  add(layer: Layer): Disposable {
    this.#order.set(layer, this.#count++);
    this.#layers = [...this.#layers, layer];
    this.#update();
    return disposable(() => {
      this.#layers = this.#layers.filter((other) => other !== layer);
      this.#update();
    });
  }

  /** Holds `layer` for `callback` and all that it awaits. */
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
    // Over before whoever awaits it goes on.
    return Promise.resolve(result).finally(() => this.#end()) as R;
  }

  /** After the last one the storage is switched off, and contexts that still hold a layer have none. */
  #end(): void {
    this.#running--;
    if (this.#running === 0) {
      this.#contexts?.disable();
      this.#contexts = undefined;
    }
    this.#update();
  }

  #update(): void {
    this.#view.overrides = this.#layers.length + this.#running > 0 ? this : undefined;
  }

  /** Those that hold in the present context, the latest last. */
  #visibleLayers(): readonly Layer[] {
    const scoped = this.#contexts?.getStore();
    if (scoped === undefined) return this.#layers;
    return [...this.#layers, ...scoped].sort((a, b) => (this.#order.get(a) ?? 0) - (this.#order.get(b) ?? 0));
  }
}

/** Validates `values` and makes of them what reads give: frozen, and of the realm's ordinary objects. */
function buildLayer(view: StoreView, namespace: string, values: object): Layer {
  const schema = getSchema(view, namespace);
  const checked = validateValues(schema, values);
  const indexes: number[] = [];
  const encoder = new SnapshotEncoder(view.optionCount);
  for (const [name, index] of indexOptions(view.catalog, namespace) ?? []) {
    const value = checked.get(name);
    if (value !== undefined) {
      encoder.set(index, value);
      indexes.push(index);
    }
  }
  const snapshot = new DecodedSnapshot(0, encoder.finish(), view.optionCount);
  return new Map(indexes.map((set) => [set, snapshot.value(set) as OptionValue]));
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof (value as PromiseLike<unknown> | null | undefined)?.then === 'function';
}
