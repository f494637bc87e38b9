/** Chooses the process that a command asks, by its options. Runs in the command line's main thread. */
import { socketAddress, urlAddress } from './address.js';
import { Client } from './client.js';
import { findSocket } from './sockets.js';

/** Exactly one is defined. */
interface Selection {
  readonly pid?: string | undefined;
  readonly socket?: string | undefined;
  readonly url?: string | undefined;
}

/** @throws {CommandError} if no process with that pid can be asked */
export function selectClient({ pid, socket, url }: Selection): Client {
  if (pid !== undefined) return new Client(socketAddress(findSocket(pid), `process ${pid}`));
  return new Client(socket === undefined ? urlAddress(url ?? '') : socketAddress(socket));
}
