/**
 * The way of the transactions to Sentry: HTTP, with a bound on everything that could grow while the other side is slow,
 * hangs, or is not there. Runs in the watcher, none of whose work waits for it.
 */
import { Agent as HttpAgent, request as httpRequest, type IncomingMessage } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { createTransport } from '@sentry/node';
import { lookUp } from './dns-lookup.js';

/** What a transport is made with. */
type TransportOptions = Parameters<typeof createTransport>[0] & { url: string; headers?: Record<string, string> };

/** How long a request may take, from its first byte to the last one of the answer. */
const REQUEST_MS = 10_000;
const MAX_SOCKETS = 30;
/** How long a socket that is not in use stays open: reloads come in bursts, with minutes between them. */
const IDLE_MS = 2_000;

/**
 * A transport that posts each envelope once. How many may wait at a time is `options.bufferSize`; what is beyond that is
 * dropped. Sentry's own has no time-out, so that a host that hangs would hold every request for ever, and looks names up
 * in threads that a thread which is to end has to wait for.
 */
export function makeTransport(options: TransportOptions): ReturnType<typeof createTransport> {
  const url = new URL(options.url);
  const [Agent, request] = url.protocol === 'https:' ? [HttpsAgent, httpsRequest] : [HttpAgent, httpRequest];
  const agent = new Agent({ keepAlive: true, maxSockets: MAX_SOCKETS, timeout: IDLE_MS, lookup: lookUp });
  return createTransport(
    options,
    ({ body }) =>
      new Promise((resolve, reject) => {
        let answer: IncomingMessage | undefined;
        let failure: Error | undefined;
        const sent = request(url, {
          method: 'POST',
          agent,
          headers: { ...options.headers, 'content-type': 'application/x-sentry-envelope' },
          signal: AbortSignal.timeout(REQUEST_MS),
        });
        sent.on('response', (response) => {
          answer = response;
          response.resume();
        });
        sent.on('error', (error) => {
          failure ??= error;
        });
        // The one event that comes however a request ends.
        sent.on('close', () => {
          if (answer === undefined) reject(failure ?? new Error('The connection was closed without an answer.'));
          else resolve(readResponse(answer));
        });
        sent.end(body);
      }),
  );
}

/** What the limits of rates are made of. */
function readResponse({ statusCode, headers }: IncomingMessage) {
  const limits = headers['x-sentry-rate-limits'];
  return {
    ...(statusCode !== undefined && { statusCode }),
    headers: {
      'retry-after': headers['retry-after'] ?? null,
      'x-sentry-rate-limits': (Array.isArray(limits) ? limits[0] : limits) ?? null,
    },
  };
}
