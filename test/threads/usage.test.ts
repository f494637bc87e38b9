/** Tests the report of what is used, with threads that come and go, against a plain reference. */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { close, features, init, type OptionsStore, type Usage } from 'sentry-options';
import { alwaysOff, alwaysOn, crashWatcher, rolloutTo } from 'sentry-options/testing';
import { afterEach, expect, it } from 'vitest';
import { Base, integer } from '../support/base.js';
import { FLAG } from '../support/flags.js';

afterEach(() => close());

const PATIENCE = { timeout: 30_000 };
const KEYS = Array.from({ length: 100 }, (_, place) => `option-${place}`);
/** Spread over all of them. */
const UNREAD = KEYS.filter((_, place) => place % 10 >= 7);
const READ = KEYS.filter((_, place) => place % 10 < 7);
const FLAGS = ['on', 'half', 'off', 'unset'];
/** How a thread ends. */
const ENDS = ['return', 'exit', 'terminated'] as const;
const ROUNDS = 2;
const THREADS = 8;
const EVALUATIONS = 90_000;

const logger = { debug() {}, info() {}, warn() {}, error() {} };

function start(): OptionsStore {
  const flags = FLAGS.map((flag) => [`feature.${flag}`, FLAG]);
  const base = new Base({ shop: Object.fromEntries([...KEYS.map((key) => [key, integer(1)]), ...flags]) });
  base.writeValues('shop', { 'feature.on': alwaysOn(), 'feature.half': rolloutTo(50), 'feature.off': alwaysOff() });
  return init({ directory: base.directory, pollInterval: 50, logger });
}

/** Sums the words of all references. */
function sum(references: readonly SharedArrayBuffer[], word: number): number {
  return references.reduce((total, buffer) => total + (new Int32Array(buffer)[word] as number), 0);
}

function flagOf(usage: Usage, name: string) {
  return usage.flags.find(({ flag }) => flag === name) as Usage['flags'][number];
}

it('The report names exactly the options that no thread has read, and counts each evaluation, whatever ends meanwhile', async () => {
  const store = start();
  const references: SharedArrayBuffer[] = [];
  let terminated = 0;
  /** Runs a thread to its end. Each one reads an eighth of the options, so that none reads all. */
  const run = async (thread: number, end: (typeof ENDS)[number]): Promise<void> => {
    const counts = new SharedArrayBuffer(8 * FLAGS.length);
    references.push(counts);
    const workerData = {
      keys: READ.filter((_, place) => place % THREADS === thread),
      flags: FLAGS,
      counts,
      evaluations: EVALUATIONS,
      end,
    };
    const worker = new Worker(new URL('../fixtures/counting-worker.mjs', import.meta.url), { workerData });
    const ended = once(worker, 'exit');
    await once(worker, 'message');
    if (end === 'terminated') {
      // In the midst of it, at an instant that nothing chooses.
      await expect.poll(() => sum([counts], 0) + sum([counts], 1), PATIENCE).toBeGreaterThan(EVALUATIONS / 10);
      terminated++;
      await worker.terminate();
    }
    await ended;
  };
  for (let round = 0; round < ROUNDS; round++) {
    await Promise.all(
      Array.from({ length: THREADS }, async (_, thread) => {
        await run(thread, ENDS[(thread + round) % ENDS.length] as (typeof ENDS)[number]);
        // The next threads of this round find the rows of those that have ended.
        if (round === 0 && thread === 0) await crashWatcher(store);
      }),
    );
  }
  const usage = store.usage();
  expect(usage.problem).toBeNull();
  expect(usage.options.filter(({ firstReadAt }) => firstReadAt === null).map(({ key }) => key)).toEqual(UNREAD);
  expect(store.status().watcher).toBe('crashed');

  const total = FLAGS.reduce(
    (count, _, place) => count + sum(references, 2 * place) + sum(references, 2 * place + 1),
    0,
  );
  expect(total).toBeGreaterThan(1_000_000);
  let difference = 0;
  FLAGS.forEach((name, place) => {
    const { off, on, errors } = flagOf(usage, name);
    expect(errors).toBe(0);
    for (const [counted, expected] of [
      [off, sum(references, 2 * place)],
      [on, sum(references, 2 * place + 1)],
    ] as const) {
      // A thread that is terminated may have counted the evaluation that it did not get to write to its reference.
      expect(counted).toBeGreaterThanOrEqual(expected);
      difference += counted - expected;
    }
  });
  expect(terminated).toBe(5);
  expect(difference).toBeLessThanOrEqual(terminated);
  expect(flagOf(usage, 'on').off + flagOf(usage, 'off').on + flagOf(usage, 'unset').on).toBe(0);
});

it('Without terminated threads, the counts are those of the reference', async () => {
  const store = start();
  const checker = features('shop');
  const reference = new Map(FLAGS.map((name) => [name, { on: 0, off: 0 }]));
  for (let user = 0; user < 100_000; user++) {
    const name = FLAGS[user % FLAGS.length] as string;
    const isOn = user % 7 === 0 ? checker.evaluate(name, { user }).enabled : checker.has(name, { user });
    (reference.get(name) as { on: number; off: number })[isOn ? 'on' : 'off']++;
  }
  const { flags } = store.usage();
  expect(flags.map(({ flag, on, off, errors }) => [flag, { on, off }, errors])).toEqual(
    FLAGS.map((name) => [name, reference.get(name), 0]),
  );
});
