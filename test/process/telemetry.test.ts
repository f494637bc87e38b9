/** Reload telemetry, on real threads, real HTTP and a real ingest: what is sent, and that nobody waits for it. */
import { cpSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { openOptions } from 'sentry-options';
import { describe, expect, it, onTestFinished } from 'vitest';
import { Base, integer, temporaryDirectory } from '../support/base.js';
import { type Outcome, type RunOptions, runScript } from '../support/run.js';
import { Sink, type SinkMode } from '../support/sink.js';
import { buildVariant } from '../support/variant.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const PUBLISHED = new Date(Date.now() - 90_000).toISOString();

function base(...namespaces: string[]): Base {
  const made = new Base(Object.fromEntries(namespaces.map((namespace) => [namespace, { number: integer(1) }])));
  for (const namespace of namespaces) made.writeText(namespace, '{"options": {"number": 0}}');
  return made;
}

/** Runs `telemetry.mjs` on `made`; the environment may say more. */
function run(made: Base, count: number, options: RunOptions & { script?: string } = {}): Promise<Outcome> {
  const { script = 'telemetry.mjs', arguments: more = [], env, ...rest } = options;
  return runScript(script, {
    ...rest,
    arguments: [String(count), ...more],
    env: { SENTRY_OPTIONS_DIR: made.directory, ...env },
  });
}

/** The same, but closes the store only when `count` envelopes have reached `sink`, which is where they are sent to. */
async function runUntilSent(
  made: Base,
  sink: Sink,
  reloads: number,
  options: Parameters<typeof run>[2] = {},
  count = 1,
) {
  const { stdout, ...rest } = await run(made, reloads, {
    ...options,
    arguments: ['linger'],
    env: { SENTRY_OPTIONS_DSN: sink.dsn(1), ...options.env },
    onLine: (line, child) => {
      if (line !== 'reloaded') return;
      sink.release();
      void sink.until(() => sink.arrivals.length >= count).then(() => child.kill('SIGUSR2'));
    },
  });
  expect(stdout).toMatch(/^reloaded\n/);
  return { ...rest, stdout: stdout.replace('reloaded\n', '') };
}

/** How a run of `telemetry.mjs` ends where nothing has gone wrong. */
function unharmed(count: number): Outcome {
  const said = { reloads: Array(count).fill(true), watcher: 'running', health: 'ok', closed: 'in time' };
  return { code: 0, signal: null, stdout: `${JSON.stringify(said)}\n`, stderr: '' };
}

/** A store of this test's own. */
function open(made: Base, config: Parameters<typeof openOptions>[0]) {
  const store = openOptions({ directory: made.directory, pollInterval: null, ...config });
  onTestFinished(() => store.close());
  return store;
}

describe('after a successful reload', () => {
  it('there is one transaction for each namespace, with what is known of it, and nothing else', async () => {
    const sink = await Sink.start();
    const made = base('relay', 'seer');
    made.writeText('seer', JSON.stringify({ options: { number: 1 }, generated_at: 'yesterday' }));
    const logger = { debug() {}, info() {}, warn() {}, error() {} };
    const store = open(made, { dsn: sink.dsn(42), environment: 'canary', logger });
    made.writeText('relay', JSON.stringify({ options: { number: 2 }, generated_at: PUBLISHED }));
    const before = Date.now() / 1000;
    await store.refresh();
    await sink.until(() => sink.arrivals.length >= 2);
    await store.close();
    await sink.end();
    expect(sink.arrivals.map(({ items }) => items.map(({ type }) => type))).toEqual([['transaction'], ['transaction']]);
    const [relay, seer] = sink.events.sort((one, other) => (one.transaction < other.transaction ? -1 : 1));
    const { appliedAt, reloadMs } = store.status();
    const figures = { reload_duration_ms: reloadMs, applied_at: appliedAt };
    const delay = (Date.parse(appliedAt ?? '') - Date.parse(PUBLISHED)) / 1000;
    expect(delay).toBeGreaterThan(89);
    expect(relay).toEqual({
      type: 'transaction',
      event_id: expect.stringMatching(/^[0-9a-f]{32}$/),
      platform: 'node',
      environment: 'canary',
      server_name: hostname(),
      transaction: 'relay',
      transaction_info: { source: 'custom' },
      start_timestamp: expect.any(Number),
      timestamp: Date.parse(appliedAt ?? '') / 1000,
      contexts: {
        trace: {
          trace_id: expect.stringMatching(/^[0-9a-f]{32}$/),
          span_id: expect.stringMatching(/^[0-9a-f]{16}$/),
          op: 'sentry_options.reload',
          origin: 'manual',
          status: 'ok',
          data: { ...figures, generated_at: PUBLISHED, propagation_delay_secs: delay },
        },
        runtime: { name: 'node', version: process.version },
      },
      sdk: {
        name: 'sentry.javascript.node',
        version: expect.any(String),
        integrations: [],
        packages: [{ name: 'npm:@sentry/node', version: expect.any(String) }],
        settings: { infer_ip: 'never' },
      },
    });
    // The clock of this machine is read in whole milliseconds.
    expect(relay.start_timestamp).toBeGreaterThan(before - 0.002);
    expect((relay.timestamp - relay.start_timestamp) * 1000).toBeCloseTo(reloadMs ?? 0, 2);
    expect(seer.transaction).toBe('seer');
    expect(seer.contexts.trace.data).toEqual(figures);
    expect(new Set([relay, seer].map(({ contexts }) => contexts.trace.trace_id)).size).toBe(2);
    expect(sink.arrivals[0]).toMatchObject({ method: 'POST', url: expect.stringMatching(/^\/api\/42\/envelope\/\?/) });
  });

  it('200 namespaces arrive as 200 transactions, and two such reloads as 400', async () => {
    const sink = await Sink.start();
    const names = Array.from({ length: 200 }, (_, index) => `service-${index}`);
    const store = open(base(...names), { dsn: sink.dsn(1) });
    for (const arrived of [200, 400]) {
      for (const name of names) {
        writeFileSync(
          join(store.status().directory, 'values', name, 'values.json'),
          `{"options": {"number": ${arrived}}}`,
        );
      }
      expect(await store.refresh()).toBe(true);
      await sink.until(() => sink.arrivals.length >= arrived);
    }
    await store.close();
    await sink.end();
    const counts = new Map<string, number>();
    for (const { transaction } of sink.events) counts.set(transaction, (counts.get(transaction) ?? 0) + 1);
    expect(counts).toEqual(new Map(names.map((name) => [name, 2])));
  });

  it('is none: a first load, one that was refused, one with the same bytes', async () => {
    const sink = await Sink.start();
    const made = base('seer');
    const store = open(made, { dsn: sink.dsn(1) });
    made.writeText('seer', '{"options": {"number": "many"}}');
    await expect(store.refresh()).rejects.toMatchObject({ code: 'VALUES_INVALID' });
    made.writeText('seer', '{"options": {"number": 0}}');
    expect(await store.refresh()).toBe(false);
    made.writeText('seer', '{"options": {"number": 1}, "generated_at": "2999-01-01T00:00:00Z"}');
    expect(await store.refresh()).toBe(true);
    await sink.until(() => sink.arrivals.length >= 1);
    await store.close();
    await sink.end();
    // The one that was one; its file is of the future, and no delay is negative.
    expect(sink.events.map(({ contexts }) => contexts.trace.data)).toEqual([
      expect.objectContaining({ generated_at: '2999-01-01T00:00:00Z', propagation_delay_secs: 0 }),
    ]);
  });
});

describe('the settings', () => {
  it('come from the environment', async () => {
    const sink = await Sink.start();
    const env = { SENTRY_OPTIONS_DSN: sink.dsn(7), SENTRY_OPTIONS_ENVIRONMENT: 'staging' };
    expect(await runUntilSent(base('seer'), sink, 1, { env })).toEqual(unharmed(1));
    await sink.end();
    expect(sink.events.map(({ environment }) => environment)).toEqual(['staging']);
    expect(sink.arrivals[0]?.url).toContain('/api/7/envelope/');
  });

  it('of the environment that are wrong are a warning, and the program runs without', async () => {
    const env = { SENTRY_OPTIONS_DSN: 'https://secret:other@' };
    const outcome = await run(base('seer'), 1, { env });
    const stderr =
      '[sentry-options] warning: SENTRY_OPTIONS_DSN cannot be used: its key, its host or its port is not written as ' +
      'in an address. The form is https://PUBLIC_KEY@HOST/PROJECT_NUMBER. Reload telemetry is off.\n';
    expect(outcome).toEqual({ ...unharmed(1), stderr });
  });

  it('of anybody else have no effect', async () => {
    const [sink, own] = [await Sink.start(), await Sink.start()];
    const env = {
      SENTRY_DSN: sink.dsn(1),
      SENTRY_ENVIRONMENT: 'host-environment',
      SENTRY_RELEASE: 'host-release',
      SENTRY_NAME: 'host-name',
      SENTRY_TRACES_SAMPLE_RATE: '0',
      http_proxy: sink.dsn(1),
    };
    expect(await run(base('seer'), 1, { env })).toEqual(unharmed(1));
    expect(await runUntilSent(base('seer'), own, 1, { env })).toEqual(unharmed(1));
    await Promise.all([sink.end(), own.end()]);
    expect(sink.arrivals).toEqual([]);
    expect(own.events).toHaveLength(1);
    expect(JSON.stringify(own.arrivals)).not.toContain('host-');
  });
});

describe('an ingest in trouble', () => {
  const COUNT = 5;

  it.each<SinkMode>(['slow', 'drip', 'hang', '429', '500', 'reset', 'garbage', 'switch'])(
    'that does this: %s, delays no reload and no end, and nothing is said',
    async (mode) => {
      const sink = await Sink.start(mode);
      expect(await runUntilSent(base('relay', 'seer'), sink, COUNT)).toEqual(unharmed(COUNT));
    },
  );

  it.each([
    ['an address where nobody is', async () => (await ended()).dsn(1)],
    ['a name that does not exist', async () => 'https://public@ingest.invalid/1'],
    ['no server of TLS', async () => (await Sink.start()).dsn(1).replace('http:', 'https:')],
  ])('that is %s, does neither', async (_name, dsnOf) => {
    const outcome = await run(base('relay', 'seer'), COUNT, { env: { SENTRY_OPTIONS_DSN: await dsnOf() } });
    expect(outcome).toEqual(unharmed(COUNT));
  });

  it('is left alone for as long as it asks for that', async () => {
    const sink = await Sink.start('429');
    const made = base('relay', 'seer');
    const store = open(made, { dsn: sink.dsn(1) });
    for (const number of [1, 2, 3]) {
      made.writeValues('seer', { number });
      await store.refresh();
      await sink.until(() => sink.arrivals.length >= 2);
    }
    await store.close();
    await sink.end();
    expect(sink.arrivals).toHaveLength(2);
  });

  it('keeps no more transactions waiting than there is room for', async () => {
    const sink = await Sink.start('hold');
    const made = base('a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j');
    // As many as Sentry's own client keeps; of 200.
    expect(await runUntilSent(made, sink, 20, {}, 64)).toEqual(unharmed(20));
    await sink.end();
    expect(sink.arrivals).toHaveLength(64);
  });

  /** A sink that is gone. */
  async function ended(): Promise<Sink> {
    const sink = await Sink.start();
    await sink.end();
    return sink;
  }
});

describe('telemetry that has a issue of its own', () => {
  const dsn = 'http://public@127.0.0.1:9/1';

  it.each([
    ['when it is loaded', 'return {\n    send(reload) {', "throw new Error('broken'); return {\n    send(reload) {"],
    ['when it sends', 'send(reload) {', "send(reload) {\n      throw new Error('broken');"],
  ])('is turned off %s, is told of once, and the watcher goes on', async (_name, from, to) => {
    const script = await buildVariant({ file: 'workers/telemetry/client.ts', from, to });
    const outcome = await run(base('seer'), 3, {
      script: script('telemetry.mjs'),
      env: { SENTRY_OPTIONS_DSN: dsn },
    });
    const stderr = '[sentry-options] warning: Reload telemetry failed and is now off: Error: broken\n';
    expect(outcome).toEqual({ ...unharmed(3), stderr });
  });
});

describe('the code of the telemetry', () => {
  const isChunk = (name: string) => name.startsWith('telemetry-source-');

  /** The built package, in a directory of its own, with its telemetry's chunk changed; the address of `telemetry.mjs`. */
  function packageWith(change: (chunk: string) => void): string {
    const directory = temporaryDirectory();
    for (const path of ['package.json', 'dist', 'test/fixtures']) {
      cpSync(join(ROOT, path), join(directory, path), { recursive: true });
    }
    symlinkSync(join(ROOT, 'node_modules'), join(directory, 'node_modules'));
    const chunks = join(directory, 'dist/chunks');
    const [chunk, ...others] = readdirSync(chunks).filter(isChunk);
    expect(others).toEqual([]);
    change(join(chunks, chunk ?? ''));
    return pathToFileURL(join(directory, 'test/fixtures/telemetry.mjs')).href;
  }

  it('is read where there is a DSN, and only there', async () => {
    const sink = await Sink.start();
    const script = packageWith((chunk) => {
      writeFileSync(chunk, `console.error('read');\n${readFileSync(chunk, 'utf8')}`);
    });
    expect(await run(base('seer'), 1, { script })).toEqual(unharmed(1));
    expect(await run(base('seer'), 1, { script, env: { SENTRY_OPTIONS_DSN: '' } })).toEqual(unharmed(1));
    expect(await runUntilSent(base('seer'), sink, 1, { script })).toEqual({ ...unharmed(1), stderr: 'read\n' });
    await sink.end();
    expect(sink.arrivals).toHaveLength(1);
  });

  it('may be missing: that is told once, and no more', async () => {
    const script = packageWith((chunk) => rmSync(chunk));
    const env = { SENTRY_OPTIONS_DSN: 'http://public@127.0.0.1:9/1' };
    const { stderr, ...rest } = await run(base('seer'), 2, { script, env });
    expect(stderr).toMatch(
      /^\[sentry-options\] warning: Reload telemetry is off, since its code cannot be loaded: .*telemetry-source.*\n$/,
    );
    const { stderr: _none, ...expected } = unharmed(2);
    expect(rest).toEqual(expected);
  });
});

describe('a host with a Sentry of its own', () => {
  const PRELOAD = join(ROOT, 'test/fixtures/host-sentry.cjs');

  const ways: [string, RunOptions][] = [
    ['inline', { arguments: ['inline'] }],
    ['--import', { nodeArguments: ['--import', PRELOAD] }],
    // By --require, which reaches every thread that does not keep it out.
    ['NODE_OPTIONS', { env: { NODE_OPTIONS: `--require ${PRELOAD}` } }],
  ];
  const cases = ways.flatMap(([way, options]) =>
    ['static', 'stream'].map((lifecycle) => [way, lifecycle, options] as const),
  );

  it.each(cases)('by %s, traces %s: neither has anything of the other', async (_way, lifecycle, options) => {
    const [host, own] = [await Sink.start(), await Sink.start()];
    const made = base('seer');
    const outcome = await runScript('host-program.mjs', {
      ...options,
      arguments: [made.valuesFile('seer'), ...(options.arguments ?? [])],
      onLine: (line, child) => {
        if (line === 'reloaded') void own.until(() => own.arrivals.length > 0).then(() => child.kill('SIGUSR2'));
      },
      env: {
        ...options.env,
        SENTRY_OPTIONS_DIR: made.directory,
        SENTRY_OPTIONS_DSN: own.dsn(2),
        HOST_DSN: host.dsn(1),
        HOST_LIFECYCLE: lifecycle,
        SENTRY_RELEASE: 'host-release-variable',
        SENTRY_ENVIRONMENT: 'host-environment-variable',
      },
    });
    expect(outcome).toEqual({ code: 0, signal: null, stdout: 'reloaded\ndone\n', stderr: '' });
    await Promise.all([host.end(), own.end()]);
    const [theirs, ours] = [JSON.stringify(host.arrivals), JSON.stringify(own.arrivals)];
    // The host's own did report, with all that it knows.
    for (const word of ['host-span', 'host-message', 'host-tag', 'host-user', 'host-release', 'host-breadcrumb']) {
      expect(theirs).toContain(word);
    }
    expect(theirs).not.toMatch(/sentry_options|propagation_delay|"transaction":"seer"|\/api\/2\//);
    expect(ours).not.toMatch(/host-|\/api\/1\//);
    expect(own.events).toHaveLength(1);
    expect(Object.keys(own.events[0]).sort()).toEqual(
      ['type', 'event_id', 'platform', 'environment', 'server_name', 'transaction', 'transaction_info']
        .concat(['start_timestamp', 'timestamp', 'contexts', 'sdk'])
        .sort(),
    );
    expect(own.events[0]).toMatchObject({ transaction: 'seer', environment: 'production' });
  });
});
