/** Measures a start: `init()` up to the first value, against a bare worker that validates the same files. */
import { once } from 'node:events';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { MessageChannel, receiveMessageOnPort, Worker } from 'node:worker_threads';
import { close, init, options } from '../dist/index.js';
import { makeBase, removeBase, sizesOf } from './lib/base.mjs';
import { bundleText } from './lib/bundle.mjs';
import { addSamples, answer, fork, inputOf } from './lib/fork.mjs';
import { compared, growth, line, measured } from './lib/rows.mjs';
import { quantile } from './lib/statistics.mjs';

const FILE = fileURLToPath(import.meta.url);

export const title = 'What does a start cost?';

/**
 * Bases as numbers of namespaces and options; `rounds` for those with a target, `growthRounds` for the others. `isKept`:
 * whether to measure a start on kept values, too. Values are kept after 15 seconds.
 */
export const full = {
  isKept: true,
  rounds: 12,
  growthRounds: 3,
  bases: [
    [10, 100],
    [1, 10],
  ],
  growth: [
    [1, 100],
    [1, 1_000],
    [1, 10_000],
  ],
};
export const tiny = { isKept: false, rounds: 1, growthRounds: 1, bases: [[2, 6]], growth: [[1, 6]] };

/** The contestants for bases with a target, and for bases that show how cost grows. */
const CONTESTANTS = ['bare', 'trusting', 'library', 'parts'];
const KEPT_CONTESTANTS = [...CONTESTANTS, 'kept'];
const GROWTH_CONTESTANTS = ['bare', 'library'];
const PARTS = ['start a thread', 'load the code', 'compile the schemas', 'load the values', 'publish'];
/** A bare worker that fails does not notify the thread that waits for it. */
const BARE_TIMEOUT_MS = 30_000;
const MIB = 2 ** 20;

/**
 * Measures each figure in a fresh process: a program starts its options once, before any of the code for it has run. In
 * the same process, a second start would find the main thread's code already compiled.
 */
export async function run({ isKept, rounds, growthRounds, bases, growth: others }, progress) {
  const texts = { bare: await bundleText('./bare-worker.mjs'), parts: await bundleText('./start-parts.mjs') };
  const plan = [
    ...bases.map((base) => [base, rounds, isKept ? KEPT_CONTESTANTS : CONTESTANTS]),
    ...others.map((base) => [base, growthRounds, GROWTH_CONTESTANTS]),
  ];
  const total = plan.reduce((sum, [, times]) => sum + times, 0);
  const samples = {};
  let done = 0;
  for (const [[namespaces, count], times, contestants] of plan) {
    const directory = makeBase(sizesOf(namespaces, count));
    for (const [name, text] of Object.entries(texts)) writeFileSync(join(directory, `${name}.cjs`), text);
    if (contestants.includes('kept')) await fork(FILE, { directory, contestant: 'keep' });
    for (let round = 0; round < times; round++) {
      progress(done++, total);
      for (let turn = 0; turn < contestants.length; turn++) {
        const contestant = contestants[(round + turn) % contestants.length];
        const figures = Object.entries(await fork(FILE, { directory, contestant }));
        addSamples(
          samples,
          Object.fromEntries(figures.map(([name, each]) => [`${namespaces} × ${count}|${name}`, each])),
        );
      }
    }
    removeBase(directory);
  }
  const lines = makeLines([...bases, ...others], samples);
  return {
    rows: bases.flatMap(([namespaces, count]) => makeRows(`${namespaces} × ${count}`, samples)),
    growths: lines.map((each) => growth(each, 'linear', { x: 'options' })),
    pictures: [partsPicture(bases, samples), ...(lines.length > 0 ? [growthPicture(lines)] : [])],
  };
}

function makeRows(base, samples) {
  const of = (name) => samples[`${base}|${name}`];
  const row = (against, partner, target) =>
    compared({
      what: `init() to the first value, ${base} options`,
      against,
      unit: 'ms',
      samples: of('library'),
      partners: of(partner),
      target,
    });
  return [
    row('a bare worker', 'bare', { atMost: 1.25, isHeadline: true }),
    row('a bare worker that trusts its schemas', 'trusting'),
    ...(of('kept') === undefined ? [] : [keptRow(base, of)]),
    compared({
      what: `memory that the start adds to the process, ${base} options`,
      against: 'a bare worker',
      unit: 'MiB',
      samples: of('libraryMemory'),
      partners: of('bareMemory'),
    }),
    measured({ what: `close(), ${base} options`, unit: 'ms', samples: of('close') }),
  ];
}

