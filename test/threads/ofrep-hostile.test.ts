/** Tests the OFREP handler with clients that claim to be others, and with requests that no client of the protocol sends. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type RequestListener, request as requestHttp } from 'node:http';
import { connect as connectHttp2, createServer as createHttp2 } from 'node:http2';
import { type AddressInfo, connect } from 'node:net';
import { json } from 'node:stream/consumers';
import { ConfigError, type ContextData, openOptions } from 'sentry-options';
import { createOfrepHandler, type OfrepConfig, toNodeListener } from 'sentry-options/ofrep';
import { createTestOptions, enabledWhen } from 'sentry-options/testing';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { Base } from '../support/base.js';
import { FLAG } from '../support/flags.js';
import { ALLOWED, ask, FLAGS, makeRequest, receive, SCHEMAS, URL_OF_FLAGS } from '../support/ofrep.js';

const NOBODY = { targetingKey: 'user-3' };
const STAFF = { targetingKey: 'user-1', email: 'me@secret.example.com' };
const store = createTestOptions({ schemas: SCHEMAS, values: { shop: FLAGS, open: FLAGS } });

function makeHandler(config: Partial<OfrepConfig> = {}) {
  return createOfrepHandler({ namespace: 'shop', flags: ALLOWED, store, ...config });
}

/** Returns whether the flag for the staff is on, or the code of the failure. */
async function isStaff(config: Partial<OfrepConfig>, context: unknown): Promise<unknown> {
  const { body } = await ask(makeHandler(config), makeRequest({ context }, 'checkout'));
  const { value, errorCode } = body as { value?: boolean; errorCode?: string };
  return errorCode ?? value;
}

