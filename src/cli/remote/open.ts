/**
 * Serves the page of a running process on a loopback port: a proxy that passes on what the page needs, and nothing else.
 * Runs in the command line's main thread.
 */
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import { request as requestSecurely } from 'node:https';
import type { AddressInfo } from 'node:net';
import { CommandError } from '../terminal/errors.js';
import { withCleanUp } from '../terminal/interrupt.js';
import type { Output } from '../terminal/output.js';
import type { Address } from './address.js';
import type { Client } from './client.js';

const LOOPBACK = '127.0.0.1';
const SECRET_BYTES = 16;
const MAX_CONNECTIONS = 32;
/** The longest body of a request, in bytes: what the process accepts. */
const MAX_BODY = 64 * 2 ** 10;
/** The time for a request and for the head of its answer, in milliseconds. */
const TIMEOUT = 10_000;
/** The header fields of a request that are passed on; the others may be the browser's secrets. */
const REQUEST_FIELDS = ['accept', 'content-type', 'last-event-id'] as const;
/** Header fields of an answer that are about one connection, not about the answer. */
const CONNECTION_FIELDS: ReadonlySet<string> = new Set(['connection', 'keep-alive', 'upgrade', 'proxy-authenticate']);

/** The arguments of `open`. */
interface PageRequest {
  readonly client: Client;
  /** 0 for any free port. */
  readonly port: number;
  readonly isJson: boolean;
}

/**
 * Serves the page until a signal ends the command.
 *
 * @throws {CommandError} if the process does not answer, or if the port cannot be opened
 */
export async function servePage({ client, port, isJson }: PageRequest, output: Output): Promise<void> {
  // The answer is not of interest: it is better to fail here than in the browser.
  await client.status();
  // Every user of this machine can open the port, but only this one can open the socket: the path is a secret.
  const secret = randomBytes(SECRET_BYTES).toString('hex');
  const server = createServer({ requestTimeout: TIMEOUT, headersTimeout: TIMEOUT }, (incoming, response) => {
    const path = route(incoming, secret, (server.address() as AddressInfo).port);
    if (typeof path === 'number') reject(response, path);
    else {
      readBody(incoming).then(
        (body) =>
          body === undefined ? reject(response, 413) : forward(client.address, path, incoming, body, response),
        () => response.destroy(),
      );
    }
  });
  server.maxConnections = MAX_CONNECTIONS;
  try {
    server.listen(port, LOOPBACK);
    await once(server, 'listening');
  } catch (error) {
    throw new CommandError(`cannot open port ${port}: ${(error as Error).message}. Choose another --port`, {
      cause: error,
    });
  }
  const url = `http://${LOOPBACK}:${(server.address() as AddressInfo).port}/${secret}/`;
  await output.data(isJson ? `${JSON.stringify({ url })}\n` : `${url}\n`);
  output.info(`The page of ${client.address.name}, for whoever has this address. Ctrl-C ends it`);
  await withCleanUp(
    () => server.close(),
    () => once(server, 'close'),
  );
}

/** Returns the path to ask the process for, relative to its address; the status code if the request is rejected. */
function route({ method = '', url = '', headers }: IncomingMessage, secret: string, port: number): string | number {
  // A page of another site that resolves its own name to this machine sends that name (DNS rebinding).
  if (headers.host !== `${LOOPBACK}:${port}` && headers.host !== `localhost:${port}`) return 403;
  const prefix = `/${secret}/`;
  if (!url.startsWith(prefix)) return 404;
  const path = url.slice(prefix.length);
  // Neither another host nor a path above the address.
  if (!/^[\w-]*(?:\?[\w.~%&=+-]*)?$/.test(path)) return 404;
  const isAllowed = method === 'GET' || method === 'HEAD' || (method === 'POST' && path === 'explain');
  return isAllowed ? path : 405;
}

/** Returns the whole body, so that an early answer does not cut the sending of it short; undefined if it is too long. */
async function readBody(incoming: IncomingMessage): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of incoming as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MAX_BODY) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function reject(response: ServerResponse, status: number): void {
  response.writeHead(status, { 'content-type': 'application/json', connection: 'close' });
  response.end('{"error":"Only the page of the process is here, at the address that the command printed."}');
}

function forward(
  { socketPath, url }: Address,
  path: string,
  incoming: IncomingMessage,
  body: Buffer,
  response: ServerResponse,
): void {
  const target = new URL(path, url);
  const fields = REQUEST_FIELDS.flatMap((name) =>
    incoming.headers[name] === undefined ? [] : [[name, incoming.headers[name]]],
  );
  const start = target.protocol === 'https:' ? requestSecurely : request;
  const outgoing = start(target, {
    ...(socketPath === undefined ? {} : { socketPath }),
    method: incoming.method,
    headers: { ...Object.fromEntries(fields), 'content-length': body.length },
    agent: false,
  });
  const timer = setTimeout(() => outgoing.destroy(), TIMEOUT);
  outgoing.on('response', (answer) => {
    clearTimeout(timer);
    const headers = Object.entries(answer.headers).filter(([name]) => !CONNECTION_FIELDS.has(name));
    response.writeHead(answer.statusCode ?? 502, Object.fromEntries(headers));
    answer.pipe(response);
    answer.on('error', () => response.destroy());
  });
  outgoing.on('error', () => {
    if (response.headersSent) response.destroy();
    else {
      response.writeHead(502, { 'content-type': 'application/json' });
      response.end('{"error":"The process does not answer: it has ended, or its watcher has crashed."}');
    }
  });
  // The browser went away: ends the connection to the process, which has few.
  response.on('close', () => {
    clearTimeout(timer);
    outgoing.destroy();
  });
  response.on('error', () => {});
  outgoing.end(body);
}
