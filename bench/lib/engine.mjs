/** Measurements that need the library's own modules. Bundled, because they are TypeScript. */
import { CellReader } from '../../src/memory/cell/reader.ts';

/** Returns the size in bytes of the last published snapshot of the store behind `handle`. */
export function snapshotBytes(handle) {
  return new CellReader(handle.values).acquire(0).bytes.length;
}