describe('what a client claims', () => {
  const user = (data: ContextData) => () => data;

  it('It counts only if clientProperties names the property', async () => {
    expect(await isStaff({}, STAFF)).toBe(false);
    expect(await isStaff({ clientProperties: ['plan'] }, STAFF)).toBe(false);
    expect(await isStaff({ clientProperties: ['email'] }, STAFF)).toBe(true);
    expect(await isStaff({ clientProperties: 'all' }, STAFF)).toBe(true);
    const inherited = '{"targetingKey": "x", "__proto__": {"email": "me@secret.example.com"}}';
    for (const clientProperties of ['all', ['email', '__proto__']] as const) {
      expect(await isStaff({ clientProperties }, JSON.parse(inherited))).toBe(false);
    }
  });

  it('What the service knows replaces it, also if the service knows that it is absent', async () => {
    for (const clientProperties of ['all', ['email']] as const) {
      expect(await isStaff({ clientProperties, context: user({ email: 'ada@example.org' }) }, STAFF)).toBe(false);
      expect(await isStaff({ clientProperties, context: user({ email: undefined }) }, STAFF)).toBe(false);
      expect(await isStaff({ clientProperties, context: user({ email: null }) }, STAFF)).toBe(false);
      expect(await isStaff({ clientProperties, context: () => undefined }, STAFF)).toBe(true);
    }
    expect(await isStaff({ context: user({ email: STAFF.email }) }, NOBODY)).toBe(true);
  });

  it('The targeting key never becomes the property of a user, unless a client may set that property', async () => {
    const byUser: Partial<OfrepConfig> = { targetingKeyProperty: 'email' };
    const claim = { targetingKey: STAFF.email };
    expect(await isStaff({ ...byUser, context: user({}) }, claim)).toBe('TARGETING_KEY_MISSING');
    expect(await isStaff({ ...byUser, context: user({ email: 'ada@example.org' }) }, claim)).toBe(false);
    expect(await isStaff({ ...byUser, context: user({}), identityFields: ['id'] }, { ...claim, id: 1 })).toBe(
      'TARGETING_KEY_MISSING',
    );
    expect(await isStaff({ ...byUser, clientProperties: ['email'] }, claim)).toBe(true);
    // By default, it is a property of its own, which no rule has reason to trust.
    expect(await isStaff({}, claim)).toBe(false);
  });

  it('The targeting key that became another property is not a property of its own, as in the OpenFeature provider', async () => {
    const schema = { version: '1.0', type: 'object', properties: { 'feature.key': FLAG } };
    const flag = enabledWhen({ property: 'targetingKey', operator: 'equals', value: 'me' });
    const other = createTestOptions({ schemas: { shop: schema }, values: { shop: { 'feature.key': flag } } });
    const isOn = async (config: Partial<OfrepConfig>) => {
      const handle = makeHandler({ flags: ['key'], store: other, clientProperties: 'all', ...config });
      return (await ask(handle, makeRequest({ context: { targetingKey: 'me' } }, 'key'))).body;
    };
    expect(await isOn({})).toMatchObject({ value: true });
    expect(await isOn({ targetingKeyProperty: 'user_id' })).toMatchObject({ value: false });
  });

  it('The bucket is that of the identity which the service knows, whatever the client sends', async () => {
    const half = async (config: Partial<OfrepConfig>, context: object) =>
      (await ask(makeHandler(config), makeRequest({ context }, 'half'))).body as { value: boolean };
    const config = { targetingKeyProperty: 'user_id', identityFields: ['user_id'], context: user({ user_id: 'ada' }) };
    const { value } = await half(config, {});
    for (let id = 0; id < 20; id++) {
      expect((await half(config, { targetingKey: `user-${id}`, user_id: `user-${id}` })).value).toBe(value);
    }
    const byKey = await Promise.all(Array.from({ length: 20 }, (_, id) => half({}, { targetingKey: `user-${id}` })));
    expect(new Set(byKey.map((each) => each.value)).size).toBe(2);
  });

  it('context gets the request and all further arguments, and may take its time', async () => {
    const seen: unknown[] = [];
    const handle = createOfrepHandler({
      namespace: 'shop',
      flags: ['checkout'],
      store,
      async context(request: Request, session: { email: string }) {
        seen.push(request.headers.get('cookie'), session);
        return { email: session.email };
      },
    });
    const request = makeRequest({ context: NOBODY }, undefined, { cookie: 'a=b' });
    const { body } = await ask(handle, request, { email: STAFF.email });
    expect([seen, body]).toEqual([
      ['a=b', { email: STAFF.email }],
      { flags: [{ key: 'checkout', value: true, reason: 'TARGETING_MATCH' }] },
    ]);
  });

  it('If context fails in any way, the answer is 500, says nothing of it, and one error is logged', async () => {
    const messages: string[] = [];
    const base = new Base({ shop: {} });
    base.writeValues('shop', {});
    const logger = { debug() {}, info() {}, warn() {}, error: (message: string) => void messages.push(message) };
    const own = openOptions({ directory: base.directory, pollInterval: null, logger });
    onTestFinished(() => own.close());
    const self: { self?: object } = {};
    self.self = self;
    const unreadable = {
      get email(): string {
        throw new Error('secret getter');
      },
    };
    const fail = (message: string) => {
      throw new Error(message);
    };
    for (const context of [
      () => fail('secret throw'),
      async () => fail('secret rejection'),
      () => 'secret',
      () => unreadable,
      () => self,
    ]) {
      for (let time = 0; time < 2; time++) {
        const handle = makeHandler({ context: context as never, store: own });
        const { status, body } = await ask(handle, makeRequest({ context: NOBODY }));
        const failure = { errorCode: 'GENERAL', errorDetails: 'The service cannot evaluate its flags.' };
        expect([status, body]).toEqual([500, failure]);
      }
    }
    const failed = "An OFREP request for flags of namespace 'shop' failed:";
    expect(messages).toEqual([
      `${failed} Error: secret throw`,
      `${failed} Error: secret rejection`,
      `${failed} TypeError: context must return an object; got string`,
      `${failed} Error: secret getter`,
      `${failed} ContextLimitError: A context must not be nested deeper than 127 levels, or contain itself.`,
    ]);
  });
});

/** Makes the JSON of a context that is nested so deep. */
function nest(depth: number): string {
  return `{"context":{"targetingKey":"x","a":${'['.repeat(depth)}${']'.repeat(depth)}}}`;
}

