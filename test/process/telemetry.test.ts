/** Tests reload telemetry on real threads and HTTP: what is sent, and that nothing waits for it. */
import { writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { openOptions } from 'sentry-options';
import { describe, expect, it, onTestFinished } from 'vitest';
import { Base, integer } from '../support/base.js';
import { type Outcome, type RunOptions, runScript } from '../support/run.js';
import { Sink, type SinkMode } from '../support/sink.js';
import { buildVariant } from '../support/variant.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const PUBLISHED = new Date(Date.now() - 90_000).toISOString();

function makeBase(...namespaces: string[]): Base {
  const base = new Base(Object.fromEntries(namespaces.map((namespace) => [namespace, { number: integer(1) }])));
  for (const namespace of namespaces) base.writeText(namespace, '{"options": {"number": 0}}');
  return base;
}

/** Runs `telemetry.mjs` on `base`. */
function run(base: Base, count: number, options: RunOptions & { script?: string } = {}): Promise<Outcome> {
  const { script = 'telemetry.mjs', arguments: more = [], env, ...rest } = options;
  return runScript(script, {
    ...rest,
    arguments: [String(count), ...more],
    env: { SENTRY_OPTIONS_DIR: base.directory, ...env },
  });
}

/** Runs `telemetry.mjs` with `sink` as the ingest, and closes the store once `count` envelopes have arrived. */
async function runUntilSent(
  base: Base,
  sink: Sink,
  reloads: number,
  options: Parameters<typeof run>[2] = {},
  count = 1,
) {
  const { stdout, ...rest } = await run(base, reloads, {
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

/** Returns the outcome of a run of `telemetry.mjs` without failures. */
function expectedOutcome(count: number): Outcome {
  const output = { reloads: Array(count).fill(true), watcher: 'running', health: 'ok', closed: 'in time' };
  return { code: 0, signal: null, stdout: `${JSON.stringify(output)}\n`, stderr: '' };
}

/** Opens a store that is closed when the test ends. */
function open(base: Base, config: Parameters<typeof openOptions>[0]) {
  const store = openOptions({ directory: base.directory, pollInterval: null, ...config });
  onTestFinished(() => store.close());
  return store;
}

describe('a certificate that no authority has signed', () => {
  const certificate = fileURLToPath(new URL('../fixtures/localhost.pem', import.meta.url));

  /** Runs `telemetry.mjs` until the server has a connection. */
  async function runWith(sink: Sink, env: Record<string, string>, isReached: () => boolean): Promise<Outcome> {
    return run(makeBase('seer'), 3, {
      arguments: ['linger'],
      env: { SENTRY_OPTIONS_DSN: sink.dsn(1), ...env },
      onLine: (line, child) => {
        if (line === 'reloaded') void sink.until(isReached).then(() => child.kill('SIGUSR2'));
      },
    });
  }

  it('Telemetry verifies certificates even if the service does not, and says so once', async () => {
    const sink = await Sink.start('tls');
    const env = { NODE_TLS_REJECT_UNAUTHORIZED: '0' };
    const { stderr } = await runWith(sink, env, () => sink.rejections > 0);
    expect(stderr).toMatch(
      /^\[sentry-options\] warning: Reload telemetry is not sent: the certificate of 127\.0\.0\.1:\d+ is not trusted \(DEPTH_ZERO_SELF_SIGNED_CERT\)\. .*\n$/,
    );
    expect(sink.arrivals).toEqual([]);
  });

  it('Telemetry trusts what NODE_EXTRA_CA_CERTS adds', async () => {
    const sink = await Sink.start('tls');
    const env = { NODE_EXTRA_CA_CERTS: certificate };
    const { stderr } = await runWith(sink, env, () => sink.arrivals.length > 0);
    expect(stderr).toBe('');
  });
});

describe('reload telemetry', () => {
  it('A reload sends one transaction for each namespace, with exactly the documented fields', async () => {
    const sink = await Sink.start();
    const base = makeBase('relay', 'seer');
    base.writeText('seer', JSON.stringify({ options: { number: 1 }, generated_at: 'yesterday' }));
    const logger = { debug() {}, info() {}, warn() {}, error() {} };
    const store = open(base, { dsn: sink.dsn(42), environment: 'canary', logger });
    base.writeText('relay', JSON.stringify({ options: { number: 2 }, generated_at: PUBLISHED }));
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
    // The machine's clock has a resolution of one millisecond.
    expect(relay.start_timestamp).toBeGreaterThan(before - 0.002);
    expect((relay.timestamp - relay.start_timestamp) * 1000).toBeCloseTo(reloadMs ?? 0, 2);
    expect(seer.transaction).toBe('seer');
    expect(seer.contexts.trace.data).toEqual(figures);
    expect(new Set([relay, seer].map(({ contexts }) => contexts.trace.trace_id)).size).toBe(2);
    expect(sink.arrivals[0]).toMatchObject({ method: 'POST', url: expect.stringMatching(/^\/api\/42\/envelope\/\?/) });
  });

  it('Reloads of 200 namespaces send 200 transactions each', async () => {
    const sink = await Sink.start();
    const names = Array.from({ length: 200 }, (_, index) => `service-${index}`);
    const store = open(makeBase(...names), { dsn: sink.dsn(1) });
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

  it('A first load, a rejected reload and unchanged files send no transaction', async () => {
    const sink = await Sink.start();
    const base = makeBase('seer');
    const store = open(base, { dsn: sink.dsn(1) });
    base.writeText('seer', '{"options": {"number": "many"}}');
    await expect(store.refresh()).rejects.toMatchObject({ code: 'VALUES_INVALID' });
    base.writeText('seer', '{"options": {"number": 0}}');
    expect(await store.refresh()).toBe(false);
    base.writeText('seer', '{"options": {"number": 1}, "generated_at": "2999-01-01T00:00:00Z"}');
    expect(await store.refresh()).toBe(true);
    await sink.until(() => sink.arrivals.length >= 1);
    await store.close();
    await sink.end();
    // Only the actual reload; its timestamp is in the future, and its delay is not negative.
    expect(sink.events.map(({ contexts }) => contexts.trace.data)).toEqual([
      expect.objectContaining({ generated_at: '2999-01-01T00:00:00Z', propagation_delay_secs: 0 }),
    ]);
  });
});

describe('the telemetry settings', () => {
  it('The settings come from environment variables', async () => {
    const sink = await Sink.start();
    const env = { SENTRY_OPTIONS_DSN: sink.dsn(7), SENTRY_OPTIONS_ENVIRONMENT: 'staging' };
    expect(await runUntilSent(makeBase('seer'), sink, 1, { env })).toEqual(expectedOutcome(1));
    await sink.end();
    expect(sink.events.map(({ environment }) => environment)).toEqual(['staging']);
    expect(sink.arrivals[0]?.url).toContain('/api/7/envelope/');
  });

  it('An invalid DSN in the environment causes a warning and disables telemetry', async () => {
    const env = { SENTRY_OPTIONS_DSN: 'https://secret:other@' };
    const outcome = await run(makeBase('seer'), 1, { env });
    const stderr =
      '[sentry-options] warning: SENTRY_OPTIONS_DSN cannot be used: its host is malformed. ' +
      'The form is https://PUBLIC_KEY@HOST/PROJECT_NUMBER. Reload telemetry is off.\n';
    expect(outcome).toEqual({ ...expectedOutcome(1), stderr });
  });

  it('Variables of other Sentry clients have no effect', async () => {
    const [sink, own] = [await Sink.start(), await Sink.start()];
    const env = {
      SENTRY_DSN: sink.dsn(1),
      SENTRY_ENVIRONMENT: 'host-environment',
      SENTRY_RELEASE: 'host-release',
      SENTRY_NAME: 'host-name',
      SENTRY_TRACES_SAMPLE_RATE: '0',
      http_proxy: sink.dsn(1),
    };
    expect(await run(makeBase('seer'), 1, { env })).toEqual(expectedOutcome(1));
    expect(await runUntilSent(makeBase('seer'), own, 1, { env })).toEqual(expectedOutcome(1));
    await Promise.all([sink.end(), own.end()]);
    expect(sink.arrivals).toEqual([]);
    expect(own.events).toHaveLength(1);
    expect(JSON.stringify(own.arrivals)).not.toContain('host-');
  });
});

describe('a failing ingest', () => {
  const COUNT = 5;

  it.each<SinkMode>(['slow', 'drip', 'hang', '429', '500', 'reset', 'garbage', 'switch'])(
    'An ingest with the response "%s" delays neither a reload nor close(), and nothing is logged',
    async (mode) => {
      const sink = await Sink.start(mode);
      expect(await runUntilSent(makeBase('relay', 'seer'), sink, COUNT)).toEqual(expectedOutcome(COUNT));
    },
  );

  it.each([
    ['no server at the address', async () => (await startEnded()).dsn(1)],
    ['an unknown host name', async () => 'https://public@ingest.invalid/1'],
    ['a server without TLS', async () => (await Sink.start()).dsn(1).replace('http:', 'https:')],
  ])('An ingest with %s delays neither a reload nor close(), and nothing is logged', async (_name, dsnOf) => {
    const outcome = await run(makeBase('relay', 'seer'), COUNT, { env: { SENTRY_OPTIONS_DSN: await dsnOf() } });
    expect(outcome).toEqual(expectedOutcome(COUNT));
  });

  it('Telemetry honors the Retry-After header of the ingest', async () => {
    const sink = await Sink.start('429');
    const base = makeBase('relay', 'seer');
    const store = open(base, { dsn: sink.dsn(1) });
    for (const number of [1, 2, 3]) {
      base.writeValues('seer', { number });
      await store.refresh();
      await sink.until(() => sink.arrivals.length >= 2);
    }
    await store.close();
    await sink.end();
    expect(sink.arrivals).toHaveLength(2);
  });

  it('At most 64 transactions wait to be sent', async () => {
    const sink = await Sink.start('hold');
    const base = makeBase('a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j');
    // 64 of 200: as many as Sentry's own client queues.
    expect(await runUntilSent(base, sink, 20, {}, 64)).toEqual(expectedOutcome(20));
    await sink.end();
    expect(sink.arrivals).toHaveLength(64);
  });

  /** Starts an ingest server and ends it. */
  async function startEnded(): Promise<Sink> {
    const sink = await Sink.start();
    await sink.end();
    return sink;
  }
});

describe('telemetry that fails', () => {
  const dsn = 'http://public@127.0.0.1:9/1';

  it.each([
    ['while it loads', 'return {\n    send(reload) {', "throw new Error('broken'); return {\n    send(reload) {"],
    ['while it sends', 'send(reload) {', "send(reload) {\n      throw new Error('broken');"],
  ])(
    'Telemetry that throws %s is disabled with one warning, and the watcher keeps running',
    async (_name, from, to) => {
      const script = await buildVariant({ file: 'workers/telemetry/client.ts', from, to });
      const outcome = await run(makeBase('seer'), 3, {
        script: script('telemetry.mjs'),
        env: { SENTRY_OPTIONS_DSN: dsn },
      });
      const stderr = '[sentry-options] warning: Reload telemetry failed and is now off: Error: broken\n';
      expect(outcome).toEqual({ ...expectedOutcome(3), stderr });
    },
  );
});

describe("the telemetry's code", () => {
  it('The first reload evaluates the code, and only if there is a DSN', async () => {
    const sink = await Sink.start();
    const script = await buildVariant({
      file: 'workers/telemetry/client.ts',
      from: '/** Sends the transactions of reloads. */',
      to: "process.getBuiltinModule('node:fs').writeSync(2, 'evaluated\\n');",
    });
    const runVariant = (count: number, env: Record<string, string>) =>
      run(makeBase('seer'), count, { script: script('telemetry.mjs'), env });
    expect(await runVariant(1, {})).toEqual(expectedOutcome(1));
    expect(await runVariant(1, { SENTRY_OPTIONS_DSN: '' })).toEqual(expectedOutcome(1));
    expect(await runVariant(0, { SENTRY_OPTIONS_DSN: sink.dsn(1) })).toEqual(expectedOutcome(0));
    const stderr = 'evaluated\n';
    expect(await runVariant(3, { SENTRY_OPTIONS_DSN: sink.dsn(1) })).toEqual({ ...expectedOutcome(3), stderr });
    await sink.end();
  });
});

describe('a host with its own Sentry SDK', () => {
  const PRELOAD = join(ROOT, 'test/fixtures/host-sentry.cjs');

  const ways: [string, RunOptions][] = [
    ['inline', { arguments: ['inline'] }],
    ['--import', { nodeArguments: ['--import', PRELOAD] }],
    // By --require, which runs in every thread that does not exclude it.
    ['NODE_OPTIONS', { env: { NODE_OPTIONS: `--require ${PRELOAD}` } }],
  ];
  const cases = ways.flatMap(([way, options]) =>
    ['static', 'stream'].map((lifecycle) => [way, lifecycle, options] as const),
  );

  it.each(cases)(
    'A host SDK loaded by %s with the trace lifecycle %s shares no data with the telemetry',
    async (_way, lifecycle, options) => {
      const [host, own] = [await Sink.start(), await Sink.start()];
      const base = makeBase('seer');
      const outcome = await runScript('host-program.mjs', {
        ...options,
        arguments: [base.valuesFile('seer'), ...(options.arguments ?? [])],
        onLine: (line, child) => {
          if (line === 'reloaded') void own.until(() => own.arrivals.length > 0).then(() => child.kill('SIGUSR2'));
        },
        env: {
          ...options.env,
          SENTRY_OPTIONS_DIR: base.directory,
          SENTRY_OPTIONS_DSN: own.dsn(2),
          HOST_DSN: host.dsn(1),
          HOST_LIFECYCLE: lifecycle,
          SENTRY_RELEASE: 'host-release-variable',
          SENTRY_ENVIRONMENT: 'host-environment-variable',
        },
      });
      expect(outcome).toEqual({ code: 0, signal: null, stdout: 'reloaded\ndone\n', stderr: '' });
      await Promise.all([host.end(), own.end()]);
      const [hostData, ownData] = [JSON.stringify(host.arrivals), JSON.stringify(own.arrivals)];
      // The host's SDK reported, with all its data.
      for (const word of ['host-span', 'host-message', 'host-tag', 'host-user', 'host-release', 'host-breadcrumb']) {
        expect(hostData).toContain(word);
      }
      expect(hostData).not.toMatch(/sentry_options|propagation_delay|"transaction":"seer"|\/api\/2\//);
      expect(ownData).not.toMatch(/host-|\/api\/1\//);
      expect(own.events).toHaveLength(1);
      expect(Object.keys(own.events[0]).sort()).toEqual(
        ['type', 'event_id', 'platform', 'environment', 'server_name', 'transaction', 'transaction_info']
          .concat(['start_timestamp', 'timestamp', 'contexts', 'sdk'])
          .sort(),
      );
      expect(own.events[0]).toMatchObject({ transaction: 'seer', environment: 'production' });
    },
  );
});