function keptRow(base, of) {
  return compared({
    what: `init() to the first value, from kept values, ${base} options`,
    against: 'init() without them',
    unit: 'ms',
    samples: of('kept'),
    partners: of('library'),
    target: { atMost: 0.15 },
  });
}

function makeLines(bases, samples) {
  const single = bases.filter(([namespaces]) => namespaces === 1).sort(([, a], [, b]) => a - b);
  if (single.length < 2) return [];
  const points = (name) => single.map(([, count]) => [count, samples[`1 × ${count}|${name}`]]);
  return [line('init()', points('library')), line('a bare worker', points('bare'))];
}

function growthPicture(lines) {
  return {
    kind: 'lines',
    name: 'growth',
    title: 'A start, by the number of options',
    note: 'One namespace. Each start is in a fresh process. Lower is better.',
    x: { label: 'options in the namespace', scale: 'log' },
    y: { label: 'milliseconds to the first value', scale: 'log' },
    lines,
  };
}

function partsPicture(bases, samples) {
  const median = (base, part) => quantile(samples[`${base}|${part}`], 0.5);
  return {
    kind: 'stacks',
    name: 'parts',
    title: 'The parts of a start',
    note: 'Medians of the watcher’s own functions, in a thread of a fresh process; namespaces × options.',
    x: { label: 'milliseconds' },
    parts: PARTS,
    bars: bases.map(([namespaces, count]) => {
      const base = `${namespaces} × ${count}`;
      return { name: base, values: PARTS.map((part) => median(base, part)) };
    }),
  };
}

const MEASURES = {
  async library({ directory }) {
    const before = process.memoryUsage.rss();
    const begun = performance.now();
    const store = init({ directory, pollInterval: null });
    const live = options(store.namespaces()[0]);
    live.get(live.keys()[0]);
    const ready = performance.now();
    const libraryMemory = (process.memoryUsage.rss() - before) / MIB;
    const closing = performance.now();
    await close();
    return { library: ready - begun, close: performance.now() - closing, libraryMemory };
  },

  /** Keeps the values: a process that has served them for 15 seconds. */
  async keep({ directory }) {
    const stateDirectory = join(directory, 'state');
    mkdirSync(stateDirectory);
    const store = init({ directory, stateDirectory, pollInterval: null });
    while (store.status().state.keptAt === null) await setTimeout(100);
    await close();
  },

  async kept({ directory }) {
    const begun = performance.now();
    const store = init({ directory, stateDirectory: join(directory, 'state'), pollInterval: null });
    const live = options(store.namespaces()[0]);
    live.get(live.keys()[0]);
    const ready = performance.now();
    await close();
    return { kept: ready - begun };
  },

  async bare(input) {
    const { elapsed, memory } = await startBare(input, false);
    return { bare: elapsed, bareMemory: memory };
  },

  async trusting(input) {
    return { trusting: (await startBare(input, true)).elapsed };
  },

  async parts({ directory }) {
    const text = readFileSync(join(directory, 'parts.cjs'), 'utf8');
    const { port1, port2 } = new MessageChannel();
    const started = performance.timeOrigin + performance.now();
    const worker = new Worker(text, { eval: true, workerData: { directory, port: port2 }, transferList: [port2] });
    const [{ begun, loaded, compiled, checked, published }] = await once(port1, 'message');
    await worker.terminate();
    const moments = [started, begun, loaded, compiled, checked, published];
    return Object.fromEntries(PARTS.map((part, index) => [part, moments[index + 1] - moments[index]]));
  },
};

/** Starts a bare worker. Returns milliseconds up to its first value, and MiB by which the process has grown. */
async function startBare({ directory }, trustsSchemas) {
  // Not timed, because the library has its source in a module that is already loaded.
  const text = readFileSync(join(directory, 'bare.cjs'), 'utf8');
  const before = process.memoryUsage.rss();
  const begun = performance.now();
  const ready = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
  const { port1, port2 } = new MessageChannel();
  const workerData = { directory, port: port2, ready, trustsSchemas };
  const worker = new Worker(text, { eval: true, workerData, transferList: [port2] });
  if (Atomics.wait(ready, 0, 0, BARE_TIMEOUT_MS) === 'timed-out') throw new Error('The bare worker returned no values');
  const [values] = receiveMessageOnPort(port1).message.values();
  values.get(values.keys().next().value);
  const elapsed = performance.now() - begun;
  const memory = (process.memoryUsage.rss() - before) / MIB;
  port1.close();
  await worker.terminate();
  return { elapsed, memory };
}

const input = inputOf(FILE);
if (input !== undefined) answer((await MEASURES[input.contestant](input)) ?? {});
