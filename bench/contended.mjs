/** Measures how readers slow each other down, how publishing slows them down, and options in a pool of workers. */
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { openOptions } from '../dist/index.js';
import { makeBase, removeBase } from './lib/base.mjs';
import { addSamples, answer, fork, inputOf } from './lib/fork.mjs';
import { measurePool } from './lib/pool.mjs';
import { openReader, readDuring, WINDOW } from './lib/reader-thread.mjs';
import { compared, growth, line, measured } from './lib/rows.mjs';

const FILE = fileURLToPath(import.meta.url);

export const title = 'Do readers and publications get in each other’s way?';

/** `workers`: 0 is the main thread alone. */
export const full = {
  reads: { processes: 2, rounds: 4, windowMs: 200, workers: [0, 1, 2, 4, 8], options: 100 },
  pool: { options: 100, rounds: 20, batch: 300, threads: 2 },
};
export const tiny = { reads: { processes: 1, rounds: 1, windowMs: 20, workers: [0, 1], options: 10 } };

/** What the publisher publishes meanwhile: nothing, the options of another store, the options that are read. */
const WAYS = ['quiet', 'elsewhere', 'publishing'];

/** Measures in fresh processes, one after the other. */
export async function run({ reads, pool }, progress) {
  const samples = {};
  const total = reads.processes + (pool ? 1 : 0);
  for (let done = 0; done < reads.processes; done++) {
    progress(done, total);
    addSamples(samples, await fork(FILE, { reads }));
  }
  let tasks;
  if (pool) {
    progress(reads.processes, total);
    tasks = await fork(FILE, { pool });
  }
  const row = (count, figure, unit, against, target) =>
    compared({
      what: `${unit}, publishing back to back, ${describeReaders(count)}`,
      against,
      unit: 'million',
      samples: samples[`${count}|publishing|${figure}`],
      partners: samples[`${count}|${against === 'in quiet' ? 'quiet' : 'elsewhere'}|${figure}`],
      target,
    });
  const [alone] = reads.workers;
  const elsewhere = 'while another store publishes';
  const rows = [
    row(alone, 'perSecond', 'reads/s', 'in quiet', { atLeast: 0.8, isHeadline: true }),
    ...reads.workers.map((count) =>
      row(count, 'perCpuSecond', 'reads per second of a processor', 'in quiet', { atLeast: 0.8 }),
    ),
    ...reads.workers.map((count) => row(count, 'perSecond', 'reads/s', elsewhere)),
    measured({
      what: 'publications meanwhile, the main thread reading',
      unit: '/s',
      samples: samples[`${alone}|publishing|published`],
    }),
    ...(tasks ? poolRows(tasks, pool) : []),
  ];
  const makeLines = (figure) =>
    WAYS.map((way) =>
      line(
        WAY_NAMES[way],
        reads.workers.map((count) => [count, samples[`${count}|${way}|${figure}`]]),
      ),
    );
  const lines = makeLines('perCpuSecond');
  const threads = lines.map(({ name, points }) => ({
    name,
    points: points.map((point) => ({ ...point, x: Math.max(1, point.x) })).slice(1),
  }));
  return {
    rows,
    growths: threads
      .filter(({ points }) => points.length > 1)
      .map((each) => growth(toReadTime(each), 'flat', { x: 'threads that read' })),
    pictures: [processorPicture(lines), clockPicture(makeLines('perSecond'))],
  };
}

const WAY_NAMES = { quiet: 'in quiet', elsewhere: 'another store publishes', publishing: 'what is read is published' };

function describeReaders(count) {
  return count === 0 ? 'the main thread reads' : `${count} worker${count === 1 ? ' reads' : 's read'}`;
}

/** Converts reads per second to the time of a read. */
function toReadTime({ name, points }) {
  return { name: `time of a read, ${name}`, points: points.map(({ x, median }) => ({ x, median: 1 / median })) };
}

