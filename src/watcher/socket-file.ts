/** The file of the socket on which a watcher answers what is live. Runs in the owner, and in the watcher. */
import { lstatSync, unlinkSync } from 'node:fs';

/** A socket in the file system. */
export interface SocketFile {
  readonly path: string;
  /** Its inode: once this socket is gone, another process may use the path. */
  readonly inode: number;
}

/** Describes the socket at `path`, which this process has just made. */
export function describeSocket(path: string): SocketFile {
  return { path, inode: lstatSync(path).ino };
}

/** Removes a socket whose watcher has ended, unless the path is another process's by now. Never throws. */
export function removeSocket({ path, inode }: SocketFile): void {
  try {
    if (lstatSync(path).ino === inode) unlinkSync(path);
  } catch {
    // It is gone, or its directory is: nothing is left behind.
  }
}
