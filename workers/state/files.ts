/**
 * Asynchronous file operations for a thread that may be terminated at any time. Runs in the watcher thread.
 *
 * Not `node:fs/promises`: if the thread is being terminated, the native code cannot make a promise, and can abort the whole
 * process (on Node 20: `Assertion failed: (req_wrap_async) != nullptr`). Here, JavaScript makes it.
 */
import * as fs from 'node:fs';
import { promisify } from 'node:util';

export const close = promisify(fs.close);
export const fstat: (descriptor: number) => Promise<fs.Stats> = promisify(fs.fstat);
export const fsync = promisify(fs.fsync);
export const futimes = promisify(fs.futimes);
export const lstat: (path: string) => Promise<fs.Stats> = promisify(fs.lstat);
export const mkdir: (path: string, mode: number) => Promise<unknown> = promisify(fs.mkdir);
export const open: (path: string, flags: number, mode?: number) => Promise<number> = promisify(fs.open);
export const readdir: (path: string) => Promise<string[]> = promisify(fs.readdir);
export const rename = promisify(fs.rename);
export const stat: (path: string) => Promise<fs.Stats> = promisify(fs.stat);
export const unlink = promisify(fs.unlink);
const read = promisify(fs.read);
const write = promisify(fs.write);

/** Reads `size` bytes; fewer if the file has become shorter. */
export async function readWhole(descriptor: number, size: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(size);
  for (let offset = 0; offset < size; ) {
    const { bytesRead } = await read(descriptor, bytes, offset, size - offset, offset);
    if (bytesRead === 0) break;
    offset += bytesRead;
  }
  return bytes;
}

/** Writes all of `bytes`. */
export async function writeWhole(descriptor: number, bytes: Uint8Array): Promise<void> {
  for (let offset = 0; offset < bytes.length; ) {
    const { bytesWritten } = await write(descriptor, bytes, offset, bytes.length - offset);
    offset += bytesWritten;
  }
}
