/** Adapts a handler of Request and Response to Node's own HTTP servers. Runs in the thread that serves. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { describeThrown, logToStderr } from '../common/log.js';

/** Of a request whose `Host` decides nothing. */
const ORIGIN = 'http://localhost';

/**
 * Makes a listener for `http.createServer()`, and a middleware for Express, of a handler of Request and Response, such as
 * that of {@link createOfrepHandler}. The handler gets the incoming message as its second argument.
 *
 * The URL of its request has the path of the message, and the origin `http://localhost`. If a middleware has parsed the
 * body before, the request has that body. The listener never throws; if the handler throws, it logs the error, and answers
 * 500.
 *
 * @example
 * createServer(toNodeListener(handle)).listen(8080);
 * @example
 * app.use(toNodeListener(handle)); // Express
 */
export function toNodeListener<I extends IncomingMessage>(
  handler: (request: Request, incoming: I) => Response | Promise<Response>,
): (incoming: I, outgoing: ServerResponse) => void {
  return (incoming, outgoing) => void answer(handler, incoming, outgoing);
}

async function answer<I extends IncomingMessage>(
  handler: (request: Request, incoming: I) => Response | Promise<Response>,
  incoming: I,
  outgoing: ServerResponse,
): Promise<void> {
  let response: Response;
  let body: Buffer;
  try {
    const request = toRequest(incoming);
    response = request === undefined ? new Response(null, { status: 400 }) : await handler(request, incoming);
    body = Buffer.from(await response.arrayBuffer());
  } catch (error) {
    logToStderr('ofrep-failed', `A handler of toNodeListener() threw: ${describeThrown(error)}`);
    response = new Response(null, { status: 500 });
    body = Buffer.alloc(0);
  }
  try {
    outgoing.statusCode = response.status;
    // Not `setHeaders`, which responses of HTTP/2 do not have in each version of Node.
    for (const [name, value] of response.headers) {
      outgoing.setHeader(name, name === 'set-cookie' ? response.headers.getSetCookie() : value);
    }
    outgoing.end(body);
    // A body that nothing reads would keep the connection for itself: discard it.
    if (!incoming.readableEnded) incoming.resume();
  } catch {
    // The client is gone, or another listener has answered.
    outgoing.destroy();
  }
}

/** Makes the Request; undefined if it cannot be one. */
function toRequest(incoming: IncomingMessage): Request | undefined {
  const { url = '/', method = 'GET' } = incoming;
  try {
    const headers = new Headers();
    for (const [name, value] of Object.entries(incoming.headers)) {
      // HTTP/2 has the method and the path among them.
      if (!name.startsWith(':') && value !== undefined) headers.set(name, String(value));
    }
    // Not relative to the origin: a path may begin with two slashes.
    const target = url.startsWith('/') ? ORIGIN + url : url;
    const body = method === 'GET' || method === 'HEAD' ? null : toBody(incoming);
    return new Request(target, { method, headers, body, duplex: 'half' } as RequestInit);
  } catch {
    // A method that Request forbids, a URL that is none, or a parsed body that is not JSON.
    return undefined;
  }
}

function toBody(incoming: IncomingMessage & { body?: unknown }): ReadableStream | Uint8Array | string | null {
  // A stream that has been read to its end has nothing to give.
  if (!incoming.readableEnded) return toStream(incoming);
  const { body } = incoming;
  if (body === undefined || typeof body === 'string' || body instanceof Uint8Array) return body ?? null;
  return JSON.stringify(body);
}

/** Unlike `Readable.toWeb`, it does not end the connection when it is cancelled: the answer must reach the client. */
function toStream(incoming: IncomingMessage): ReadableStream<Uint8Array> {
  let isRead = false;
  let isDone = false;
  const start = (controller: ReadableStreamDefaultController<Uint8Array>) => {
    const end = (finish: () => void) => {
      if (!isDone) finish();
      isDone = true;
    };
    incoming.on('data', (chunk: Buffer) => {
      if (isDone) return;
      controller.enqueue(chunk);
      incoming.pause();
    });
    incoming.on('end', () => end(() => controller.close()));
    incoming.on('error', (error) => end(() => controller.error(error)));
    incoming.on('close', () => end(() => controller.error(new Error('The client closed the connection.'))));
  };
  return new ReadableStream(
    {
      pull(controller) {
        if (isRead) incoming.resume();
        else start(controller);
        isRead = true;
      },
      cancel() {
        isDone = true;
        incoming.resume();
      },
    },
    // Nothing is read ahead: a handler may answer without the body.
    { highWaterMark: 0 },
  );
}
