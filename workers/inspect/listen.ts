/** Finds an address to listen on: a private directory, a socket that no other process uses. Runs in the watcher thread. */
import { chmodSync, existsSync, lstatSync, mkdirSync, renameSync, rmSync } from 'node:fs';
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
/** The end of the name under which a socket is made. */
const TEMPORARY = '~';

/**
 * Listens on `address`. Returns the address as people read it: a path, or a URL.
 *
 * @param onSocket called with the path of a socket in the moment in which it exists
 * @throws {Error} if it cannot; the message is a clause that says why, and what to do
 */
export async function listen(
  server: Server,
  address: InspectAddress,
  onSocket: (path: string) => void,
): Promise<string> {
  if (address.kind === 'tcp') {
    const { host, port } = address;
    await start(server, { host, port }, `${host}:${port}`);
    const bound = server.address();
    const name = host.includes(':') ? `[${host}]` : host;
    return `http://${name}:${typeof bound === 'object' && bound !== null ? bound.port : port}/`;
  }
  const { path, isOwn } = address;
  if (isOwn) makePrivate(dirname(path));
  const free = isOwn ? await findFree(path) : path;
  await checkFree(free);
  await startUnder(server, free);
  onSocket(free);
  return free;
}

/**
 * Returns the first of the names like `path` that no process uses: another store of this process has one, or a process
 * with the same pid, in a container that shares the directory.
 */
async function findFree(path: string): Promise<string> {
  for (let store = 1; store < MAX_STORES; store++) {
    const name = store === 1 ? path : path.replace(/\.sock$/, `-${store}.sock`);
    if (!(await isAnswered(name))) return name;
  }
  throw new Error(`all names like ${path} are in use. Set another path: inspect, or SENTRY_OPTIONS_INSPECT.`);
}

/** Throws unless there is nothing at `path`, or the socket of a process that was killed. */
async function checkFree(path: string): Promise<void> {
  if (Buffer.byteLength(path + TEMPORARY) > MAX_PATH_BYTES) {
    const limit = MAX_PATH_BYTES - TEMPORARY.length;
    throw new Error(`the path ${path} has more than the ${limit} bytes that a socket's may have. Set a shorter one.`);
  }
  const stat = lstatSync(path, { throwIfNoEntry: false });
  if (stat === undefined) return;
  if (!stat.isSocket()) throw new Error(`${path} exists, and is no socket. Remove it, or set another path.`);
  if (await isAnswered(path)) throw new Error(`another process listens on ${path}. Set another path.`);
}

/**
 * Listens under another name, and then gives the socket its own: nobody sees it before it has its mode, and a former socket
 * is replaced in one step. And when the thread ends, libuv removes the file that has the name under which it listened,
 * whosever that file is by then. The owner removes the socket by its own name, after it has looked whether it is ours.
 */
async function startUnder(server: Server, path: string): Promise<void> {
  const temporary = path + TEMPORARY;
  // Left over if a process was killed between the two steps.
  rmSync(temporary, { force: true });
  await start(server, { path: temporary }, path);
  chmodSync(temporary, 0o600);
  renameSync(temporary, path);
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
