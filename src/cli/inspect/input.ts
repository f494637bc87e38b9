/**
 * Reads a document from a file, from stdin or from a pipe, up to a maximum size. Runs in the command line's main
 * thread, which waits for the writer of a pipe.
 */
import { closeSync, openSync, readSync, statSync } from 'node:fs';
import { FileError, tryOperation } from '../../files/file-error.js';
import { readWhole } from '../../files/read.js';
import { CommandError } from '../terminal/errors.js';

/** The largest document, in bytes: the ConfigMaps of 64 namespaces. */
const MAX_BYTES = 64 * 1024 * 1024;

/** The name of stdin on a command line. */
const STDIN = '-';

/** An open descriptor as a path. A path may not be opened again if the descriptor is a socket. */
const DESCRIPTOR = /^\/(?:dev|proc\/self)\/fd\/(\d+)$/;

/** Whether `path` is an open descriptor, such as `/dev/stdin`: a stream whose other end exists. */
export function isDescriptor(path: string): boolean {
  return path === '/dev/stdin' || DESCRIPTOR.test(path);
}

/** Whether `path` is a stream, which can be read once: stdin, a pipe (also of `<(command)`), a socket or a device. */
export function isStream(path: string): boolean {
  if (path === STDIN) return true;
  const stat = statSync(path, { throwIfNoEntry: false });
  return stat !== undefined && !stat.isFile() && !stat.isDirectory();
}

/**
 * Returns the content of the file or stream at `path`.
 *
 * @throws {CommandError} if it cannot be read, or is larger than {@link MAX_BYTES}
 */
export function readInput(path: string): Uint8Array {
  try {
    return isStream(path) ? readStream(path) : readWhole(path, MAX_BYTES).bytes;
  } catch (error) {
    if (!(error instanceof FileError)) throw error;
    throw new CommandError(`${path} ${error.message}`, { cause: error });
  }
}

function readStream(path: string): Uint8Array {
  const known = path === STDIN || path === '/dev/stdin' ? '0' : DESCRIPTOR.exec(path)?.[1];
  const descriptor = known === undefined ? tryOperation(() => openSync(path, 'r')) : Number(known);
  try {
    const chunks: Uint8Array[] = [];
    let size = 0;
    for (;;) {
      const chunk = Buffer.allocUnsafe(65_536);
      const count = readChunk(descriptor, chunk);
      if (count === 0) return Buffer.concat(chunks);
      size += count;
      if (size > MAX_BYTES) throw new FileError('TOO_LARGE', `must have at most ${MAX_BYTES} bytes; got more`);
      chunks.push(chunk.subarray(0, count));
    }
  } finally {
    if (known === undefined) closeSync(descriptor);
  }
}

/** Reads what is there, and waits for it. Returns 0 at the end. */
function readChunk(descriptor: number, chunk: Uint8Array): number {
  for (;;) {
    try {
      return readSync(descriptor, chunk, 0, chunk.length, null);
    } catch (error) {
      // The other end made the stream non-blocking, as some shells and Node.js do.
      const { code = 'UNKNOWN', message } = error as NodeJS.ErrnoException;
      if (code !== 'EAGAIN') throw new FileError(code, `cannot be read (${message})`, { cause: error });
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 10);
    }
  }
}
