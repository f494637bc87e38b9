/** The processes that a rollout asks: by pid, or by URL. Runs in the command line's main thread. */
import { type Address, socketAddress, urlAddress } from '../remote/address.js';
import { Client } from '../remote/client.js';
import { RemoteError } from '../remote/request.js';
import { findSocket, SocketError } from '../remote/sockets.js';
import { judge, makeSilentVerdict, type Verdict } from './verdict.js';

/** The time for an answer, in milliseconds. */
const TIMEOUT = 5_000;

/** What to ask: one process, or all of a pod. */
export interface Target {
  readonly name: string;
  /** Asks whether `namespace` has the values with `hash`. Rejects only if the command is to end. */
  ask(namespace: string, hash: string): Promise<readonly Verdict[]>;
}

/** @throws {UsageError} if `pid` is not a process id */
export function processTarget(pid: string): Target {
  return {
    name: pid,
    ask: (namespace, hash) => ask(pid, () => socketAddress(findSocket(pid), `process ${pid}`), namespace, hash),
  };
}

/** @throws {UsageError} if `url` is not a URL */
export function urlTarget(url: string): Target {
  const address = urlAddress(url);
  return { name: address.name, ask: (namespace, hash) => ask(address.name, () => address, namespace, hash) };
}

async function ask(
  target: string,
  findAddress: () => Address,
  namespace: string,
  hash: string,
): Promise<readonly Verdict[]> {
  try {
    const { status } = await new Client(findAddress(), TIMEOUT).status();
    return [judge(target, status, namespace, hash)];
  } catch (error) {
    if (!(error instanceof RemoteError || error instanceof SocketError)) throw error;
    const isEnded = error instanceof SocketError ? error.isEnded : error.failure === 'ended';
    return [makeSilentVerdict(target, isEnded ? 'ended' : 'no answer', error.message)];
  }
}
