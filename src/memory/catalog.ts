/**
 * The names that a store knows: namespaces and their options, in the order in which a snapshot indexes them. Written
 * by the watcher once, before the first generation, and never again; read by every thread when it opens the store.
 */

/** One namespace's options. Their indexes in a snapshot follow one another. */
export interface CatalogueNamespace {
  readonly name: string;
  /** Option names in the schema's order, flags included. */
  readonly keys: readonly string[];
}

/** All namespaces, in the order of their options' indexes. */
export type Catalogue = readonly CatalogueNamespace[];

/** A namespace's options by name, with their indexes; undefined for one that is not in the catalogue. */
export function indexesOf(catalogue: Catalogue, namespace: string): ReadonlyMap<string, number> | undefined {
  let first = 0;
  for (const { name, keys } of catalogue) {
    if (name === namespace) return new Map(keys.map((key, place) => [key, first + place]));
    first += keys.length;
  }
  return undefined;
}

/** What a store's schemas say, in shared memory: written once, before the first generation. */
export interface SharedSchemas {
  /** Namespaces and their options' names, in the order of their indexes; JSON. */
  readonly catalogue: SharedArrayBuffer;
  /** The options' defaults, as a snapshot. */
  readonly defaults: SharedArrayBuffer;
  /** The schemas' texts by namespace, JSON: what overrides are validated by. */
  readonly schemas: SharedArrayBuffer;
}

/** The catalogue in shared memory, as JSON. */
export function encodeCatalogue(catalogue: Catalogue): SharedArrayBuffer {
  return shareBytes(Buffer.from(JSON.stringify(catalogue)));
}

/** What {@link encodeCatalogue} wrote. */
export function decodeCatalogue(buffer: SharedArrayBuffer): Catalogue {
  return JSON.parse(Buffer.from(copyBytes(buffer)).toString()) as Catalogue;
}

/** A copy of `bytes` that all threads can read, and that nobody writes again. */
export function shareBytes(bytes: Uint8Array): SharedArrayBuffer {
  const buffer = new SharedArrayBuffer(bytes.length);
  new Uint8Array(buffer).set(bytes);
  return buffer;
}

/** A private copy: nothing is ever decoded from shared memory. */
export function copyBytes(buffer: SharedArrayBuffer): Uint8Array<ArrayBuffer> {
  return new Uint8Array(buffer).slice();
}