describe('a hostile request', () => {
  const DENIED = [404, 'FLAG_NOT_FOUND'];

  it.each<[string, unknown, unknown[]]>([
    ['nothing', '', [400, 'PARSE_ERROR']],
    ['no JSON', '{"context":', [400, 'PARSE_ERROR']],
    ['a number', '1', [400, 'PARSE_ERROR']],
    ['null', 'null', [400, 'PARSE_ERROR']],
    ['an array', '[]', [400, 'PARSE_ERROR']],
    ['an object without a context', '{}', [400, 'TARGETING_KEY_MISSING']],
    ['a context of null', '{"context":null}', [400, 'INVALID_CONTEXT']],
    ['an array as context', '{"context":[]}', [400, 'INVALID_CONTEXT']],
    ['a text as context', '{"context":"x"}', [400, 'INVALID_CONTEXT']],
    ['an empty context', '{"context":{}}', [400, 'TARGETING_KEY_MISSING']],
    ['an empty targeting key', '{"context":{"targetingKey":""}}', [400, 'TARGETING_KEY_MISSING']],
    ['a number as targeting key', '{"context":{"targetingKey":1}}', [400, 'INVALID_CONTEXT']],
    ['an object as targeting key', '{"context":{"targetingKey":{}}}', [400, 'INVALID_CONTEXT']],
    ['an inherited targeting key', '{"context":{"__proto__":{"targetingKey":"x"}}}', [400, 'TARGETING_KEY_MISSING']],
    ['an inherited context', '{"__proto__":{"context":{"targetingKey":"x"}}}', [400, 'TARGETING_KEY_MISSING']],
    ['a context of 126 levels', nest(126), [200, undefined]],
    ['a context of 128 levels', nest(128), [400, 'INVALID_CONTEXT']],
    ['a context of 30 000 levels', nest(30_000), [400, 'INVALID_CONTEXT']],
    ['a lone surrogate', '{"context":{"targetingKey":"\\ud800"}}', [200, undefined]],
    ['other fields', '{"context":{"targetingKey":"x"},"flags":["secret-launch"],"__proto__":1}', [200, undefined]],
  ])('A body with %s', async (_, body, expected) => {
    const handle = makeHandler({ clientProperties: 'all' });
    for (const key of [undefined, 'half']) {
      const { status, body: answer } = await ask(handle, makeRequest(body, key));
      const { errorCode, errorDetails } = answer as { errorCode?: string; errorDetails?: string };
      expect([status, errorCode, typeof errorDetails]).toEqual([...expected, errorCode ? 'string' : 'undefined']);
    }
    expect(({} as { context?: unknown }).context).toBeUndefined();
  });

  it('Of a name that comes twice, the last one counts', async () => {
    const handle = makeHandler({ clientProperties: 'all' });
    const twice = `{"context":{"email":"a@b.c","targetingKey":"x","email":"${STAFF.email}"}}`;
    expect((await ask(handle, makeRequest(twice, 'checkout'))).body).toMatchObject({ value: true });
    const other = `{"context":{"email":"${STAFF.email}","targetingKey":"x","email":"a@b.c"}}`;
    expect((await ask(handle, makeRequest(other, 'checkout'))).body).toMatchObject({ value: false });
  });

  it.each<[string, string, unknown[]]>([
    ['that cannot be decoded', '%', [400, 'PARSE_ERROR']],
    ['with bytes that are no UTF-8', '%ff%fe', [400, 'PARSE_ERROR']],
    ['of 100 000 characters', 'x'.repeat(100_000), DENIED],
    ['with NUL', '%00', DENIED],
    ['with a script', encodeURIComponent('<script>alert(1)</script>'), DENIED],
    ['encoded twice', 'half%2500', DENIED],
    ['with dots', '%2e%2e%2fflags', DENIED],
  ])('A key %s', async (_, key, expected) => {
    const { status, body, headers } = await ask(makeHandler(), makeRequest({ context: NOBODY }, key));
    expect([status, (body as { errorCode: string }).errorCode]).toEqual(expected);
    expect(JSON.stringify(body).length).toBeLessThan(500);
    expect([headers.get('content-type'), headers.get('x-content-type-options')]).toEqual([
      'application/json',
      'nosniff',
    ]);
  });

  it.each([
    'text/plain',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    '',
    'application/json-patch',
    'application/json; charset=latin1',
  ])('A body of the type %j is 415, since another site could send it without the consent of this one', async (type) => {
    expect(
      (await ask(makeHandler(), makeRequest({ context: NOBODY }, undefined, { 'content-type': type }))).status,
    ).toBe(415);
  });

  it('Types that mean JSON in UTF-8 are accepted, compressed bodies and other encodings are not', async () => {
    for (const type of ['application/json; charset=utf-8', 'Application/JSON;charset="UTF-8"', 'application/json ']) {
      expect(
        (await ask(makeHandler(), makeRequest({ context: NOBODY }, undefined, { 'content-type': type }))).status,
      ).toBe(200);
    }
    const packed = makeRequest({ context: NOBODY }, undefined, { 'content-encoding': 'gzip' });
    expect((await ask(makeHandler(), packed)).status).toBe(415);
    const bytes = new Request(URL_OF_FLAGS, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: Buffer.from([0x22, 0xff, 0x22]),
    });
    expect((await ask(makeHandler(), bytes)).body).toMatchObject({ errorDetails: 'The body must be UTF-8.' });
  });

  it('Other methods are 405, OPTIONS names the right ones, and other paths do not exist', async () => {
    for (const method of ['GET', 'HEAD', 'PUT', 'DELETE', 'OPTIONS']) {
      for (const url of [URL_OF_FLAGS, `${URL_OF_FLAGS}/half`]) {
        const { status, body, headers } = await ask(makeHandler(), new Request(url, { method }));
        expect([status, body, headers.get('allow')]).toEqual([
          method === 'OPTIONS' ? 204 : 405,
          undefined,
          'OPTIONS, POST',
        ]);
      }
    }
    for (const path of [
      '/',
      '/ofrep/v1/evaluate',
      '/ofrep/v1/evaluate/flagsx',
      '/OFREP/v1/evaluate/flags',
      '/ofrep/v1/configuration',
      '//ofrep/v1/evaluate/flags',
    ]) {
      const request = new Request(`http://localhost${path}`, { method: 'POST', body: '{}' });
      expect((await ask(makeHandler(), request)).status).toBe(404);
    }
    const based = makeHandler({ basePath: '/api' });
    const at = (path: string) => new Request(`http://localhost${path}?x=1`, makeRequest({ context: NOBODY }));
    expect((await ask(based, at('/api/ofrep/v1/evaluate/flags'))).status).toBe(200);
    expect((await ask(based, at('/ofrep/v1/evaluate/flags'))).status).toBe(404);
  });
});

