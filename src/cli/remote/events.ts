/** Reads server-sent events of a running process. Runs in the command line's main thread. */
import type { IncomingMessage } from 'node:http';
import type { Client } from './client.js';
import { describeError, open, RemoteError, readRejection } from './request.js';

/** The longest line, in bytes. */
const MAX_LINE = 64 * 2 ** 10;
/** The time for the head of the answer, in milliseconds. */
const START_TIMEOUT = 10_000;

/**
 * Yields at first, and whenever the status of the process has changed, once for all changes since the last request for
 * another. Ends when `signal` is aborted.
 *
 * @throws {RemoteError} if the process does not answer, or has ended
 */
export async function* listenToUpdates(client: Client, signal: AbortSignal): AsyncGenerator<void> {
  const { name } = client.address;
  const end = new AbortController();
  const stop = (): void => end.abort();
  signal.addEventListener('abort', stop);
  try {
    const response = await begin(client, end);
    let line = '';
    for await (const chunk of response.setEncoding('latin1') as AsyncIterable<string>) {
      const lines = (line + chunk).split('\n');
      line = lines.pop() as string;
      if (line.length > MAX_LINE) {
        throw new RemoteError('invalid', `${name} must send lines of at most ${MAX_LINE} bytes; got more`);
      }
      // Only whether there is an event matters: what changed, further requests ask.
      if (lines.some((whole) => whole.startsWith('data:'))) yield;
    }
  } catch (error) {
    if (error instanceof RemoteError) throw error;
  } finally {
    signal.removeEventListener('abort', stop);
    end.abort();
  }
  if (!signal.aborted) {
    throw new RemoteError(
      'ended',
      `${name} has closed the connection: it has ended, has closed its store, or its watcher has crashed`,
    );
  }
}

async function begin({ address }: Client, end: AbortController): Promise<IncomingMessage> {
  let hasPassed = false;
  const timer = setTimeout(() => {
    hasPassed = true;
    end.abort();
  }, START_TIMEOUT);
  try {
    const response = await open(address, { path: 'events', body: undefined, signal: end.signal });
    if (response.statusCode === 200) return response;
    throw await readRejection(address, response);
  } catch (error) {
    throw describeError(address, error, hasPassed ? START_TIMEOUT : undefined);
  } finally {
    clearTimeout(timer);
  }
}
