/** Tests what the server answers about the use of options and flags, and that asking it is no use. */
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { type OpenConfig, type OptionsStore, openOptions } from 'sentry-options';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { UsageAnswer } from '../../src/status/answers.js';
import { type Address, ask, explain } from '../support/ask.js';
import { Base, integer, patternSchema, string, temporaryDirectory } from '../support/base.js';

const PATIENCE = { timeout: 30_000 };
const FLAG = { $ref: '#/definitions/Feature' };
const ON = {
  owner: { team: 'shop', email: 'shop@example.com' },
  created_at: '2026-01-01',
  segments: [{ name: 'team', conditions: [{ property: 'plan', operator: 'in', value: ['team'] }] }],
};
/** A name that each format has to escape. */
const HOSTILE = `x\n"\\\u202e\u001b[31m{}# `;

interface Inspected {
  readonly base: Base;
  readonly store: OptionsStore;
  readonly address: Address;
}

/** Opens a store that answers: on a socket, or where `config` says. */
async function inspect(base: Base, config: Partial<OpenConfig> = {}): Promise<Inspected> {
  const messages: string[] = [];
  const log = (message: string) => void messages.push(message);
  const logger = { debug() {}, info: log, warn: log, error: log };
  const socket = join(temporaryDirectory(), 's.sock');
  const store = openOptions({ directory: base.directory, pollInterval: null, inspect: socket, logger, ...config });
  onTestFinished(() => store.close());
  await expect.poll(() => messages, PATIENCE).toContainEqual(expect.stringContaining('can be asked what is live'));
  const port = /:(\d+)\/$/.exec(messages.join())?.[1];
  return { base, store, address: port === undefined ? socket : Number(port) };
}

function makeBase(): Base {
  const base = new Base({
    shop: { 'page-size': integer(20), title: string('Shop'), 'feature.new': FLAG, 'feature.old': FLAG },
  });
  base.writeSchema('team', patternSchema({ size: integer(1) }));
  base.writeValues('shop', { 'page-size': 30, 'feature.new': ON });
  base.writeValues('team', { 'feature.pattern': ON });
  return base;
}

async function askUsage(address: Address): Promise<UsageAnswer> {
  return (await ask(address, '/usage')).json();
}

const TIME = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d/);

describe('/usage', () => {
  it('Has each option and flag, as usage() has them, and what the values file says of a flag', async () => {
    const { store, address } = await inspect(makeBase());
    store.namespace('shop').get('title');
    const features = store.features('shop');
    for (const plan of ['team', 'team', 'free']) features.has('new', { plan });
    const { since, problem, options, flags } = await askUsage(address);
    expect([since, problem]).toEqual([TIME, null]);
    expect(options).toEqual([
      { namespace: 'shop', key: 'page-size', firstReadAt: null },
      { namespace: 'shop', key: 'title', firstReadAt: TIME },
      { namespace: 'team', key: 'size', firstReadAt: null },
    ]);
    const none = { on: 0, off: 0, errors: 0, lastEvaluatedAt: null, firstReadAt: null };
    const set = { isset: true, owner: ON.owner, createdAt: '2026-01-01' };
    expect(flags).toEqual([
      { namespace: 'shop', flag: 'new', on: 2, off: 1, errors: 0, lastEvaluatedAt: TIME, firstReadAt: null, ...set },
      { namespace: 'shop', flag: 'old', ...none, isset: false },
      { namespace: 'team', flag: 'pattern', ...none, ...set },
    ]);
    const own = store.usage();
    expect({ since, problem, options }).toEqual({ since: own.since, problem: own.problem, options: own.options });
    expect(flags).toEqual(own.flags.map((flag) => expect.objectContaining({ ...flag })));
  });

  it.each([
    ['over TCP', { inspect: 0 }, false],
    ['over TCP, if the setting says so', { inspect: { listen: 0, values: true } }, true],
    ['if values are redacted', { redactValues: true }, false],
  ])('Owners are shown only where values may be: %s', async (_where, config, areShown) => {
    const { address } = await inspect(makeBase(), config);
    const [flag] = (await askUsage(address)).flags;
    expect(flag).toMatchObject({ flag: 'new', isset: true });
    expect([flag?.owner, flag?.createdAt]).toEqual(areShown ? [ON.owner, '2026-01-01'] : [undefined, undefined]);
  });

  it('Asking is no use: not for any request, and not for what a reload makes the server read', async () => {
    const { base, store, address } = await inspect(makeBase());
    store.features('shop').has('new', { plan: 'team' });
    const before = await askUsage(address);
    for (const path of [
      '/',
      '/status',
      '/values',
      '/history',
      '/usage',
      '/threads',
      '/metrics',
      '/healthz',
      '/readyz',
    ]) {
      expect((await ask(address, path)).status, path).toBe(200);
    }
    for (const [namespace, flag] of [
      ['shop', 'new'],
      ['shop', 'old'],
      ['team', 'pattern'],
    ]) {
      await explain(address, { namespace, flag, context: { plan: 'team' } });
    }
    base.writeValues('shop', { 'page-size': 31, title: 'x', 'feature.new': ON, 'feature.old': ON });
    await store.refresh();
    await expect.poll(async () => (await ask(address, '/history')).json().reloads.length, PATIENCE).toBe(1);
    const { flags, ...after } = await askUsage(address);
    expect({ ...after, flags: flags.map((flag) => ({ ...flag, isset: true })) }).toEqual({
      ...before,
      flags: before.flags.map((flag) => ({ ...flag, isset: true, owner: ON.owner, createdAt: '2026-01-01' })),
    });
  });

  it('Of thousands of options and flags, each is in the answer', async () => {
    const names = Array.from({ length: 2_000 }, (_, index) => `option-${index}`);
    const flags = Object.fromEntries(names.map((name) => [`feature.${name}`, FLAG]));
    const base = new Base({ shop: { ...Object.fromEntries(names.map((name) => [name, integer(0)])), ...flags } });
    base.writeValues('shop', Object.fromEntries(names.map((name) => [`feature.${name}`, ON])));
    const { store, address } = await inspect(base, { startTimeout: 30_000 });
    store.features('shop').has('option-1999', { plan: 'team' });
    const usage = await askUsage(address);
    expect(usage.options.map(({ key }) => key)).toEqual(names);
    expect(usage.flags.map(({ flag }) => flag)).toEqual(names);
    expect(usage.flags.at(-1)).toMatchObject({ on: 1, off: 0, owner: ON.owner });
    expect((await ask(address, '/usage', { method: 'HEAD' })).text).toBe('');
  });
});

