/**
 * Sends transactions to Sentry by HTTP, with a bound on everything that could grow while the server is slow, hangs or
 * is unreachable. Runs in the watcher thread; no poll waits for it.
 */
import { Agent as HttpAgent, request as httpRequest, type IncomingMessage } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import type { TLSSocket } from 'node:tls';
import { createTransport } from '@sentry/node';
import { lookUp } from './dns-lookup.js';

/** The options that Sentry's client passes to a transport. */
type TransportOptions = Parameters<typeof createTransport>[0] & {
  url: string;
  headers?: Record<string, string>;
  /** Called with the reason, each time that the server's certificate is not trusted. */
  onUntrusted?: (reason: string) => void;
};

/** The time limit of a request, from its first byte to the last byte of the response. */
const REQUEST_TIMEOUT_MS = 10_000;
const MAX_SOCKETS = 30;
/** How long an idle socket stays open. Reloads come in bursts, with minutes between them. */
const IDLE_TIMEOUT_MS = 2_000;
/** The longest time that a server can stop telemetry for, in seconds. A server whose clock is wrong may ask for years. */
const MAX_PAUSE_SECS = 3_600;

/**
 * Makes a transport that posts each envelope once. At most `options.bufferSize` envelopes wait; it drops the others.
 *
 * Sentry's own transport does not suit a thread that must be able to end. It has no time limit, so a host that hangs
 * would hold every request forever. It resolves names in threads of the pool, and a thread that ends waits for those.
 */
export function makeTransport(options: TransportOptions): ReturnType<typeof createTransport> {
  const url = new URL(options.url);
  const [Agent, request] = url.protocol === 'https:' ? [HttpsAgent, httpsRequest] : [HttpAgent, httpRequest];
  const agent = new Agent({ keepAlive: true, maxSockets: MAX_SOCKETS, timeout: IDLE_TIMEOUT_MS, lookup: lookUp });
  return createTransport(
    options,
    ({ body }) =>
      new Promise((resolve, reject) => {
        let received: IncomingMessage | undefined;
        let failure: Error | undefined;
        const sent = request(url, {
          method: 'POST',
          agent,
          headers: { ...options.headers, 'content-type': 'application/x-sentry-envelope' },
          signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS),
        });
        sent.on('response', (response) => {
          received = response;
          response.resume();
        });
        sent.on('error', (error) => {
          failure ??= error;
          // An Error, or its code, if the certificate was the reason.
          const { authorizationError: reason } = (sent.socket ?? {}) as Partial<TLSSocket>;
          if (reason) options.onUntrusted?.(String(reason));
        });
        // The only event that follows however a request ends.
        sent.on('close', () => {
          if (received === undefined) reject(failure ?? new Error('The connection closed without a response.'));
          else resolve(readResponse(received));
        });
        sent.end(body);
      }),
  );
}

/** Reads the status and the headers that Sentry's rate limits depend on. No limit is longer than an hour. */
function readResponse({ statusCode, headers }: IncomingMessage) {
  const limits = headers['x-sentry-rate-limits'];
  return {
    ...(statusCode !== undefined && { statusCode }),
    headers: {
      'retry-after': shortenRetryAfter(headers['retry-after'], Date.now()),
      'x-sentry-rate-limits': shortenLimits(Array.isArray(limits) ? limits[0] : limits),
    },
  };
}

/** Returns the seconds of a `retry-after`, which has seconds or a date; null if it has neither. */
function shortenRetryAfter(header: string | undefined, now: number): string | null {
  if (header === undefined) return null;
  const isDate = /[a-z]/i.test(header);
  const seconds = isDate ? (Date.parse(header) - now) / 1_000 : /^\d+$/.test(header) ? Number(header) : Number.NaN;
  return Number.isNaN(seconds) ? null : String(Math.ceil(Math.min(Math.max(0, seconds), MAX_PAUSE_SECS)));
}

/** Shortens each limit in `SECONDS:CATEGORIES:…, SECONDS:…`. */
function shortenLimits(header: string | undefined): string | null {
  const shorten = (limit: string) =>
    limit.replace(/^\s*\d+/, (seconds) => String(Math.min(Number(seconds), MAX_PAUSE_SECS)));
  return header?.split(',').map(shorten).join(',') ?? null;
}
