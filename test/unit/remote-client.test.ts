/** What the command line accepts from a running process, which may be anybody who listens there. */
import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { socketAddress, urlAddress } from '../../src/cli/remote/address.js';
import { Client } from '../../src/cli/remote/client.js';
import { listenToUpdates } from '../../src/cli/remote/events.js';
import { AnswerError, parseAnswer } from '../../src/cli/remote/parse.js';
import type { RemoteError } from '../../src/cli/remote/request.js';
import { describeThreads } from '../../src/cli/remote/threads.js';
import { UsageError } from '../../src/cli/terminal/errors.js';
import { temporaryDirectory } from '../support/base.js';

/** Starts a server that answers each connection with `answer`, whatever it is asked. */
async function serve(answer: string | ((socket: Socket) => void), timeout = 30_000): Promise<Client> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    // The request, unless somebody only connects.
    socket.once('data', () => (typeof answer === 'string' ? socket.end(answer) : answer(socket)));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return new Client(urlAddress(`http://127.0.0.1:${(server.address() as AddressInfo).port}`), timeout);
}

const OK = 'HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n';
const json = (body: unknown): string => `${OK}\r\n${JSON.stringify(body)}`;

/** Returns why a client gets no answer. */
async function fail(client: Client): Promise<Pick<RemoteError, 'failure' | 'message'>> {
  const error = await client.status().then(
    () => undefined,
    (thrown: RemoteError) => thrown,
  );
  return { failure: error?.failure as RemoteError['failure'], message: error?.message ?? '' };
}

