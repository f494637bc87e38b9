/** Writes answers, and reads bodies of a limited size. Runs in the watcher thread. */
import type { IncomingMessage, ServerResponse } from 'node:http';

/** The longest body of a request, in bytes. */
const MAX_BODY = 64 * 2 ** 10;

/** A request that cannot be answered: its status, and a sentence for the client. */
export class RequestError extends Error {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;

  constructor(status: number, message: string, headers: Readonly<Record<string, string>> = {}) {
    super(message);
    this.status = status;
    this.headers = headers;
  }
}

/** The headers of every answer: nothing is kept, nothing is guessed, and no other site may embed it. */
const HEADERS = {
  'cache-control': 'no-store',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
} as const;

/** Begins an answer. */
export function begin(
  response: ServerResponse,
  status: number,
  type: string,
  headers: Readonly<Record<string, string>> = {},
): void {
  response.writeHead(status, { ...HEADERS, 'content-type': `${type}; charset=utf-8`, ...headers });
}

/** Sends a text that fits into memory. */
export function send(
  response: ServerResponse,
  status: number,
  type: string,
  text: string,
  headers: Readonly<Record<string, string>> = {},
): void {
  const bytes = Buffer.from(text);
  begin(response, status, type, { 'content-length': String(bytes.length), ...headers });
  response.end(response.req.method === 'HEAD' ? undefined : bytes);
}

/** Sends `body` as JSON. */
export function sendJson(response: ServerResponse, body: object, status = 200): void {
  send(response, status, 'application/json', JSON.stringify(body));
}

/** Writes a part of an answer, and waits until the client can take more. Returns false if the client is gone. */
export async function write(response: ServerResponse, text: string): Promise<boolean> {
  if (response.destroyed) return false;
  if (response.write(text)) return true;
  return new Promise((resolve) => {
    const end = (): void => {
      response.off('drain', end);
      response.off('close', end);
      resolve(!response.destroyed);
    };
    response.once('drain', end);
    response.once('close', end);
  });
}

/**
 * Reads the JSON of a request.
 *
 * @throws {RequestError} if it is too long, or no JSON
 */
export async function readJson(request: IncomingMessage): Promise<unknown> {
  if (!/^application\/json\s*(?:;|$)/i.test(request.headers['content-type'] ?? '')) {
    throw new RequestError(415, 'The content-type must be application/json.');
  }
  const parts: Buffer[] = [];
  let length = 0;
  for await (const part of request as AsyncIterable<Buffer>) {
    length += part.length;
    if (length > MAX_BODY)
      throw new RequestError(413, `A request may have ${MAX_BODY} bytes.`, { connection: 'close' });
    parts.push(part);
  }
  try {
    return JSON.parse(Buffer.concat(parts).toString());
  } catch (error) {
    throw new RequestError(400, `The request is no JSON: ${(error as Error).message}`);
  }
}