function poolRows({ bare, library, passed }, { options, threads }) {
  const unit = 'µs';
  const what = `a task of piscina that reads 20 options, ${threads} threads`;
  return [
    compared({ what, against: 'a task that reads none', unit, samples: library, partners: bare }),
    compared({ what, against: `a task that is sent all ${options} options`, unit, samples: library, partners: passed }),
  ];
}

function processorPicture(lines) {
  return {
    kind: 'lines',
    name: 'processor',
    title: 'Reads per second of CPU time',
    note: '100 options; 0: the main thread alone. Higher is better; flat: no reader waits for another.',
    x: { label: 'workers that read', scale: 'linear' },
    y: { label: 'million reads per second of CPU time', scale: 'linear' },
    lines,
  };
}

function clockPicture(lines) {
  return {
    kind: 'lines',
    name: 'clock',
    title: 'Reads per second of wall-clock time, all threads together',
    note: 'Publishing takes a core. With few cores, readers lose as much to any other work.',
    x: { label: 'workers that read', scale: 'linear' },
    y: { label: 'million reads per second', scale: 'linear' },
    lines,
  };
}

/** Measures all numbers of workers in one process. Returns figures by number, way and unit, one for each round. */
async function measure({ rounds, windowMs, workers, options }) {
  const words = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
  const stores = ['read', 'other'].map(() => {
    const directory = makeBase({ service: options });
    return { directory, store: openOptions({ directory, pollInterval: null }) };
  });
  const [{ store: read }] = stores;
  const handles = stores.map(({ directory, store }) => ({ directory, handle: store.handle }));
  const publisher = await start('publisher-thread.mjs', { stores: handles, options, words, windowMs });
  const main = openReader(read.handle);
  const samples = {};
  let window = 0;
  for (const count of workers) {
    const data = { role: 'reader', handle: read.handle, words };
    const readers = await Promise.all(Array.from({ length: count }, () => start('reader-thread.mjs', data)));
    for (let round = 0; round < rounds; round++) {
      for (let turn = 0; turn < WAYS.length; turn++) {
        const way = WAYS[(round + turn) % WAYS.length];
        window++;
        Atomics.store(words, WINDOW, window);
        const target = { quiet: undefined, elsewhere: 1, publishing: 0 }[way];
        const answers = [...readers, publisher].map((thread) => once(thread, 'message'));
        publisher.postMessage({ window, target });
        for (const reader of readers) reader.postMessage(window);
        const own = count === 0 ? [readDuring(main, words, window)] : [];
        const figures = [...own, ...(await Promise.all(answers)).map(([message]) => message)];
        addSamples(samples, addReaders(figures, `${count}|${way}`, windowMs));
      }
    }
    await Promise.all(readers.map((reader) => reader.terminate()));
  }
  await publisher.terminate();
  for (const { store, directory } of stores) {
    await store.close();
    removeBase(directory);
  }
  return samples;
}

/** Adds up the figures of all readers of a window; the last figures are the publisher's. */
function addReaders(figures, prefix, windowMs) {
  const readers = figures.slice(0, -1);
  const { published } = figures.at(-1);
  const sum = (key) => readers.reduce((total, figure) => total + figure[key], 0);
  const perSecond = readers.reduce((total, { reads, wallNs }) => total + reads / wallNs, 0);
  return {
    [`${prefix}|perSecond`]: perSecond * 1e3,
    [`${prefix}|perCpuSecond`]: (sum('reads') / sum('cpuNs')) * 1e3,
    [`${prefix}|published`]: (published / windowMs) * 1e3,
  };
}

async function start(file, workerData) {
  const worker = new Worker(new URL(`./lib/${file}`, import.meta.url), { workerData });
  await once(worker, 'message');
  return worker;
}

const input = inputOf(FILE);
if (input !== undefined) answer(await (input.reads ? measure(input.reads) : measurePool(input.pool)));
