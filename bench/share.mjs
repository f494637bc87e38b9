/** Measures N workers that share one watcher, that each load the files, or that receive the values as messages. */
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { close, init } from '../dist/index.js';
import { A_KEY, makeBase, removeBase, sizesOf, values, writeValues } from './lib/base.mjs';
import { addSamples, answer, fork, inputOf } from './lib/fork.mjs';
import { flagMemoryRows, measureMemory, memoryRows } from './lib/memory.mjs';
import { openNaive } from './lib/naive.mjs';
import { compared, growth, line } from './lib/rows.mjs';

const FILE = fileURLToPath(import.meta.url);
const THREAD = new URL('./lib/share-thread.mjs', import.meta.url);
const WAYS = ['shared', 'alone', 'sent'];
const WAY_NAMES = { shared: 'one watcher, shared memory', alone: 'each loads the files', sent: 'sent by postMessage' };
const MIB = 2 ** 20;

export const title = 'What does it cost many threads to have the same options?';

/** `memory`: bases as numbers of namespaces and options. `memoryFlags`: a base with as many flags by pattern. */
export const full = {
  workers: [1, 2, 4, 8],
  repeats: 2,
  changes: 10,
  namespaces: 10,
  options: 100,
  memory: [
    [10, 100],
    [1, 100],
    [1, 1_000],
    [1, 10_000],
  ],
  memoryFlags: 10_000,
  memoryRepeats: 3,
};
export const tiny = {
  workers: [1, 2],
  repeats: 1,
  changes: 2,
  namespaces: 2,
  options: 6,
  memory: [
    [2, 6],
    [1, 20],
  ],
  memoryFlags: 20,
  memoryRepeats: 1,
};

/** Measures each way with each number of workers in a fresh process, in turn. */
export async function run(settings, progress) {
  const { workers, repeats, changes, namespaces, options: count, memory, memoryFlags, memoryRepeats } = settings;
  const samples = {};
  const total = repeats * workers.length * WAYS.length + memoryRepeats;
  let done = 0;
  for (let repeat = 0; repeat < repeats; repeat++) {
    for (const workersCount of workers) {
      for (let turn = 0; turn < WAYS.length; turn++) {
        progress(done++, total);
        const way = WAYS[(repeat + turn) % WAYS.length];
        addSamples(samples, await fork(FILE, { way, workers: workersCount, changes, namespaces, options: count }));
      }
    }
  }
  for (let repeat = 0; repeat < memoryRepeats; repeat++) {
    progress(done++, total);
    addSamples(samples, await fork(FILE, { bases: memory, flags: memoryFlags }));
  }
  const most = workers.at(-1);
  const row = (what, figure, unit, against) =>
    compared({
      what: `${what}, ${most} workers`,
      against: WAY_NAMES[against],
      unit,
      samples: samples[`shared|${most}|${figure}`],
      partners: samples[`${against}|${most}|${figure}`],
    });
  const rows = [
    ...memory.flatMap((base, index) =>
      memoryRows(base, samples, { isFirst: index === 0, isHeadline: index === memory.length - 1 }),
    ),
    ...flagMemoryRows(memoryFlags, samples),
    ...['alone', 'sent'].flatMap((against) => [
      row('memory that the process adds', 'memory', 'MiB', against),
      row('start until all workers have values', 'start', 'ms', against),
      row('change until all workers have it', 'change', 'ms', against),
      row('CPU time for a change', 'cpu', 'ms', against),
    ]),
  ];
  const makeLines = (figure) =>
    WAYS.map((way) =>
      line(
        WAY_NAMES[way],
        workers.map((each) => [each, samples[`${way}|${each}|${figure}`]]),
      ),
    );
  const base = `${namespaces} namespaces of ${count} options`;
  const picture = (name, title, unit) => ({
    kind: 'lines',
    name,
    title,
    note: `${base}. Median of all rounds, with the range of 80 % of them. Lower is better.`,
    x: { label: 'workers', scale: 'log' },
    y: { label: unit, scale: 'linear' },
    lines: makeLines(name),
  });
  return {
    rows,
    growths: makeLines('cpu').map((each) =>
      growth({ ...each, name: `CPU time for a change, ${each.name}` }, 'linear', { x: 'workers' }),
    ),
    pictures: [
      picture('memory', 'Memory that the process adds', 'MiB'),
      picture('change', 'Time from a change of a file until all workers have it', 'milliseconds'),
      picture('cpu', 'CPU time for a change, all threads together', 'milliseconds of CPU time'),
    ],
  };
}

/** Measures one way with `workers` workers: the start, the memory, and the wall-clock and CPU time of each change. */
async function measure({ way, workers, changes, namespaces, options: count }) {
  const sizes = sizesOf(namespaces, count);
  const directory = makeBase(sizes);
  const [namespace] = Object.keys(sizes);
  const before = process.memoryUsage.rss();
  const begun = performance.now();
  const main = MAIN[way](directory);
  const workerData = { way, directory, namespace, key: A_KEY };
  const threads = Array.from({ length: workers }, () => new Worker(THREAD, { workerData }));
  await Promise.all(threads.map((thread) => once(thread, 'message')));
  const ask = async (message) => {
    const answers = threads.map((thread) => once(thread, 'message'));
    for (const thread of threads) thread.postMessage(message);
    return (await Promise.all(answers)).map(([value]) => value);
  };
  await ask(main.first);
  const samples = { start: [performance.now() - begun], change: [], cpu: [] };
  for (let generation = 1; generation <= changes; generation++) {
    for (const [name, size] of Object.entries(sizes)) writeValues(directory, name, values(size, generation));
    const cpu = process.cpuUsage();
    const changed = performance.now();
    const answers = await ask(main.reload());
    samples.change.push(performance.now() - changed);
    const { user, system } = process.cpuUsage(cpu);
    samples.cpu.push((user + system) / 1_000);
    const expected = values(count, generation)[A_KEY];
    if (answers.some((each) => each !== expected)) throw new Error(`All workers must have ${expected}; got ${answers}`);
  }
  samples.memory = [(process.memoryUsage.rss() - before) / MIB];
  await Promise.all(threads.map((thread) => thread.terminate()));
  await close();
  removeBase(directory);
  return Object.fromEntries(Object.entries(samples).map(([name, list]) => [`${way}|${workers}|${name}`, list]));
}

/** The main thread's work in each way before it asks the workers: the first time, and after a change. */
const MAIN = {
  shared(directory) {
    const store = init({ directory, pollInterval: null });
    return { first: {}, reload: () => ({ isNew: store.refreshSync() }) };
  },
  alone() {
    return { first: {}, reload: () => ({}) };
  },
  sent(directory) {
    const load = openNaive(directory);
    return { first: { values: load() }, reload: () => ({ values: load() }) };
  },
};

const input = inputOf(FILE);
if (input !== undefined) answer(await (input.bases ? measureMemory(input) : measure(input)));