/** A body of so many bytes, of which it counts those that were read. */
function makeLarge(bytes: number, chunk = 16_384) {
  const counted = { read: 0, isCancelled: false };
  const stream = new ReadableStream(
    {
      pull(controller) {
        counted.read += chunk;
        controller.enqueue(new Uint8Array(chunk).fill(32));
        if (counted.read >= bytes) controller.close();
      },
      cancel: () => {
        counted.isCancelled = true;
      },
    },
    { highWaterMark: 0 },
  );
  const headers: Record<string, string> = { 'content-type': 'application/json' };
  const send = (more: object = {}) =>
    new Request(URL_OF_FLAGS, {
      method: 'POST',
      headers: { ...headers, ...more },
      body: stream,
      duplex: 'half',
    } as RequestInit);
  return { counted, send };
}

describe('a large body', () => {
  it('It is 413 after as many bytes as are allowed, of which none is kept', async () => {
    const { counted, send } = makeLarge(10_000_000);
    const { status, body } = await ask(makeHandler(), send());
    expect([status, body]).toEqual([413, { errorCode: 'PARSE_ERROR', errorDetails: 'The body is too large.' }]);
    expect(counted).toEqual({ read: 5 * 16_384, isCancelled: true });
  });

  it('If its length is announced, nothing of it is read', async () => {
    const { counted, send } = makeLarge(10_000_000);
    expect((await ask(makeHandler(), send({ 'content-length': '10000000' }))).status).toBe(413);
    expect(counted.read).toBe(0);
  });

  it('The limit is inclusive, and a setting', async () => {
    const text = JSON.stringify({ context: NOBODY });
    const padded = text + ' '.repeat(65_536 - text.length);
    expect((await ask(makeHandler(), makeRequest(padded))).status).toBe(200);
    expect((await ask(makeHandler(), makeRequest(`${padded} `))).status).toBe(413);
    expect((await ask(makeHandler({ maxBodyBytes: 10 }), makeRequest(text))).status).toBe(413);
  });

  it('A body that breaks off is 400', async () => {
    const body = new ReadableStream({ pull: (controller) => controller.error(new Error('gone')) });
    const request = new Request(URL_OF_FLAGS, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body,
      duplex: 'half',
    } as RequestInit);
    expect((await ask(makeHandler(), request)).body).toMatchObject({ errorDetails: 'The body ended too early.' });
  });
});

