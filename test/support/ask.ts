/** Asks a running process what is live, as any client of HTTP does. */
import { type IncomingHttpHeaders, request } from 'node:http';

/** Where a process answers: the path of a socket, or a port of the loopback. */
export type Address = string | number;

/** A request, beside its path. */
export interface Question {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** An answer; `json` throws if it is none. */
export interface Answered {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  // biome-ignore lint/suspicious/noExplicitAny: tests compare it with what they expect.
  json(): any;
}

/** Sends a request, and resolves with the whole answer. Rejects if there is none. */
export function ask(
  address: Address,
  path: string,
  { method = 'GET', headers = {}, body }: Question = {},
): Promise<Answered> {
  const where = typeof address === 'string' ? { socketPath: address } : { host: '127.0.0.1', port: address };
  return new Promise((resolve, reject) => {
    const outgoing = request(
      { ...where, path, method, headers: { host: 'localhost', ...headers }, agent: false },
      (incoming) => {
        const parts: Buffer[] = [];
        incoming.on('data', (part: Buffer) => parts.push(part));
        incoming.on('error', reject);
        incoming.on('end', () => {
          const text = Buffer.concat(parts).toString();
          const { statusCode: status = 0, headers: received } = incoming;
          resolve({ status, headers: received, text, json: () => JSON.parse(text) });
        });
      },
    );
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}

/** Asks why a flag is on or off. */
export function explain(address: Address, question: object): Promise<Answered> {
  return ask(address, '/explain', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(question),
  });
}
