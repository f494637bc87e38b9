/** Finds an address to listen on: a private directory, a socket that no other process uses. Runs in the watcher thread. */
import { chmodSync, existsSync, lstatSync, mkdirSync, unlinkSync } from 'node:fs';
import type { Server } from 'node:http';
import { connect } from 'node:net';
import { dirname } from 'node:path';
import type { InspectAddress } from '../../src/config/inspect.js';

/** How many stores of one process can be asked. */
const MAX_STORES = 16;
/** How long a process may take to accept a connection, in milliseconds. */
const CONNECT_MS = 1_000;
/** The longest path of a socket, in bytes: `sun_path` of unix(7) without its NUL. */
const MAX_PATH_BYTES = 107;

/**
 * Listens on `address`. Returns the address as people read it: a path, or a URL.
 *
 * @throws {Error} if it cannot; the message is a clause that says why, and what to do
 */
export async function listen(server: Server, address: InspectAddress): Promise<string> {
  if (address.kind === 'tcp') {
    const { host, port } = address;
    await start(server, { host, port }, `${host}:${port}`);
    const bound = server.address();
    const name = host.includes(':') ? `[${host}]` : host;
    return `http://${name}:${typeof bound === 'object' && bound !== null ? bound.port : port}/`;
  }
  if (!address.isOwn) return listenOnSocket(server, address.path);
  makePrivate(dirname(address.path));
  for (let store = 1; store < MAX_STORES; store++) {
    const path = store === 1 ? address.path : address.path.replace(/\.sock$/, `-${store}.sock`);
    try {
      return await listenOnSocket(server, path);
    } catch (error) {
      // Another store of this process, or a process with the same pid in a container that shares the directory.
      if (!(error instanceof InUseError)) throw error;
    }
  }
  throw new Error(`all names like ${address.path} are in use. Set another path: inspect, or SENTRY_OPTIONS_INSPECT.`);
}

/** Another process listens on the socket. */
class InUseError extends Error {}

async function listenOnSocket(server: Server, path: string): Promise<string> {
  if (Buffer.byteLength(path) > MAX_PATH_BYTES) {
    throw new Error(
      `the path ${path} has more than the ${MAX_PATH_BYTES} bytes that a socket's may have. Set a shorter one.`,
    );
  }
  try {
    await start(server, { path }, path);
  } catch (error) {
    if ((error as { code?: string }).code !== 'EADDRINUSE') throw error;
    if (!isSocket(path)) throw new Error(`${path} exists, and is no socket. Remove it, or set another path.`);
    if (await isAnswered(path)) throw new InUseError(`another process listens on ${path}. Set another path.`);
    // Its process was killed.
    unlinkSync(path);
    await start(server, { path }, path);
  }
  // The own directory admits nobody else anyway.
  chmodSync(path, 0o600);
  return path;
}

function start(
  server: Server,
  options: { readonly path: string } | { readonly host: string; readonly port: number },
  shown: string,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const onError = (error: NodeJS.ErrnoException): void => {
      server.off('listening', onListening);
      // libuv reports a missing directory as EACCES.
      const isMissing = 'path' in options && !existsSync(dirname(options.path));
      const reason = isMissing ? `${dirname(options.path)} does not exist` : error.message;
      const message = `it cannot listen on ${shown} (${reason}). ${advise(isMissing ? 'ENOENT' : error.code)}`;
      reject(Object.assign(new Error(message), { code: error.code }));
    };
    const onListening = (): void => {
      server.off('error', onError);
      server.unref();
      resolve();
    };
    server.once('error', onError);
    server.once('listening', onListening);
    server.listen(options);
  });
}

function advise(code: string | undefined): string {
  switch (code) {
    case 'EADDRINUSE':
      return 'Set another address, or end the other process.';
    case 'EROFS':
    case 'EACCES':
    case 'EPERM':
      return 'Set the path of a socket in a directory that this user may write to, or a port.';
    case 'ENOENT':
      return 'Create the directory, or set another path.';
    default:
      return 'Set another address: inspect, or SENTRY_OPTIONS_INSPECT.';
  }
}

/**
 * Creates the directory of the sockets, which only this user may enter.
 *
 * @throws {Error} if it cannot, or if it is not this user's own
 */
function makePrivate(directory: string): void {
  try {
    // Not recursive: below /proc, Node would try for ever.
    mkdirSync(directory, { mode: 0o700 });
  } catch (error) {
    const { message, code } = error as NodeJS.ErrnoException;
    if (code !== 'EEXIST') throw new Error(`it cannot create ${directory} (${message}). ${advise(code)}`);
  }
  // Anybody may have made it: it is in a directory that all users share.
  const stat = lstatSync(directory);
  const isOwn = process.getuid === undefined || stat.uid === process.getuid();
  if (isOwn && stat.isDirectory() && (stat.mode & 0o077) === 0) return;
  throw new Error(
    `${directory} is not a directory that only this user can enter. Remove it, or set the path of a socket.`,
  );
}

function isSocket(path: string): boolean {
  try {
    return lstatSync(path).isSocket();
  } catch {
    return false;
  }
}

/** Whether a process accepts connections on the socket. */
function isAnswered(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ path, timeout: CONNECT_MS });
    const end = (isUsed: boolean) => () => {
      socket.destroy();
      resolve(isUsed);
    };
    socket.once('connect', end(true));
    // A process that is too busy to accept, or one of another user, is a process.
    socket.once('timeout', end(true));
    socket.once('error', (error: NodeJS.ErrnoException) =>
      end(error.code !== 'ECONNREFUSED' && error.code !== 'ENOENT')(),
    );
  });
}