/** Serves on a port of the loopback until the test ends. */
async function serve(listener: RequestListener): Promise<{ url: string; port: number }> {
  const server = createServer(listener).listen(0, '127.0.0.1');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, port };
}

const PATH = '/ofrep/v1/evaluate/flags';
const post = (url: string, body: unknown, headers = {}) =>
  fetch(url + PATH, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });

/** Sends bytes as they are; returns all that comes back until the server, or the test, ends the connection. */
async function sendRaw(port: number, text: string, until: (received: string) => boolean): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  onTestFinished(() => void socket.destroy());
  let received = '';
  socket.on('data', (chunk) => {
    received += chunk;
  });
  socket.on('error', () => {});
  socket.write(text);
  await vi.waitUntil(() => until(received) || socket.closed, { timeout: 20_000, interval: 5 });
  return received;
}

describe('toNodeListener()', () => {
  it('It answers as the handler does, and passes the message on to context', async () => {
    const handle = createOfrepHandler({
      namespace: 'shop',
      flags: ALLOWED,
      store,
      context: (_: Request, incoming: IncomingMessage & { user?: string }) => ({ email: incoming.user }),
    });
    const listener = toNodeListener(handle);
    const { url } = await serve((incoming, outgoing) =>
      listener(Object.assign(incoming, { user: STAFF.email }), outgoing),
    );
    const first = await receive(await post(url, { context: NOBODY }));
    expect(first).toMatchObject({
      status: 200,
      body: { flags: expect.arrayContaining([{ key: 'checkout', value: true, reason: 'TARGETING_MATCH' }]) },
    });
    expect(first.headers.get('content-length')).not.toBeNull();
    const second = await receive(await post(url, { context: NOBODY }, { 'if-none-match': first.etag }));
    expect([second.status, second.body, second.etag]).toEqual([304, undefined, first.etag]);
    expect((await receive(await fetch(url + PATH))).status).toBe(405);
    expect((await receive(await fetch(url + PATH, { method: 'HEAD' }))).status).toBe(405);
  });

  it('A large body is 413 while it is still sent, and the connection can be used again', async () => {
    const { port } = await serve(toNodeListener(makeHandler()));
    const head = `POST ${PATH} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n`;
    const announced = await sendRaw(port, `${head}Content-Length: 10000000\r\n\r\n{`, (text) =>
      text.includes('too large'),
    );
    expect(announced).toMatch(/^HTTP\/1\.1 413 /);
    const chunk = `${(10_000).toString(16)}\r\n${' '.repeat(10_000)}\r\n`;
    const chunked = await sendRaw(port, `${head}Transfer-Encoding: chunked\r\n\r\n${chunk.repeat(7)}`, (text) =>
      text.includes('too large'),
    );
    expect(chunked).toMatch(/^HTTP\/1\.1 413 /);
    // The rest is discarded, so that the next request of the connection is read.
    const next = `${head}Content-Length: 2\r\n\r\n{}`;
    const both = await sendRaw(
      port,
      `${head}Transfer-Encoding: chunked\r\n\r\n${chunk.repeat(100)}0\r\n\r\n${next}`,
      (text) => text.includes('TARGETING_KEY_MISSING'),
    );
    expect(both).toContain('TARGETING_KEY_MISSING');
  });

  it('A client that goes away, and what is no request for a path, harm nothing', async () => {
    const { url, port } = await serve(toNodeListener(makeHandler()));
    const broken = requestHttp(`${url}${PATH}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'content-length': 100 },
    });
    broken.on('error', () => {});
    broken.write('{');
    broken.destroy();
    for (const target of [
      '//evil.example/x',
      'http://evil.example/x',
      `//evil.example${PATH}`,
      '/%',
      '/a b',
      '*',
      'ftp:',
      '/\\..',
    ]) {
      const answer = await sendRaw(
        port,
        `OPTIONS ${target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`,
        () => false,
      );
      expect(answer).toMatch(/^HTTP\/1\.1 4\d\d /);
    }
    const traced = await sendRaw(port, `TRACE ${PATH} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`, () => false);
    expect(traced).toMatch(/^HTTP\/1\.1 400 /);
    expect((await receive(await post(url, { context: NOBODY }))).status).toBe(200);
  });

  it('It answers over HTTP/2, too, with all cookies of a handler', async () => {
    const handle = makeHandler();
    const listener = toNodeListener(async (request) => {
      const response = await handle(request);
      for (const cookie of ['a=1', 'b=2']) response.headers.append('set-cookie', cookie);
      return response;
    });
    const server = createHttp2(listener as never).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const session = connectHttp2(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    onTestFinished(() => {
      session.destroy();
      server.close();
    });
    const stream = session.request({ ':method': 'POST', ':path': PATH, 'content-type': 'application/json' });
    stream.end(JSON.stringify({ context: NOBODY }));
    const [headers] = await once(stream, 'response');
    expect([headers[':status'], headers['set-cookie']]).toEqual([200, ['a=1', 'b=2']]);
    expect(await json(stream)).toMatchObject({ flags: expect.any(Array) });
  });

  it('A body that a middleware has parsed before is the body', async () => {
    const listener = toNodeListener(makeHandler());
    const { url } = await serve(async (incoming, outgoing) => {
      const chunks: Buffer[] = [];
      for await (const chunk of incoming) chunks.push(chunk);
      const text = Buffer.concat(chunks).toString();
      const body =
        incoming.headers['x-kind'] === 'text'
          ? text
          : incoming.headers['x-kind'] === 'none'
            ? undefined
            : JSON.parse(text);
      listener(Object.assign(incoming, { body }), outgoing);
    });
    for (const kind of ['json', 'text']) {
      expect((await receive(await post(url, { context: NOBODY }, { 'x-kind': kind }))).status).toBe(200);
    }
    expect((await receive(await post(url, { context: NOBODY }, { 'x-kind': 'none' }))).status).toBe(400);
  });

  it('A handler that throws is 500, of which the client learns nothing else', async () => {
    const { url } = await serve(
      toNodeListener(async () => {
        throw new Error('secret');
      }),
    );
    const { status, body } = await receive(await post(url, {}));
    expect([status, body]).toEqual([500, undefined]);
  });
});

