/** `open`, the proxy to the page of a process; and what hostile answers do to a terminal. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { ask, type Question } from '../support/ask.js';
import { Base, integer } from '../support/base.js';
import { runCliInServer } from '../support/cli-server.js';
import { Machine } from '../support/inspected.js';
import { Program } from '../support/program.js';
import { CLI } from '../support/run-cli.js';

function shop(): Base {
  const base = new Base({ shop: { 'page-size': integer(10), 'feature.new': { $ref: '#/definitions/Feature' } } });
  base.writeValues('shop', { 'page-size': 20 });
  return base;
}

/** Starts `open`, and returns the address that it prints. */
async function open(machine: Machine, ...args: readonly string[]) {
  const env = { PATH: process.env.PATH, TMPDIR: machine.temporary };
  const program = new Program(process.execPath, [CLI, 'open', ...args], { cwd: machine.temporary, env });
  await program.until(() => program.stdout.length > 0);
  const [line = ''] = program.stdout;
  const url = new URL(args.includes('--json') ? JSON.parse(line).url : line);
  return { program, port: Number(url.port), path: url.pathname };
}

describe('open', () => {
  it('It passes on what the page asks, and nothing else, until a signal ends it', async () => {
    const machine = new Machine();
    const { pid } = await machine.start(shop());
    const { program, port, path } = await open(machine, '--pid', pid);
    const send = (to: string, { headers = {}, ...what }: Question = {}) =>
      ask(port, to, { ...what, headers: { host: `127.0.0.1:${port}`, ...headers } });
    expect((await send(`${path}status`)).json()).toMatchObject({ process: { pid: Number(pid) } });
    expect((await send(`${path}values?namespace=shop`)).text).toContain('"value":20');
    const question = {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{"namespace":"shop","flag":"new"}',
    };
    expect((await send(`${path}explain`, question)).json()).toMatchObject({ reason: 'NOT_SET' });
    const head = await send(`${path}status`, { method: 'HEAD' });
    expect([head.status, head.text, head.headers['x-content-type-options']]).toEqual([200, '', 'nosniff']);

    const rejected: readonly (readonly [number, string, Question?])[] = [
      [403, `${path}status`, { headers: { host: `example.com:${port}` } }],
      [403, `${path}status`, { headers: { host: '127.0.0.1:1' } }],
      [404, '/status'],
      [404, `/${'0'.repeat(32)}/status`],
      [404, `${path}../status`],
      [404, `${path}//example.com/status`],
      [405, `${path}status`, { method: 'DELETE' }],
      [405, `${path}values`, question],
      [413, `${path}explain`, { ...question, body: ' '.repeat(100_000) }],
    ];
    for (const [status, to, what] of rejected) {
      const answer = await send(to, what);
      // Not by the process, which would reject some of these, too.
      expect([to, what, answer.status, answer.text]).toEqual([
        to,
        what,
        status,
        expect.stringContaining('Only the page'),
      ]);
    }
    program.child.kill('SIGINT');
    expect(await program.closed()).toEqual([null, 'SIGINT']);
  });

  it('It passes on events, and ends the connection to the process when the browser does', async () => {
    const machine = new Machine();
    const { pid, socket } = await machine.start(shop());
    const { port, path } = await open(machine, '--pid', pid, '--json');
    // More than the process admits at a time.
    for (let round = 0; round < 20; round++) {
      const browser = connect(port, '127.0.0.1');
      browser.write(`GET ${path}events HTTP/1.1\r\nhost: 127.0.0.1:${port}\r\n\r\n`);
      let text = '';
      while (!text.includes('event: update')) text += (await once(browser, 'data'))[0];
      browser.destroy();
    }
    await expect.poll(async () => (await ask(socket, '/healthz')).status, { timeout: 30_000 }).toBe(200);
    // Neither does it keep any number of connections itself.
    let closed = 0;
    const clients = Array.from({ length: 40 }, () => connect(port, '127.0.0.1').on('error', () => {}));
    for (const client of clients) client.on('close', () => closed++);
    await expect.poll(() => closed, { timeout: 30_000 }).toBeGreaterThanOrEqual(8);
    for (const client of clients) client.destroy();
  });

  it('A process that has ended, and a port in use, are errors', async () => {
    const machine = new Machine();
    const { pid, program } = await machine.start(shop());
    const taken = createServer();
    taken.listen(0, '127.0.0.1');
    await once(taken, 'listening');
    onTestFinished(() => void taken.close());
    const port = String((taken.address() as AddressInfo).port);
    const outcome = await machine.cli('open', '--pid', pid, '--port', port);
    expect(outcome).toMatchObject({ code: 1, stdout: '', stderr: expect.stringContaining(`cannot open port ${port}`) });
    const page = await open(machine, '--pid', pid);
    program.child.kill('SIGKILL');
    await program.closed();
    expect((await ask(page.port, `${page.path}status`, { headers: { host: `localhost:${page.port}` } })).status).toBe(
      502,
    );
    expect(await machine.cli('open', '--pid', pid)).toMatchObject({ code: 1, stdout: '' });
    expect((await machine.cli('open', '--pid', pid, '--port', '99999')).code).toBe(2);
  });
});

