/** A server that accepts connections and never answers: a host that hangs. */
import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { expect, onTestFinished } from 'vitest';

/** A server that never answers, until the test ends. */
export interface SilentServer {
  readonly port: number;
  /** The connections so far, also those that have ended. */
  readonly sockets: readonly Socket[];
  /** Resolves when there were `count` connections. Default: 1. */
  connected(count?: number): Promise<void>;
  /** Resolves when all clients have ended. Fails if there was none. */
  closed(): Promise<void>;
}

/** Starts a silent server on this machine. */
export async function startSilentServer(): Promise<SilentServer> {
  const sockets: Socket[] = [];
  const server = createServer((socket) => {
    sockets.push(socket);
    socket.on('error', () => {});
    socket.resume();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return {
    port: (server.address() as AddressInfo).port,
    sockets,
    async connected(count = 1) {
      while (sockets.length < count) await once(server, 'connection');
    },
    async closed() {
      expect(sockets.length).toBeGreaterThan(0);
      for (const socket of sockets) if (!socket.closed) await once(socket, 'close');
    },
  };
}
