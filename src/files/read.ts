/**
 * Reads one small file whole, from a directory that others may change at any time. Runs in the watcher and in the
 * command line, never in a reader.
 */
import { type BigIntStats, closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { FileError, tryOperation } from './file-error.js';

export { MAX_FILE_BYTES } from '../common/file-limits.js';

/** How often a file is read, in all, if it changes during each read. */
const MAX_ATTEMPTS = 5;

/** What distinguishes one version of a file from another. Times are in nanoseconds. */
export interface Fingerprint {
  readonly dev: bigint;
  readonly ino: bigint;
  readonly size: bigint;
  readonly mtimeNs: bigint;
  readonly ctimeNs: bigint;
}

/** Returns memory of `length` bytes for the content of a file. */
export type FileTarget = (length: number) => Buffer;

/** A file's bytes, and the fingerprint of exactly these bytes. */
interface FileContent {
  readonly bytes: Buffer;
  readonly fingerprint: Fingerprint;
}

/**
 * Reads the regular file at `path`, to what `target` returns: new memory by default. Follows symbolic links.
 *
 * Checks the size before it reads a byte, so a huge file costs nothing. Reads again if the file's fingerprint differs
 * before and after.
 *
 * All calls are synchronous on purpose: they block only the watcher's own thread. Asynchronous calls would occupy a
 * thread of the pool that libuv shares with the host, and keep it while a network mount hangs.
 *
 * @throws {FileError} if the file cannot be read; `code` is `ENOENT` if it does not exist, `NOT_REGULAR`, `TOO_LARGE`,
 *   `CHANGING`, or the system's own code
 */
export function readWhole(path: string, maxBytes: number, target: FileTarget = Buffer.allocUnsafe): FileContent {
  for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt++) {
    const content = readOnce(path, maxBytes, target);
    if (content !== undefined) return content;
  }
  const message = `changed during each of ${MAX_ATTEMPTS} reads; write a temporary file and rename it`;
  throw new FileError('CHANGING', message, { kind: 'file' });
}

/** Reads the file once; undefined if it changed meanwhile. */
function readOnce(path: string, maxBytes: number, target: FileTarget): FileContent | undefined {
  // step:open
  // O_NONBLOCK: otherwise, opening a FIFO that nobody writes to would block this thread for ever.
  const descriptor = tryOperation(() => openSync(path, constants.O_RDONLY | constants.O_NONBLOCK));
  try {
    const before = tryOperation(() => fstatSync(descriptor, { bigint: true }));
    if (!before.isFile())
      throw new FileError('NOT_REGULAR', `is ${describeKind(before)}, not a regular file`, { kind: 'file' });
    if (before.size > maxBytes) {
      throw new FileError('TOO_LARGE', `must have at most ${maxBytes} bytes; got ${before.size}`, { kind: 'file' });
    }
    // step:opened
    const size = Number(before.size);
    // One byte more than the file had: this reveals a file that has grown since.
    const buffer = tryOperation(() => target(size + 1));
    let length = 0;
    // Not once more at the end: if the file grows after the last read, its fingerprint changes.
    do {
      const count = tryOperation(() => readSync(descriptor, buffer, length, buffer.length - length, length));
      if (count === 0) break;
      length += count;
    } while (length < size);
    // step:read
    const after = tryOperation(() => fstatSync(descriptor, { bigint: true }));
    if (length !== size || !equalsFingerprint(before, after)) return undefined;
    return { bytes: buffer.subarray(0, length), fingerprint: toFingerprint(after) };
  } finally {
    close(descriptor);
  }
}

function close(descriptor: number): void {
  try {
    closeSync(descriptor);
  } catch {
    // The bytes are read, and Linux frees the descriptor in any case.
  }
}

/** Picks the part of `stat` that distinguishes versions of a file. */
export function toFingerprint(stat: BigIntStats): Fingerprint {
  return { dev: stat.dev, ino: stat.ino, size: stat.size, mtimeNs: stat.mtimeNs, ctimeNs: stat.ctimeNs };
}

/** Whether both fingerprints belong to one version of one file. */
function equalsFingerprint(a: Fingerprint, b: Fingerprint): boolean {
  return a.ctimeNs === b.ctimeNs && a.mtimeNs === b.mtimeNs && a.size === b.size && a.ino === b.ino && a.dev === b.dev;
}

function describeKind(stat: BigIntStats): string {
  if (stat.isDirectory()) return 'a directory';
  if (stat.isFIFO()) return 'a FIFO';
  if (stat.isSocket()) return 'a socket';
  return 'a device';
}
