/** What only the library's own rooms know, for measuring. Bundled, since they are TypeScript. */
import { CellReader } from '../../src/memory/cell/reader.ts';

/** Bytes of the snapshot that the store behind `handle` has published last. */
export function snapshotBytes(handle) {
  return new CellReader(handle.values).acquire(0).bytes.length;
}
