/** Tests the server that answers what is live, on real sockets: its answers, and what a request may not do. */
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, lstatSync, mkdirSync, unlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { type OpenConfig, type OptionsStore, openOptions } from 'sentry-options';
import { describe, expect, it, onTestFinished } from 'vitest';
import { ask, explain } from '../support/ask.js';
import { Base, integer, string, temporaryDirectory } from '../support/base.js';
import { dropStart } from '../support/log-lines.js';
import { hasFewRounds } from '../support/rounds.js';

const PATIENCE = { timeout: 30_000 };

const FLAG = {
  owner: { team: 'shop' },
  created_at: '2026-01-01',
  segments: [{ name: 'team', rollout: 100, conditions: [{ property: 'plan', operator: 'in', value: ['team'] }] }],
};

interface Inspected {
  readonly base: Base;
  readonly store: OptionsStore;
  readonly socket: string;
  readonly messages: string[];
}

function makeBase(): Base {
  const base = new Base({
    shop: { 'page-size': integer(20), title: string('Shop'), 'feature.new': { $ref: '#/definitions/Feature' } },
    api: {},
  });
  base.writeValues('shop', { 'page-size': 30, 'feature.new': FLAG });
  return base;
}

function open(base: Base, config: OpenConfig): { store: OptionsStore; messages: string[] } {
  const messages: string[] = [];
  const log = (message: string) => void messages.push(message);
  const logger = { debug() {}, info: log, warn: log, error: log };
  const store = openOptions({ directory: base.directory, pollInterval: null, logger, ...config });
  onTestFinished(() => store.close());
  dropStart(messages);
  return { store, messages };
}

/** Opens a store that answers on a socket, and waits for it. */
async function inspect(config: Partial<OpenConfig> = {}, base = makeBase()): Promise<Inspected> {
  const socket = join(temporaryDirectory(), 's.sock');
  const { store, messages } = open(base, { inspect: socket, ...config });
  await expect.poll(() => messages, PATIENCE).toContain(`This process can be asked what is live: ${socket}`);
  return { base, store, socket, messages };
}

/** Opens a store that answers on a port, and returns the port. */
async function inspectPort(config: Exclude<OpenConfig, { handle: unknown }>): Promise<number> {
  const { messages } = open(makeBase(), config);
  const findPort = () => /:(\d+)\/$/.exec(messages.at(-1) ?? '')?.[1];
  await expect.poll(findPort, PATIENCE).toBeDefined();
  return Number(findPort());
}

