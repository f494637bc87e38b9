/**
 * Sends one request to a running process. The answer may come from anybody who listens there: its size, its time and
 * its headers have limits. Runs in the command line's main thread.
 */
import type { ClientRequest, IncomingMessage, RequestOptions } from 'node:http';
import { request as requestHttp } from 'node:http';
import { formatText } from '../../common/text.js';
import { isObject, type OptionValue } from '../../common/value.js';
import { CommandError } from '../terminal/errors.js';
import type { Address } from './address.js';
import { parseAnswer } from './parse.js';

/** Why there is no answer. `ended`: nobody listens on the socket any more. */
export type Failure = 'ended' | 'closed to this user' | 'silent' | 'unreachable' | 'rejected' | 'invalid';

/** The process does not answer, or does not answer what it should. */
export class RemoteError extends CommandError {
  override readonly name = 'RemoteError';
  readonly failure: Failure;
  /** The status code of an answer that is an error. */
  readonly statusCode: number | undefined;

  constructor(failure: Failure, message: string, { cause, statusCode }: { cause?: unknown; statusCode?: number } = {}) {
    super(message, { cause });
    this.failure = failure;
    this.statusCode = statusCode;
  }
}

/** A request, and the limits of its answer. */
export interface RemoteRequest {
  /** Relative to the address, without a slash at its beginning. */
  readonly path: string;
  /** The body, which makes the request a POST. */
  readonly body?: string;
  readonly maxBytes: number;
  /** The time until the answer is whole, in milliseconds. */
  readonly timeout: number;
}

/** An answer. */
export interface RemoteAnswer {
  readonly body: Buffer;
  /** The time when the answer was sent, by the clock of whoever answers, in milliseconds since 1970; NaN if unknown. */
  readonly sentAt: number;
}

/** The most bytes of the headers of an answer. */
const MAX_HEADER_BYTES = 16 * 2 ** 10;
/** The most bytes of an answer that is an error. */
const MAX_ERROR_BYTES = 64 * 2 ** 10;

/**
 * Returns the answer.
 *
 * @throws {RemoteError} if nobody answers, if the answer is an error, or if it exceeds a limit
 */
export async function send(address: Address, { path, body, maxBytes, timeout }: RemoteRequest): Promise<RemoteAnswer> {
  const limit = new AbortController();
  const timer = setTimeout(() => limit.abort(), timeout);
  try {
    const response = await open(address, { path, body, signal: limit.signal });
    const answer =
      response.statusCode === 200 ? await collect(address, response, maxBytes) : await readRejection(address, response);
    // An answer of unknown length just ends when this side closes the connection.
    limit.signal.throwIfAborted();
    if (answer instanceof RemoteError) throw answer;
    return { body: answer, sentAt: Date.parse(response.headers.date ?? '') };
  } catch (error) {
    throw describeError(address, error, limit.signal.aborted ? timeout : undefined);
  } finally {
    clearTimeout(timer);
    // Ends what is left of an answer that is not of interest.
    limit.abort();
  }
}

/** Sends a request, and resolves with the head of the answer. Does not translate errors. */
export async function open(
  { socketPath, url }: Address,
  { path, body, signal }: { readonly path: string; readonly body: string | undefined; readonly signal: AbortSignal },
): Promise<IncomingMessage> {
  const target = new URL(path, url);
  const options: RequestOptions = {
    ...(socketPath === undefined ? {} : { socketPath }),
    method: body === undefined ? 'GET' : 'POST',
    headers:
      body === undefined ? {} : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) },
    maxHeaderSize: MAX_HEADER_BYTES,
    agent: false,
    signal,
  };
  const start = target.protocol === 'https:' ? (await import('node:https')).request : requestHttp;
  return await new Promise((resolve, reject) => {
    const request: ClientRequest = start(target, options, resolve);
    request.on('error', reject);
    request.end(body);
  });
}

async function collect(address: Address, response: IncomingMessage, maxBytes: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > maxBytes) {
      throw new RemoteError('invalid', `${address.name} must answer with at most ${maxBytes} bytes; got more`);
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** Reads an answer that is an error, and returns it. */
export async function readRejection(address: Address, response: IncomingMessage): Promise<RemoteError> {
  const { statusCode = 0 } = response;
  const body = await collect(address, response, MAX_ERROR_BYTES);
  let reason = ', which is no answer of sentry-options; check the host, the port and the path';
  try {
    const answer = parseAnswer(body) as OptionValue;
    const error = isObject(answer) && Object.hasOwn(answer, 'error') ? answer.error : undefined;
    if (typeof error === 'string') reason = `: ${formatText(error)}`;
  } catch {
    // Whoever answers with something else is not this library.
  }
  return new RemoteError('rejected', `${address.name} answered with status ${statusCode}${reason}`, { statusCode });
}

/** Translates an error of a request or of its answer. `timeout`: the time that has passed, in milliseconds. */
export function describeError(address: Address, error: unknown, timeout: number | undefined): RemoteError {
  if (error instanceof RemoteError) return error;
  const { name, socketPath } = address;
  if (timeout !== undefined) {
    return new RemoteError(
      'silent',
      `${name} did not answer within ${timeout / 1_000} s; it may be stopped (SIGSTOP), or its machine busy`,
      { cause: error },
    );
  }
  const { code, message } = error as NodeJS.ErrnoException;
  const fail = (failure: Failure, text: string) => new RemoteError(failure, text, { cause: error });
  if (code?.startsWith('HPE_')) return fail('invalid', `${name} must answer with HTTP; ${message}`);
  if (socketPath === undefined) {
    const hint = 'check the host and the port, and whether the process runs';
    return fail('unreachable', `${name} cannot be asked: ${message || code}; ${hint}`);
  }
  switch (code) {
    case 'ENOENT':
      return fail(
        'ended',
        name === socketPath ? `there is no socket ${name}` : `${name} has ended: it has no socket any more`,
      );
    case 'ECONNRESET':
      return fail(
        'unreachable',
        `${name} has closed the connection without an answer: it has too many clients, or has just ended`,
      );
    case 'ECONNREFUSED':
      if (name === socketPath)
        return fail('ended', `nobody listens on ${name}: its process was killed, or it is no socket`);
      return fail(
        'ended',
        `${name} does not answer any more: it was killed, or its watcher has crashed; its socket ${socketPath} is left`,
      );
    case 'EACCES':
    case 'EPERM':
      return fail('closed to this user', `${socketPath} can only be opened by the user that owns it; run as that user`);
    default:
      return fail('unreachable', `${name} cannot be asked: ${message || code}`);
  }
}
