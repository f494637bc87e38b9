/** The schemas of a store in shared memory, and the bytes of memory that never changes. Any thread may import it. */

/**
 * The schemas of a store in shared memory. The watcher writes them once, before the first generation. All threads write
 * to `usage`.
 */
export interface SharedSchemas {
  /** The names of all namespaces and options: see `catalog-layout.ts`. */
  readonly catalog: SharedArrayBuffer;
  /** The defaults of all options, as a snapshot. */
  readonly defaults: SharedArrayBuffer;
  /** The schemas as JSON strings, by namespace; as JSON. They validate overrides. */
  readonly schemas: SharedArrayBuffer;
  /** Where threads note what they read: see `usage-memory.ts`. Null if nothing is counted. */
  readonly usage: SharedArrayBuffer | null;
}

/** Copies `bytes` to shared memory. No thread writes to the copy afterwards. */
export function shareBytes(bytes: Uint8Array): SharedArrayBuffer {
  const buffer = new SharedArrayBuffer(bytes.length);
  new Uint8Array(buffer).set(bytes);
  return buffer;
}

/** Makes a private copy: no thread ever decodes shared memory directly. */
export function copyBytes(buffer: SharedArrayBuffer): Uint8Array<ArrayBuffer> {
  return new Uint8Array(buffer).slice();
}
