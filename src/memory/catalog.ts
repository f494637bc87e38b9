/**
 * The names that a store knows: namespaces and their options, in the order in which a snapshot indexes them. Written
 * by the watcher once, before the first generation, and never again; read by every thread when it opens the store.
 */

/** One namespace's options. Their indexes in a snapshot follow one another. */
export interface CatalogNamespace {
  readonly name: string;
  /** Option names in the schema's order, flags included. */
  readonly keys: readonly string[];
}

/** All namespaces, in the order of their options' indexes. */
export type Catalog = readonly CatalogNamespace[];

/** An option of a catalog. */
interface CatalogOption {
  readonly namespace: string;
  readonly key: string;
  /** Its place in every snapshot of the store. */
  readonly index: number;
}

/** Yields all options, in the order of their indexes. */
export function* listOptions(catalog: Catalog): Generator<CatalogOption> {
  for (const [{ name: namespace, keys }, firstIndex] of listNamespaces(catalog)) {
    for (const [place, key] of keys.entries()) yield { namespace, key, index: firstIndex + place };
  }
}

/** Maps a namespace's option names to their indexes; undefined for a namespace that is not in the catalog. */
export function indexOptions(catalog: Catalog, namespace: string): ReadonlyMap<string, number> | undefined {
  for (const [{ name, keys }, firstIndex] of listNamespaces(catalog)) {
    if (name === namespace) return new Map(keys.map((key, place) => [key, firstIndex + place]));
  }
  return undefined;
}

function* listNamespaces(catalog: Catalog): Generator<[CatalogNamespace, number]> {
  let firstIndex = 0;
  for (const namespace of catalog) {
    yield [namespace, firstIndex];
    firstIndex += namespace.keys.length;
  }
}

/** What a store's schemas say, in shared memory: written once, before the first generation. */
export interface SharedSchemas {
  /** Namespaces and their options' names, in the order of their indexes; JSON. */
  readonly catalog: SharedArrayBuffer;
  /** The options' defaults, as a snapshot. */
  readonly defaults: SharedArrayBuffer;
  /** The schemas' texts by namespace, JSON: what overrides are validated by. */
  readonly schemas: SharedArrayBuffer;
}

/** The catalogue in shared memory, as JSON. */
export function encodeCatalog(catalog: Catalog): SharedArrayBuffer {
  return shareBytes(Buffer.from(JSON.stringify(catalog)));
}

/** What {@link encodeCatalog} wrote. */
export function decodeCatalog(buffer: SharedArrayBuffer): Catalog {
  return JSON.parse(Buffer.from(copyBytes(buffer)).toString()) as Catalog;
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