describe('an answer', () => {
  it.each<readonly [string, string | ((socket: Socket) => void), RegExp]>([
    ['never comes', () => {}, /^did not answer within 0\.5 s/],
    [
      'comes byte by byte, without end',
      (socket) => {
        socket.write(`${OK}\r\n`);
        const timer = setInterval(() => socket.write(' '), 5);
        socket.on('close', () => clearInterval(timer));
      },
      /^did not answer within 0\.5 s/,
    ],
    [
      'is only informational responses',
      (socket) => {
        const timer = setInterval(() => socket.write('HTTP/1.1 103 Early Hints\r\n\r\n'), 5);
        socket.on('close', () => clearInterval(timer));
      },
      /^did not answer within 0\.5 s/,
    ],
    ['is too large', `${OK}\r\n${' '.repeat(17 * 2 ** 20)}`, /^must answer with at most 16777216 bytes; got more/],
    ['has endless headers', `${OK}x: ${'y'.repeat(2 ** 20)}`, /^must answer with HTTP; /],
    ['is no HTTP', 'SSH-2.0-OpenSSH_9.9\r\n', /^must answer with HTTP; /],
    [
      'ends too early',
      `${OK}content-length: 100\r\n\r\n{`,
      /^cannot be asked: \w+; check the host and the port, and whether the process runs$/,
    ],
    [
      'is a redirection',
      'HTTP/1.1 302 Found\r\nlocation: http://example.com/\r\n\r\n',
      /^answered with status 302, which is no answer of sentry-options; check the host, the port and the path$/,
    ],
    [
      'is an error with control characters',
      `HTTP/1.1 404 Not Found\r\n\r\n${JSON.stringify({ error: '\u001b[2Jno\nsuch' })}`,
      /^answered with status 404: \\u001b\[2Jno\\u000asuch$/,
    ],
    [
      'is an error of somebody else',
      'HTTP/1.1 500 Oops\r\n\r\n<html>',
      /^answered with status 500, which is no answer of sentry-options; check the host, the port and the path$/,
    ],
    [
      'is JSON of somebody else',
      'HTTP/1.1 404 Not Found\r\n\r\n{"error": 7}',
      /^answered with status 404, which is no/,
    ],
    ['is no JSON', `${OK}\r\n<html>`, /expects: Failed to parse JSON/],
    ['nests deeply', `${OK}\r\n${'['.repeat(1_000_000)}`, /expects: Failed to parse JSON/],
    ['has another form', json([]), /expects: the answer must be an object$/],
    ['lacks a field', json({ showsValues: true }), /expects: the answer\.process must be an object$/],
    ['has a field in the prototype', json({ __proto__: { process: {} } }), /the answer\.process must be an object$/],
  ])('An answer that %s is an error', async (_, answer, message) => {
    const client = await serve(answer, String(message).includes('did not answer') ? 500 : undefined);
    const failed = await fail(client);
    const { name } = client.address;
    expect(failed.message.startsWith(name)).toBe(true);
    expect(failed.message.slice(name.length).trim()).toMatch(message);
  });

  it('An answer that would take too much memory is not parsed', () => {
    const bytes = Buffer.from(`[${'{},'.repeat(8_000_000)}{}]`);
    expect(() => parseAnswer(bytes)).toThrow(
      new AnswerError('the answer must take at most 536870912 bytes of memory once parsed'),
    );
  });
});

describe('threads', () => {
  it('A thread that was silent for a moment only is asked again', async () => {
    const thread = { threadId: 0, isMain: true, isOwner: true, generation: 1, adoptedAt: null, isBehind: false };
    const answers = [
      { responds: false, silentMs: 300, activity: 'running' },
      { responds: true, silentMs: null, activity: null },
    ].map((state) => json({ generation: 1, threads: [{ ...thread, ...state }], isFull: false }));
    const client = await serve((socket) => socket.end(answers.shift() ?? ''));
    expect(await describeThreads(client, false)).toMatch(/^0 .* turns$/m);
    expect(answers).toEqual([]);
  });
});

describe('events', () => {
  const follow = async (client: Client) => {
    let count = 0;
    const { signal } = new AbortController();
    const end = (async () => {
      for await (const _ of listenToUpdates(client, signal)) count++;
    })().catch((error: RemoteError) => error.message.replace(client.address.name, '…'));
    return { end: await end, count };
  };
  const EVENTS = 'HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n';

  it('Events count wherever a packet ends, and a closed connection is the end of the process', async () => {
    const client = await serve((socket) => {
      const parts = [EVENTS, ': hello\n\nda', 'ta: 1\n\ndata: 2\n\n', ': bye\n\n'];
      const send = (): void => {
        const part = parts.shift();
        if (part === undefined) socket.end();
        else socket.write(part, () => setTimeout(send, 20));
      };
      send();
    });
    const { count, end } = await follow(client);
    expect([1, 2]).toContain(count);
    expect(end).toBe('… has closed the connection: it has ended, has closed its store, or its watcher has crashed');
  });

  it('A line without end, and an answer that is an error, are errors', async () => {
    const line = await serve(`${EVENTS}data: ${'x'.repeat(200_000)}`);
    expect(await follow(line)).toEqual({ count: 0, end: '… must send lines of at most 65536 bytes; got more' });
    const error = await serve('HTTP/1.1 404 Not Found\r\n\r\n');
    expect((await follow(error)).end).toBe(
      '… answered with status 404, which is no answer of sentry-options; check the host, the port and the path',
    );
    const busy = await serve(`HTTP/1.1 503 Busy\r\n\r\n${JSON.stringify({ error: 'Too many.' })}`);
    expect((await follow(busy)).end).toBe('… answered with status 503: Too many.');
  });
});

describe('addresses', () => {
  it('A socket that nobody listens on names the path', async () => {
    const path = `${temporaryDirectory()}/none.sock`;
    expect(await fail(new Client(socketAddress(path)))).toEqual({
      failure: 'ended',
      message: `there is no socket ${path}`,
    });
    const directory = temporaryDirectory();
    expect(await fail(new Client(socketAddress(directory)))).toEqual({
      failure: 'ended',
      message: `nobody listens on ${directory}: its process was killed, or it is no socket`,
    });
  });

  it('A URL may be a host and a port, and a password is in no message', () => {
    expect(urlAddress('localhost:9300').url.href).toBe('http://localhost:9300/');
    expect(urlAddress('https://example.com/pods/1').url.href).toBe('https://example.com/pods/1/');
    expect(urlAddress('http://me:secret@example.com').name).toBe('http://me@example.com/');
    for (const text of ['ftp://host', 'http://', 'http://host/?a', 'http://host/#a', '']) {
      expect(() => urlAddress(text)).toThrow(UsageError);
    }
    for (const [text, shown] of [
      ['http://me:secret@host?a', '…@host?a'],
      ['me:se/cret@host', '…@host'],
    ] as const) {
      expect(() => urlAddress(text)).toThrow(`or a fragment; got '${shown}'`);
    }
  });
});