describe('createOfrepHandler()', () => {
  it.each<[object, string]>([
    [{ namespace: '' }, "The handler's namespace must be a non-empty string; got empty string."],
    [{ flags: [] }, "The handler's flags must be an array of names; got empty array."],
    [{ flags: 'half' }, "The handler's flags must be an array of names; got string."],
    [{ flags: ['half', 1] }, "The handler's flags must be an array of names; got array with number."],
    [{ clientProperties: '*' }, "The handler's clientProperties must be an array of names; got string."],
    [{ identityFields: [] }, "The handler's identityFields must be an array of names; got empty array."],
    [{ targetingKeyProperty: 1 }, "The handler's targetingKeyProperty must be a non-empty string; got 1."],
    [{ context: {} }, "The handler's context must be a function; got object."],
    [
      { basePath: 'api' },
      "The handler's basePath must be a path that begins with '/' and does not end with one; got 'api'.",
    ],
    [{ maxBodyBytes: 0 }, "The handler's maxBodyBytes must be an integer from 1 to 16777216; got 0."],
    [{ store: {} }, 'store must be a store'],
    [{ cors: true }, "Unknown setting 'cors'."],
    [{ targetingKeyProperty: 'user_id' }, 'No identity field (user_id) can have a value.'],
    [{ identityFields: ['org', 'user'] }, 'No identity field (org, user) can have a value.'],
  ])('The settings %j are invalid', (settings, message) => {
    const make = () => makeHandler(settings as Partial<OfrepConfig>);
    expect(make).toThrow(ConfigError);
    expect(make).toThrow(message);
  });

  it('A list with holes is invalid, and takes no time', () => {
    expect(() => makeHandler({ flags: new Array(2 ** 32 - 1) })).toThrow('got array with undefined');
  });

  it('Settings that do not exist are no default', () => {
    expect(() => createOfrepHandler(undefined as never)).toThrow(
      "The handler's namespace must be a non-empty string; got undefined.",
    );
    expect(() => createOfrepHandler(null as never)).toThrow(
      'The configuration of createOfrepHandler() must be an object; got null.',
    );
  });
});