describe('/metrics', () => {
  it('Says which options are used, and what flags have answered', async () => {
    const { store, address } = await inspect(makeBase());
    store.namespace('shop').get('title');
    const features = store.features('shop');
    for (const plan of ['team', 'team', 'free']) features.has('new', { plan });
    features.has('new', {
      get plan(): string {
        throw new Error('no plan');
      },
    });
    const { text } = await ask(address, '/metrics');
    const rows = text.split('\n').filter((line) => /^(?:sentry_options_option|feature_flag)/.test(line));
    const flag = 'feature_flag_key="new",feature_flag_provider_name="sentry-options",sentry_options_namespace="shop"';
    expect(rows).toEqual([
      'sentry_options_option_used{sentry_options_namespace="shop",sentry_options_option="page-size"} 0',
      'sentry_options_option_used{sentry_options_namespace="shop",sentry_options_option="title"} 1',
      'sentry_options_option_used{sentry_options_namespace="team",sentry_options_option="size"} 0',
      `feature_flag_evaluations_total{${flag},feature_flag_result_variant="on"} 2`,
      `feature_flag_evaluations_total{${flag},feature_flag_result_variant="off"} 1`,
      `feature_flag_evaluations_total{${flag},feature_flag_result_variant="off",error_type="invalid_context"} 1`,
    ]);
    expect(text).toContain('# TYPE feature_flag_evaluations_total counter\n');
  });

  it('Says nothing of use where nothing is counted', async () => {
    const { address } = await inspect(makeBase(), { usage: false });
    const { text } = await ask(address, '/metrics');
    expect(text).toContain('sentry_options_generation 1\n');
    expect(text).not.toMatch(/option_used|feature_flag/);
  });

  it('No counter decreases while threads that evaluate come and go', async () => {
    const { store, address } = await inspect(makeBase());
    const source = `
      const { workerData } = require('node:worker_threads');
      const features = require('sentry-options').openOptions({ handle: workerData }).features('shop');
      for (let round = 0; round < 50_000; round++) features.has('new', { plan: round % 5 === 0 ? 'free' : 'team' });
    `;
    const read = async (): Promise<number[]> => {
      const { text } = await ask(address, '/metrics');
      return ['on', 'off'].map((variant) => Number(new RegExp(`variant="${variant}"} (\\d+)`).exec(text)?.[1] ?? 0));
    };
    const seen = [await read()];
    for (let round = 0; round < 2; round++) {
      let open = 2;
      for (let thread = 0; thread < 2; thread++) {
        const worker = new Worker(source, { eval: true, workerData: store.handle });
        void once(worker, 'exit').then(() => open--);
      }
      while (open > 0) seen.push(await read());
    }
    seen.push(await read());
    for (const variant of [0, 1]) {
      const counts = seen.map((each) => each[variant] as number);
      expect(counts).toEqual(counts.toSorted((a, b) => a - b));
    }
    expect(seen.at(-1)).toEqual([160_000, 40_000]);
  });

  /** Prometheus' own check, of Debian's package `prometheus`. */
  const hasPromtool = spawnSync('promtool', ['--version']).status === 0;

  it.runIf(hasPromtool)('promtool accepts hostile names of options and flags (skipped without promtool)', async () => {
    const base = new Base({ shop: { [HOSTILE]: integer(1), [`feature.${HOSTILE}`]: FLAG } });
    base.writeValues('shop', { [`feature.${HOSTILE}`]: ON });
    const { store, address } = await inspect(base);
    store.features('shop').has(HOSTILE, { plan: 'team' });
    const { text } = await ask(address, '/metrics');
    const label = HOSTILE.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
    expect(text).toContain(`sentry_options_option="${label}"} 0\n`);
    expect(text).toContain(`feature_flag_key="${label}",`);
    const { status, stderr } = spawnSync('promtool', ['check', 'metrics'], { input: text, encoding: 'utf8' });
    expect([status, stderr]).toEqual([0, '']);
  });
});
