/** Finds the sockets of running processes by pid. Runs in the command line's main thread. */
import { lstatSync, readdirSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { joinFirst } from '../../common/text.js';
import { socketDirectory } from '../../config/inspect.js';
import { CommandError, UsageError } from '../terminal/errors.js';

/** The socket of one store of a process. */
export interface ProcessSocket {
  /** The name in the command line: the pid, and `-2` for the second store of a process. */
  readonly name: string;
  readonly pid: number;
  readonly path: string;
}

/** The sockets on this machine. */
export interface SocketList {
  /** By pid. */
  readonly sockets: readonly ProcessSocket[];
  /** The ids of other users with sockets that this user cannot open. */
  readonly otherUsers: readonly number[];
}

/** No process with a pid can be asked. */
export class SocketError extends CommandError {
  override readonly name = 'SocketError';
  /** Whether there is no such process. */
  readonly isEnded: boolean;

  constructor(message: string, isEnded = false) {
    super(message);
    this.isEnded = isEnded;
  }
}

/** The directories of sockets, one for each user. */
const DIRECTORY = /^sentry-options-(\d+)$/;
const SOCKET = /^(\d+)(?:-(\d+))?\.sock$/;
const NAME = /^\d+(?:-\d+)?$/;
/** How many processes a message lists. */
const MAX_LISTED = 10;

/** Lists the sockets of this user's processes, and for root also those of others. */
export function listSockets(): SocketList {
  const sockets: ProcessSocket[] = [];
  const otherUsers: number[] = [];
  const own = process.getuid?.();
  const root = tmpdir();
  for (const name of listNames(root)) {
    const user = Number(DIRECTORY.exec(name)?.[1] ?? Number.NaN);
    const directory = join(root, name);
    if (Number.isNaN(user) || !belongsTo(directory, user)) continue;
    // Without the permissions that root has, the mode admits the owner only.
    if (user !== own && own !== 0) otherUsers.push(user);
    else sockets.push(...listDirectory(directory));
  }
  sockets.sort((a, b) => a.pid - b.pid || a.name.localeCompare(b.name));
  return { sockets, otherUsers: otherUsers.sort((a, b) => a - b) };
}

/**
 * Returns the path of the socket `name`.
 *
 * @param name a pid, or the name of a further store of a process, as `1234-2`
 * @throws {UsageError} if `name` has another form
 * @throws {SocketError} if there is no such socket; the message says what to do
 */
export function findSocket(name: string): string {
  if (!NAME.test(name))
    throw new UsageError(`error: '--pid <PID>' must be a process id, as 'ps' lists it; got '${name}'`);
  const { sockets, otherUsers } = listSockets();
  const found = sockets.filter((socket) => socket.name === name);
  const [socket] = found;
  if (socket !== undefined && found.length === 1) return socket.path;
  if (socket !== undefined) {
    const paths = found.map(({ path }) => path).join(', ');
    throw new SocketError(`several users have a socket for process ${name}; name one by --socket: ${paths}`);
  }
  const pid = Number.parseInt(name, 10);
  const stores = sockets.filter((other) => other.pid === pid);
  if (stores.length > 0) {
    throw new SocketError(
      `store ${name} of process ${pid} cannot be asked: the process does not have it, or its watcher has crashed; ` +
        `ask ${stores.map((store) => store.name).join(', ')}`,
    );
  }
  throw new SocketError(describeMissing(pid, sockets, otherUsers), !isRunning(pid));
}

function describeMissing(pid: number, sockets: readonly ProcessSocket[], otherUsers: readonly number[]): string {
  const user = findUser(pid);
  if (user !== undefined && otherUsers.includes(user)) {
    return `process ${pid} belongs to user ${user}, and only that user can open its socket; run as that user`;
  }
  const others = describeOthers(sockets);
  if (!isRunning(pid)) return `there is no process ${pid}; ${others}`;
  return (
    `process ${pid} cannot be asked: it has no socket in ${socketDirectory()}. It did not start with ` +
    `SENTRY_OPTIONS_INSPECT=1, its watcher has crashed, or it listens elsewhere: use --socket or --url; ${others}`
  );
}

/** Names the processes that can be asked: whoever guesses a pid, such as 1 outside of a container, needs them. */
function describeOthers(sockets: readonly ProcessSocket[]): string {
  const names = sockets.filter(({ pid }) => isRunning(pid)).map(({ name }) => name);
  if (names.length === 0) return "'sentry-options ps' lists those that can be asked";
  return `'sentry-options ps' lists those that can be asked: ${joinFirst(names.slice(0, MAX_LISTED), names.length)}`;
}

function listDirectory(directory: string): ProcessSocket[] {
  return listNames(directory).flatMap((file) => {
    const [, pid, store] = SOCKET.exec(file) ?? [];
    if (pid === undefined) return [];
    return [{ name: store === undefined ? pid : `${pid}-${store}`, pid: Number(pid), path: join(directory, file) }];
  });
}

/** Lists a directory; nothing if it cannot be read. */
function listNames(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch {
    return [];
  }
}

/** Whether `path` is a directory of `user`: anybody can make a directory with that name. */
function belongsTo(path: string, user: number): boolean {
  const stat = lstatSync(path, { throwIfNoEntry: false });
  return stat?.isDirectory() === true && stat.uid === user;
}

/** Returns the user of a process; undefined if the system does not say. */
function findUser(pid: number): number | undefined {
  try {
    return statSync(`/proc/${pid}`).uid;
  } catch {
    return undefined;
  }
}

/** Whether there is a process with that id. */
export function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
