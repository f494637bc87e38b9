/**
 * The server that answers what is live: the entry of a separate bundle, which the watcher thread evaluates only if the
 * setting `inspect` asks for it. In this thread, it is one more reader of the store. So it answers while all other
 * threads of the process are blocked, and answers what they read.
 */
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { describeThrown, type Log } from '../../src/common/log.js';
import type { InspectSettings } from '../../src/config/inspect.js';
import type { StoreHandle } from '../../src/memory/handle.js';
import { listen } from './listen.js';
import { answer } from './routes.js';
import { Subject } from './subject.js';

/** What the server needs. */
export interface ServerOptions {
  readonly settings: InspectSettings;
  /** The path of the program that runs in this process. */
  readonly program: string;
  readonly handle: StoreHandle;
  readonly log: Log;
  /** Called with the path of the socket once it exists: the owner removes it at the end of the process. */
  readonly onSocket: (path: string) => void;
}

/** The most connections at a time. Node closes further ones at once. */
const MAX_CONNECTIONS = 16;
/** The longest header, in bytes. */
const MAX_HEADER = 16 * 2 ** 10;
/** The most requests of a connection whose answers are not sent: the next one may come before Node reports the last one. */
const MAX_OPEN = 2;
const openRequests = new WeakMap<Socket, number>();
/** How long a client may take to send a request, or to read some of the answer, in milliseconds. */
const IDLE_MS = 5_000;

/** Opens the server. Never rejects: if it cannot listen, logs one warning. Never keeps the thread alive. */
export async function openServer({ settings, program, handle, log, onSocket }: ServerOptions): Promise<void> {
  const subject = new Subject(handle, program, settings.showsValues, log);
  const server = createServer(
    {
      maxHeaderSize: MAX_HEADER,
      headersTimeout: IDLE_MS,
      requestTimeout: IDLE_MS,
      keepAliveTimeout: IDLE_MS,
      connectionsCheckingInterval: IDLE_MS / 5,
    },
    (request, response) => {
      // A client may end the connection at any time.
      response.on('error', () => {});
      if (!countRequest(request.socket, response)) return;
      answer(request, response, subject, settings).catch((error: unknown) => {
        log('inspect-failed', `A request to the inspect server failed: ${describeThrown(error)}`);
        response.destroy();
      });
    },
  );
  server.maxConnections = MAX_CONNECTIONS;
  server.timeout = IDLE_MS;
  server.on('clientError', (_error, socket) => socket.destroy());
  try {
    const address = await listen(server, settings.address, onSocket);
    log('inspect-ready', `This process can be asked what is live: ${address}`);
  } catch (error) {
    log('inspect-off', `This process cannot be asked what is live: ${(error as Error).message}`);
    close(server);
  }
}

/**
 * Counts a request until its answer is sent. Returns false, and ends the connection, if the client does not wait for its
 * answers: Node would keep all of them in memory, a thousand for one packet.
 */
function countRequest(socket: Socket, response: ServerResponse): boolean {
  const open = (openRequests.get(socket) ?? 0) + 1;
  if (open > MAX_OPEN) {
    socket.destroy();
    return false;
  }
  openRequests.set(socket, open);
  response.on('close', () => openRequests.set(socket, (openRequests.get(socket) ?? 1) - 1));
  return true;
}

function close(server: Server): void {
  server.removeAllListeners('error');
  server.on('error', () => {});
  server.close(() => {});
}