/** A screen is cleared, a title set, a line forged, a direction changed. */
const HOSTILE = '\u001b[2J\u001b]0;x\u0007\u009b31m\r\nERROR\u202e';
const TIME = HOSTILE;
const hostileProcess = { pid: 1, program: HOSTILE, node: HOSTILE, library: HOSTILE, host: HOSTILE, startedAt: TIME };
const reload = {
  at: TIME,
  reloadMs: 1,
  generation: 2,
  namespaces: [HOSTILE],
  namespaceCount: 1,
  keys: [HOSTILE],
  keyCount: 1,
  error: null,
};
const namespaceStatus = {
  generatedAt: TIME,
  delaySecs: -1e300,
  unknownKeys: [HOSTILE],
  unknownCount: 1e300,
  commit: HOSTILE,
  valuesHash: HOSTILE,
  schemaHash: HOSTILE,
  held: { since: HOSTILE, reason: HOSTILE },
  lost: { since: HOSTILE },
};
const status = {
  health: 'degraded',
  reason: HOSTILE,
  watcher: 'running',
  directory: HOSTILE,
  generation: 1e300,
  appliedAt: TIME,
  polls: -1,
  lastPollAt: TIME,
  reloadMs: 1e300,
  lastError: HOSTILE,
  lastErrorAt: TIME,
  namespaces: { [HOSTILE]: namespaceStatus, shop: namespaceStatus, constructor: namespaceStatus },
  heartbeatAt: TIME,
  rejectedReloads: 1,
  reloads: [reload, { ...reload, generation: null, error: HOSTILE }],
  mountWarnings: [HOSTILE],
};
const change = { namespace: HOSTILE, key: HOSTILE, old: HOSTILE, new: HOSTILE };
const option = {
  key: HOSTILE,
  kind: 'option',
  isset: true,
  valueType: HOSTILE,
  value: { [HOSTILE]: HOSTILE },
  default: HOSTILE,
  since: { generation: 1, at: TIME },
};
const thread = {
  threadId: 1,
  isMain: false,
  isOwner: false,
  generation: 1,
  adoptedAt: TIME,
  isBehind: true,
  responds: false,
  silentMs: 1e300,
  activity: HOSTILE,
};
const condition = { segment: HOSTILE, property: HOSTILE, operator: 'in', expected: [HOSTILE], actual: HOSTILE };
const ANSWERS: Record<string, object> = {
  '/status': { process: hostileProcess, status, showsValues: true },
  '/values': {
    generation: 1,
    namespaces: [{ namespace: 'shop', file: HOSTILE, options: [option, { ...option, key: 'key', value: undefined }] }],
  },
  '/history': {
    reloads: [
      { ...reload, changes: [change], changeCount: 1e300 },
      { ...reload, generation: null, error: HOSTILE, changes: [], changeCount: 0 },
    ],
  },
  '/threads': { generation: 1, threads: [thread], isFull: true },
  '/explain': {
    generation: 1,
    namespace: 'shop',
    flag: 'new',
    enabled: true,
    reason: 'SEGMENT_ON',
    segment: HOSTILE,
    rollout: 1e300,
    bucket: -1e300,
    conditions: [condition],
    text: HOSTILE,
    segments: [
      { name: HOSTILE, rollout: 1, conditions: 1 },
      { name: HOSTILE, rollout: 1, conditions: 1 },
    ],
  },
};

describe('hostile answers', () => {
  it('No answer puts a control character on the terminal, or forges a message', async () => {
    const server = createServer((request, response) => {
      const path = (request.url ?? '').replace(/\?.*/, '');
      response.end(JSON.stringify(ANSWERS[path] ?? {}));
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    onTestFinished(() => {
      server.closeAllConnections();
      server.close();
    });
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    for (const args of [
      ['status'],
      ['get', 'shop'],
      ['get', 'shop', 'key'],
      ['get', 'shop', 'kex'],
      ['get', 'shopp'],
      ['explain', 'shop', 'new'],
      ['history'],
      ['threads'],
      ['rollout-status', 'shop', '--timeout', '0', '--configmap', 'none'],
    ]) {
      const isRollout = args[0] === 'rollout-status';
      const words = isRollout ? [...args.slice(0, 4), '--file', 'values.json'] : args;
      const { cwd } = fileWithValues();
      for (const form of [[], ['--json']]) {
        const { stdout, stderr } = await runCliInServer([...words, '--url', url, ...form], { cwd });
        const text = `${stdout}${stderr}`;
        expect({ words, found: /[^\n\P{Cc}]|[\u2028\u2029\p{Bidi_Control}]/u.exec(text)?.[0] }).toEqual({ words });
        expect({ words, found: /^ERROR(?! sentry-options: )/m.exec(text)?.[0] }).toEqual({ words });
        expect(stderr).not.toContain('internal error');
        expect(text.length).toBeGreaterThan(50);
      }
    }
  });
});

function fileWithValues(): { cwd: string } {
  const base = new Base({});
  base.writeValues('shop', {});
  return { cwd: `${base.directory}/values/shop` };
}