describe('the answers', () => {
  it('/status has the status and the process', async () => {
    const { store, socket } = await inspect();
    const answer = await ask(socket, '/status');
    expect(answer).toMatchObject({ status: 200, headers: { 'content-type': 'application/json; charset=utf-8' } });
    const { process: own, status, showsValues } = answer.json();
    expect(own).toMatchObject({ pid: process.pid, node: process.version, program: process.argv[1] });
    expect(status).toEqual({ ...store.status(), heartbeatAt: status.heartbeatAt });
    expect(showsValues).toBe(true);
  });

  it('/values has each option, its value, its default, and since when', async () => {
    const { base, store, socket } = await inspect();
    base.writeValues('shop', { 'page-size': 40, 'feature.new': FLAG });
    await store.refresh();
    const { appliedAt } = store.status();
    await expect
      .poll(async () => (await ask(socket, '/values?namespace=shop')).json(), PATIENCE)
      .toMatchObject({
        generation: 2,
        namespaces: [
          {
            namespace: 'shop',
            file: base.valuesFile('shop'),
            options: [
              {
                key: 'page-size',
                kind: 'option',
                isset: true,
                valueType: 'number',
                value: 40,
                default: 20,
                since: { generation: 2, at: appliedAt },
              },
              {
                key: 'title',
                kind: 'option',
                isset: false,
                valueType: 'string',
                value: 'Shop',
                default: 'Shop',
                since: { generation: 1 },
              },
              {
                key: 'feature.new',
                kind: 'flag',
                isset: true,
                valueType: 'feature',
                value: FLAG,
                since: { generation: 1 },
              },
            ],
          },
        ],
      });
    expect((await ask(socket, '/values')).json().namespaces).toHaveLength(2);
    expect(await ask(socket, '/values?namespace=__proto__')).toMatchObject({ status: 404 });
  });

  it('/history has each reload with old and new values, and each rejection with its issues', async () => {
    const { base, store, socket } = await inspect();
    base.writeValues('shop', { 'page-size': 40 });
    await store.refresh();
    base.writeValues('shop', { 'page-size': 'many' });
    await store.refresh().catch(() => {});
    const list = async () => (await ask(socket, '/history')).json().reloads;
    await expect.poll(async () => (await list()).length, PATIENCE).toBe(2);
    expect(await list()).toMatchObject([
      { generation: null, error: expect.stringContaining('page-size "many" is not of type "integer"'), changes: [] },
      {
        generation: 2,
        error: null,
        changeCount: 2,
        changes: [
          { namespace: 'shop', key: 'page-size', old: '30', new: '40' },
          { namespace: 'shop', key: 'feature.new', old: JSON.stringify(FLAG), new: null },
        ],
      },
    ]);
  });

  it('/history keeps twenty reloads, and truncates values', async () => {
    const { base, store, socket } = await inspect();
    for (let round = 0; round < 25; round++) {
      base.writeValues('shop', { title: `${round}${'x'.repeat(10_000)}` });
      await store.refresh();
    }
    const { reloads } = (await ask(socket, '/history')).json();
    expect(reloads.map(({ generation }: { generation: number }) => generation)).toEqual(
      Array.from({ length: 20 }, (_, place) => 26 - place),
    );
    expect(reloads[0].changes[0].new).toMatch(/^"24x{1000,2100}…$/);
    expect(JSON.stringify(reloads.map(({ changes }: { changes: object }) => changes)).length).toBeLessThan(80_000);
  });

  it('/history keeps the first changes of a reload that changes more than it keeps', async () => {
    const names = Array.from({ length: 100 }, (_, index) => `text-${index}`);
    const base = new Base({ shop: Object.fromEntries(names.map((name) => [name, string('')])) });
    const { store, socket } = await inspect({}, base);
    base.writeValues('shop', Object.fromEntries(names.map((name) => [name, 'x'.repeat(1_500)])));
    await store.refresh();
    const list = async () => (await ask(socket, '/history')).json().reloads;
    await expect.poll(async () => (await list()).length, PATIENCE).toBe(1);
    const [{ changeCount, changes }] = await list();
    expect(changeCount).toBe(100);
    expect(changes.length).toBeGreaterThan(30);
    expect(changes.map(({ key }: { key: string }) => key)).toEqual(names.slice(0, changes.length));
    expect(JSON.stringify(changes).length).toBeLessThan(2 ** 16 + 1_000);
  });

  it('/explain says whether a flag is on, and why', async () => {
    const { socket } = await inspect();
    const on = await explain(socket, { namespace: 'shop', flag: 'new', context: { plan: 'team' } });
    expect(on.json()).toMatchObject({
      namespace: 'shop',
      flag: 'new',
      enabled: true,
      reason: 'SEGMENT_ON',
      segment: 'team',
      segments: [{ name: 'team', rollout: 100, conditions: 1 }],
    });
    const off = await explain(socket, { namespace: 'shop', flag: 'feature.new', context: { plan: 'free' } });
    expect(off.json()).toMatchObject({
      enabled: false,
      reason: 'NO_SEGMENT_MATCHED',
      text: 'no segment matches',
      conditions: [{ segment: 'team', property: 'plan', operator: 'in', expected: ['team'], actual: 'free' }],
    });
    const unknown = await explain(socket, { namespace: '__proto__', flag: 'constructor' });
    expect(unknown.json()).toMatchObject({ enabled: false, reason: 'UNKNOWN_NAMESPACE' });
  });

  it('/events tells of each change of the status', async () => {
    const { base, store, socket } = await inspect();
    const connection = send(socket, 'GET /events HTTP/1.1\r\nHost: localhost\r\n\r\n');
    await expect.poll(connection.text, PATIENCE).toContain('data: {"generation":1,');
    base.writeValues('shop', { 'page-size': 40 });
    await store.refresh();
    await expect.poll(connection.text, PATIENCE).toContain('data: {"generation":2,');
    // Asks all threads by a signal, which is no change.
    await ask(socket, '/threads');
    expect(connection.text().match(/event: update/g)).toHaveLength(2);
    connection.socket.destroy();
    expect((await ask(socket, '/healthz')).json()).toEqual({ health: 'ok', reason: null });
  });

  it('/threads names the threads that hold the store', async () => {
    const { socket } = await inspect();
    const { threads } = (await ask(socket, '/threads')).json();
    expect(threads).toMatchObject([{ isOwner: true, generation: 1, isBehind: false, responds: true, silentMs: null }]);
  });

  it('/threads lists them by their ids, whichever attached first', async () => {
    const { store, socket } = await inspect();
    const source = `
      const { parentPort, workerData } = require('node:worker_threads');
      const { openOptions } = require('sentry-options');
      parentPort.on('message', () => parentPort.postMessage(openOptions({ handle: workerData }).status().generation));
    `;
    const workers = [1, 2].map(() => new Worker(source, { eval: true, workerData: store.handle }));
    onTestFinished(async () => void (await Promise.all(workers.map((worker) => worker.terminate()))));
    const ids = workers.map(({ threadId }) => threadId);
    for (const worker of workers.toReversed()) {
      worker.postMessage('attach');
      await once(worker, 'message');
    }
    const { threads } = (await ask(socket, '/threads')).json() as { threads: { threadId: number }[] };
    expect(threads.map(({ threadId }) => threadId).slice(1)).toEqual(ids);
  });

  it('/readyz and /metrics answer', async () => {
    const { socket } = await inspect();
    expect(await ask(socket, '/readyz')).toMatchObject({ status: 200 });
    const { text } = await ask(socket, '/metrics');
    expect(text).toContain('# TYPE sentry_options_polls_total counter\nsentry_options_polls_total 1\n');
    expect(text).toContain('sentry_options_unknown_keys{sentry_options_namespace="shop"} 0\n');
  });
});

/** Prometheus' own check, of Debian's package `prometheus`. */
const hasPromtool = spawnSync('promtool', ['--version']).status === 0;

it.runIf(hasPromtool)('promtool accepts /metrics (skipped without promtool)', async () => {
  const { base, store, socket } = await inspect();
  base.writeValues('shop', { 'page-size': 40, [`x\n"\\\u202e${'\u001b[31m'}`]: 1, __proto__0: 1 });
  await store.refresh();
  const { text } = await ask(socket, '/metrics');
  expect(text).toContain('sentry_options_unknown_keys{sentry_options_namespace="shop"} 2');
  const { status, stderr } = spawnSync('promtool', ['check', 'metrics'], { input: text, encoding: 'utf8' });
  expect([status, stderr]).toEqual([0, '']);
});

describe('values', () => {
  it.each([
    ['over TCP', { inspect: 0 }, false],
    ['over TCP, if the setting says so', { inspect: { listen: 0, values: true } }, true],
    ['if values are redacted', { inspect: { listen: 0, values: true }, redactValues: true }, false],
  ])('Answers show values only where they may: %s', async (_where, config, areShown) => {
    const port = await inspectPort(config);
    const texts = [
      (await ask(port, '/values')).text,
      (await explain(port, { namespace: 'shop', flag: 'new', context: { plan: 'free' } })).text,
    ];
    expect(texts.map((text) => text.includes('"team"]'))).toEqual([areShown, areShown]);
    expect(texts[0]?.includes('"value":30')).toBe(areShown);
  });

  it('A socket shows types if values are redacted', async () => {
    const { socket } = await inspect({ redactValues: true });
    const { options } = (await ask(socket, '/values?namespace=shop')).json().namespaces[0];
    expect(options[0]).toEqual({
      key: 'page-size',
      kind: 'option',
      isset: true,
      valueType: 'number',
      since: expect.anything(),
    });
  });
});

/** Sends `text` as it is, and collects what comes back. */
function send(path: string, text: string): { socket: Socket; text: () => string; closed: Promise<void> } {
  const socket = connect(path);
  let received = '';
  socket.setEncoding('utf8').on('data', (chunk: string) => {
    received += chunk;
  });
  socket.on('error', () => {});
  onTestFinished(() => void socket.destroy());
  if (text !== '') socket.write(text);
  return { socket, text: () => received, closed: new Promise((resolve) => socket.once('close', () => resolve())) };
}

describe('requests that are not answered', () => {
  it.each([
    ['an unknown path', '/nothing', {}, 404, 'There are /status'],
    ['a path of a prototype', '/__proto__', {}, 404, '/__proto__'],
    ['no path', '//', {}, 400, 'path'],
    ['another method', '/status', { method: 'DELETE' }, 405, 'GET, HEAD only'],
    ['a question by GET', '/explain', {}, 405, 'POST only'],
    ['another site', '/status', { headers: { host: 'shop.example:80' } }, 403, 'inspect.hosts'],
    [
      'a question that is no JSON',
      '/explain',
      { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{' },
      400,
      'no JSON',
    ],
    ['a question of another type', '/explain', { method: 'POST', body: '{}' }, 415, 'application/json'],
    [
      'a list as question',
      '/explain',
      { method: 'POST', headers: { 'content-type': 'application/json' }, body: '[]' },
      400,
      'object',
    ],
    [
      'a question with a misspelled field',
      '/explain',
      {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: '{ "namespace": "shop", "flag": "new", "identity": ["id"] }',
      },
      400,
      'Unknown field "identity". Known fields: namespace, flag, context, identityFields.',
    ],
    [
      'a question of 100 kB',
      '/explain',
      { method: 'POST', headers: { 'content-type': 'application/json' }, body: `"${'x'.repeat(100_000)}"` },
      413,
      '65536 bytes',
    ],
  ])('%s is rejected with a message', async (_what, path, question, status, message) => {
    const { socket } = await inspect();
    const answer = await ask(socket, path, question);
    expect(answer.status).toBe(status);
    expect(answer.json().error).toContain(message);
  });

  it('A host is allowed if it is of this machine, an address, or configured', async () => {
    const { socket } = await inspect();
    for (const host of ['localhost', 'LOCALHOST:80', 'shop.localhost', '127.0.0.1:1', '[::1]:80', '10.1.2.3']) {
      expect(await ask(socket, '/healthz', { headers: { host } }), host).toMatchObject({ status: 200 });
    }
    const port = await inspectPort({ inspect: { listen: 0, hosts: ['Shop.example'] } });
    expect(await ask(port, '/healthz', { headers: { host: 'shop.example' } })).toMatchObject({ status: 200 });
  });

  it.each([
    ['no HTTP', '\x16\x03\x01garbage\r\n\r\n'],
    ['a header of 1 MB', `GET /status HTTP/1.1\r\nHost: localhost\r\nx: ${'x'.repeat(2 ** 20)}\r\n\r\n`],
    ['two lengths', 'POST /explain HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n{}'],
  ])('%s ends the connection, and nothing else', async (_what, text) => {
    const { store, socket } = await inspect();
    await send(socket, text).closed;
    expect(await ask(socket, '/healthz')).toMatchObject({ status: 200 });
    expect(store.status().watcher).toBe('running');
  });

  it('A client that does not wait for its answers loses its connection, and one that does keeps it', async () => {
    const { socket } = await inspect();
    const request = 'GET /status HTTP/1.1\r\nHost: localhost\r\n\r\n';
    const hasty = send(socket, request.repeat(1_000));
    await hasty.closed;
    expect((hasty.text().match(/HTTP\/1\.1 200/g) ?? []).length).toBeLessThanOrEqual(2);
    const patient = send(socket, request);
    for (let answers = 1; answers <= 20; answers++) {
      await expect.poll(() => patient.text().match(/HTTP\/1\.1 200/g)?.length, PATIENCE).toBe(answers);
      patient.socket.write(request);
    }
    expect(patient.socket.destroyed).toBe(false);
  });

  it.skipIf(hasFewRounds)(
    'A client that sends half a request loses its connection, and so does one that sends nothing',
    async () => {
      const { socket } = await inspect();
      const half = send(socket, 'GET /status HTTP/1.1\r\nHost:');
      const body = send(
        socket,
        'POST /explain HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n{',
      );
      const none = send(socket, '');
      await Promise.all([half.closed, body.closed, none.closed]);
      expect(await ask(socket, '/healthz')).toMatchObject({ status: 200 });
    },
  );

  it('A hundred clients at once get answers or lose their connections, and the next one gets an answer', async () => {
    const { store, socket } = await inspect();
    const clients = Array.from({ length: 100 }, () => send(socket, 'GET /events HTTP/1.1\r\nHost: localhost\r\n\r\n'));
    await expect
      .poll(() => clients.filter(({ socket: each }) => each.destroyed).length, PATIENCE)
      .toBeGreaterThanOrEqual(84);
    await expect.poll(() => clients.filter(({ text }) => text().includes('event: update')).length, PATIENCE).toBe(16);
    for (const client of clients) client.socket.destroy();
    await expect.poll(() => ask(socket, '/healthz').catch(() => undefined), PATIENCE).toMatchObject({ status: 200 });
    expect(store.status().watcher).toBe('running');
  });

  it.skipIf(hasFewRounds)('Clients that do not read lose their connections', async () => {
    const { base, store, socket } = await inspect({ maxFileBytes: 8 * 2 ** 20 });
    base.writeValues('shop', { title: 'x'.repeat(6 * 2 ** 20) });
    await store.refresh();
    for (let client = 0; client < 16; client++) {
      send(socket, 'GET /values HTTP/1.1\r\nHost: localhost\r\n\r\n').socket.pause();
    }
    // As long as they have all connections, nobody else has one.
    await expect.poll(() => ask(socket, '/healthz').catch(() => undefined), PATIENCE).toMatchObject({ status: 200 });
    const { options } = (await ask(socket, '/values?namespace=shop')).json().namespaces[0];
    expect(options[1].value).toHaveLength(6 * 2 ** 20);
  });
});

it('The watcher outlives memory that other code has overwritten, and the answers say so', async () => {
  const { base, store, socket } = await inspect();
  const { catalog, defaults } = store.handle;
  for (const buffer of [catalog, defaults]) new Uint8Array(buffer).fill(0xff);
  base.writeValues('shop', { 'page-size': 40 });
  await store.refresh();
  base.writeValues('shop', { 'page-size': 'many' });
  await store.refresh().catch(() => {});
  await expect.poll(async () => (await ask(socket, '/history')).json().reloads.length, PATIENCE).toBe(2);
  for (const path of ['/values', '/values?namespace=shop', '/usage']) {
    // A verdict on the names holds for a second.
    await expect.poll(async () => (await ask(socket, path)).status, PATIENCE).toBe(503);
  }
  expect((await explain(socket, { namespace: 'shop', flag: 'new' })).json()).toMatchObject({ enabled: false });
  expect((await ask(socket, '/status')).json().status).toMatchObject({ health: 'degraded', watcher: 'running' });
  expect((await ask(socket, '/metrics')).text).toContain('sentry_options_watcher_up 1\n');
  expect(store.status().watcher).toBe('running');
});

describe('the address', () => {
  it('A socket is for this user only, and is removed by close()', async () => {
    const { store, socket } = await inspect();
    expect(lstatSync(socket).mode & 0o777).toBe(0o600);
    const client = send(socket, 'GET /events HTTP/1.1\r\nHost: localhost\r\n\r\n');
    await expect.poll(client.text, PATIENCE).toContain('event: update');
    await store.close();
    expect(existsSync(socket)).toBe(false);
    await client.closed;
  });

  it.each([
    ['close()', {}],
    ['close() with telemetry, which ends the thread itself', { dsn: 'http://public@127.0.0.1:9/1' }],
  ])('%s leaves a path to another process that has taken it', async (_how, config) => {
    const { store, socket } = await inspect(config);
    unlinkSync(socket);
    const other = createServer((_request, response) => void response.end('other'));
    await new Promise<void>((resolve) => other.listen(socket, resolve));
    onTestFinished(() => void other.close());
    await store.close();
    expect((await ask(socket, '/')).text).toBe('other');
  });

  it('A path on which another process listens is left to it, with one warning', async () => {
    const path = join(temporaryDirectory(), 's.sock');
    const other = createServer((_request, response) => void response.end('other'));
    await new Promise<void>((resolve) => other.listen(path, resolve));
    onTestFinished(() => void other.close());
    const { store, messages } = open(makeBase(), { inspect: path });
    await expect
      .poll(() => messages, PATIENCE)
      .toEqual([`This process cannot be asked what is live: another process listens on ${path}. Set another path.`]);
    await store.close();
    expect((await ask(path, '/')).text).toBe('other');
  });

  it.each([
    ['a file', (path: string) => writeFileSync(path, 'mine'), 'exists, and is no socket'],
    ['a directory', (path: string) => mkdirSync(path), 'exists, and is no socket'],
  ])('A path that is %s stays, with one warning', async (_what, make, message) => {
    const path = join(temporaryDirectory(), 's.sock');
    make(path);
    const { store, messages } = open(makeBase(), { inspect: path });
    await expect.poll(() => messages, PATIENCE).toEqual([expect.stringContaining(message)]);
    await store.close();
    expect(existsSync(path)).toBe(true);
  });

  it.each([
    ['in a directory that does not exist', '/nowhere/s.sock', 'Create the directory'],
    ['that is too long', `/tmp/${'x'.repeat(120)}`, 'more than the 106 bytes'],
  ])('A path %s is one warning', async (_what, path, message) => {
    const { store, messages } = open(makeBase(), { inspect: path });
    await expect.poll(() => messages, PATIENCE).toEqual([expect.stringContaining(message)]);
    expect(store.namespace('shop').get('page-size')).toBe(30);
  });
});
