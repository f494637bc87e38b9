/**
 * Reading one small file whole, from a directory that somebody else changes at any time. Runs in the watcher and in
 * the command line, never in a reader.
 *
 * All calls are synchronous on purpose: they block the watcher's own thread and nothing else, where asynchronous ones
 * would take a thread of the pool that libuv shares with the host, and keep it while a network mount hangs.
 */
import { type BigIntStats, closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';

/** The bytes that a `schema.json` or `values.json` may have: 8 MiB. */
export const MAX_FILE_BYTES = 8 * 1024 * 1024;

/** How often a file that changes while it is read is read again before it is given up. */
const MAX_ATTEMPTS = 5;

/** What tells one version of a file from another, times in nanoseconds. */
export interface Fingerprint {
  readonly dev: bigint;
  readonly ino: bigint;
  readonly size: bigint;
  readonly mtimeNs: bigint;
  readonly ctimeNs: bigint;
}

/** A file's bytes, and the fingerprint of exactly those bytes. */
interface FileContent {
  readonly bytes: Buffer;
  readonly fingerprint: Fingerprint;
}

/** A file that cannot be read. `code` is that of the operating system, where it has one. */
export class FileError extends Error {
  override readonly name = 'FileError';
  readonly code: string;

  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/**
 * The bytes of the regular file at `path`, symbolic links followed.
 *
 * Its size is looked at before a byte is read, so a huge file costs nothing. A file whose fingerprint is not the same
 * before and after is read again.
 *
 * @throws {FileError} `ENOENT` where there is none; `NOT_REGULAR`, `TOO_LARGE`, `CHANGING`, or the system's own code
 */
export function readWhole(path: string, maxBytes: number): FileContent {
  for (let tryOperation = 1; tryOperation <= MAX_ATTEMPTS; tryOperation++) {
    const content = readOnce(path, maxBytes);
    if (content !== undefined) return content;
  }
  throw new FileError(
    'CHANGING',
    `changed each of the ${MAX_ATTEMPTS} times that it was read; write it elsewhere and rename it`,
  );
}

/** One attempt: undefined where the file changed while it was read. */
function readOnce(path: string, maxBytes: number): FileContent | undefined {
  // step:open
  // O_NONBLOCK: opening a FIFO that nobody writes to would otherwise block this thread for ever.
  const descriptor = tryOperation(() => openSync(path, constants.O_RDONLY | constants.O_NONBLOCK));
  try {
    const before = tryOperation(() => fstatSync(descriptor, { bigint: true }));
    if (!before.isFile()) throw new FileError('NOT_REGULAR', `is ${describeKind(before)}, not a regular file`);
    if (before.size > maxBytes) {
      throw new FileError('TOO_LARGE', `has ${before.size} bytes; at most ${maxBytes} are read`);
    }
    // step:opened
    // One byte more than it had: a file that has grown since shows.
    const buffer = Buffer.allocUnsafe(Number(before.size) + 1);
    let length = 0;
    while (length < buffer.length) {
      const count = tryOperation(() => readSync(descriptor, buffer, length, buffer.length - length, length));
      if (count === 0) break;
      length += count;
    }
    // step:read
    const after = tryOperation(() => fstatSync(descriptor, { bigint: true }));
    if (length !== Number(before.size) || !equalsFingerprint(before, after)) return undefined;
    return { bytes: buffer.subarray(0, length), fingerprint: toFingerprint(after) };
  } finally {
    closeSync(descriptor);
  }
}

/** The part of `stat` that tells versions of a file apart. */
export function toFingerprint(stat: BigIntStats): Fingerprint {
  return { dev: stat.dev, ino: stat.ino, size: stat.size, mtimeNs: stat.mtimeNs, ctimeNs: stat.ctimeNs };
}

/** Whether both are of one version of one file. */
function equalsFingerprint(a: Fingerprint, b: Fingerprint): boolean {
  return a.ctimeNs === b.ctimeNs && a.mtimeNs === b.mtimeNs && a.size === b.size && a.ino === b.ino && a.dev === b.dev;
}

function tryOperation<T>(operation: () => T): T {
  try {
    return operation();
  } catch (cause) {
    const { code = 'UNKNOWN', message } = cause as NodeJS.ErrnoException;
    throw new FileError(code, `cannot be read (${message})`, { cause });
  }
}

function describeKind(stat: BigIntStats): string {
  if (stat.isDirectory()) return 'a directory';
  if (stat.isFIFO()) return 'a FIFO';
  if (stat.isSocket()) return 'a socket';
  return 'a device';
}
