/** Asks many processes what they have read. Runs in the command line's main thread. */
import { realpathSync } from 'node:fs';
import { hostname } from 'node:os';
import type { ProcessAnswer } from '../../status/answers.js';
import { type Address, socketAddress, urlAddress } from '../remote/address.js';
import { Client } from '../remote/client.js';
import { RemoteError } from '../remote/request.js';
import { findSocket, isRunning, listSockets, SocketError } from '../remote/sockets.js';
import { countedMs, type ProcessUsage, type UsageMerge } from './merge.js';

/** Which processes to ask; all of this user on this machine if none is named. */
export interface Selection {
  readonly pids: readonly string[];
  readonly sockets: readonly string[];
  readonly urls: readonly string[];
  /** The base directory whose files to show; undefined for that of each process. */
  readonly directory: string | undefined;
}

/** A process of the report, as `usage --json` prints it. */
export interface AskedProcess {
  /** What the command line names it by: a pid, a path or a URL. */
  readonly name: string;
  /** Null if the process did not answer; `error` says why. So are the next three. */
  readonly process: ProcessAnswer | null;
  readonly directory: string | null;
  readonly since: string | null;
  /** For how long it has counted, in milliseconds by its own clock. */
  readonly countedMs: number | null;
  /** Why its counts may be too low; null if they are exact. */
  readonly problem: string | null;
  readonly error: string | null;
}

/** The processes that were asked, and those that the command does not count among them. */
export interface AskedProcesses {
  readonly processes: readonly AskedProcess[];
  /** The sockets of processes that have ended. */
  readonly endedSockets: readonly string[];
  /** The ids of other users with processes that only they can ask. */
  readonly otherUsers: readonly number[];
  /** The namespaces that a process has, whether or not they have options. */
  readonly namespaces: ReadonlySet<string>;
}

/** The time for an answer, in milliseconds. */
const TIMEOUT = 5_000;
/** How many processes are asked at a time: so many answers are in memory. */
const PARALLEL = 8;
/** The status code of a process whose version does not count. */
const NOT_FOUND = 404;

interface Target {
  readonly name: string;
  /** An error if there is nothing to ask. */
  readonly address: Address | SocketError;
  /** The process, if its socket was found, and not named. */
  readonly pid?: number;
}

/** What one process answered: its part of the report, or why it has none. */
interface Answer {
  readonly asked: AskedProcess;
  readonly usage?: ProcessUsage;
  readonly namespaces?: readonly string[];
  /** The socket that a process has left. */
  readonly endedSocket?: string;
}

/**
 * Asks the processes, and adds their answers to `merge`, in their order.
 *
 * @throws {UsageError} if a pid or a URL is not one
 */
export async function askProcesses(selection: Selection, merge: UsageMerge): Promise<AskedProcesses> {
  const { targets, otherUsers } = findTargets(selection);
  const processes: AskedProcess[] = [];
  const endedSockets: string[] = [];
  const namespaces = new Set<string>();
  for (let start = 0; start < targets.length; start += PARALLEL) {
    for (const answer of await Promise.all(targets.slice(start, start + PARALLEL).map(ask))) {
      if (answer.usage !== undefined) {
        merge.add(
          selection.directory === undefined ? answer.usage : { ...answer.usage, directory: selection.directory },
        );
      }
      for (const namespace of answer.namespaces ?? []) namespaces.add(namespace);
      if (answer.endedSocket === undefined) processes.push(answer.asked);
      else endedSockets.push(answer.endedSocket);
    }
  }
  return { processes, endedSockets, otherUsers, namespaces };
}

function findTargets({ pids, sockets, urls }: Omit<Selection, 'directory'>): {
  readonly targets: readonly Target[];
  readonly otherUsers: readonly number[];
} {
  if (pids.length + sockets.length + urls.length === 0) {
    const found = listSockets();
    const targets = found.sockets.map(({ name, pid, path }) => ({
      name,
      address: socketAddress(path, `process ${name}`),
      pid,
    }));
    return { targets, otherUsers: found.otherUsers };
  }
  // A process that counts twice would double the sums.
  const targets = new Map<string, Target>();
  const add = (key: string, target: Target): void => {
    if (!targets.has(key)) targets.set(key, target);
  };
  for (const pid of pids) {
    const address = findAddress(pid);
    add(address instanceof SocketError ? `pid ${pid}` : resolveSocket(address.socketPath ?? ''), {
      name: pid,
      address,
    });
  }
  for (const path of sockets) add(resolveSocket(path), { name: path, address: socketAddress(path) });
  for (const url of urls) {
    const address = urlAddress(url);
    add(address.url.href, { name: address.name, address });
  }
  return { targets: [...targets.values()], otherUsers: [] };
}

function findAddress(pid: string): Address | SocketError {
  try {
    return socketAddress(findSocket(pid), `process ${pid}`);
  } catch (error) {
    if (error instanceof SocketError) return error;
    throw error;
  }
}

/** Follows links, as of a temporary directory. */
function resolveSocket(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}

async function ask({ name, address, pid }: Target): Promise<Answer> {
  if (address instanceof SocketError) return { asked: makeSilent(name, address.message) };
  try {
    const client = new Client(address, TIMEOUT);
    const { process, status } = await client.status();
    const { usage, now } = await askUsage(client, process);
    const isHere = address.socketPath !== undefined || process.host === hostname();
    return {
      asked: {
        name,
        process,
        directory: status.directory,
        since: usage.since,
        countedMs: countedMs(usage, now),
        problem: usage.problem,
        error: null,
      },
      usage: { usage, now, directory: isHere ? status.directory : undefined },
      namespaces: Object.keys(status.namespaces),
    };
  } catch (error) {
    if (!(error instanceof RemoteError)) throw error;
    const asked = makeSilent(name, error.message);
    // A process whose watcher has crashed goes on reading, and nobody listens on its socket.
    const isEnded = error.failure === 'ended' && pid !== undefined && !isRunning(pid);
    return isEnded ? { asked, endedSocket: address.socketPath ?? '' } : { asked };
  }
}

/** Asks for what was read. An older version has no such answer. */
async function askUsage(client: Client, { library }: ProcessAnswer): ReturnType<Client['usage']> {
  try {
    return await client.usage();
  } catch (error) {
    if (!(error instanceof RemoteError && error.statusCode === NOT_FOUND)) throw error;
    throw new RemoteError(
      'rejected',
      `${client.address.name} has sentry-options ${library}, which does not count what is read; update it`,
      { cause: error, statusCode: NOT_FOUND },
    );
  }
}

function makeSilent(name: string, error: string): AskedProcess {
  return { name, process: null, directory: null, since: null, countedMs: null, problem: null, error };
}
