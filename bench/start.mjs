/** What a start costs: `init()` up to the first value, against a bare worker that validates the same files. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { MessageChannel, receiveMessageOnPort, Worker } from 'node:worker_threads';
import { build } from 'esbuild';
import { close, init, options } from 'sentry-options';
import { makeBase, removeBase } from './lib/base.mjs';
import { answer, fork, inputOf } from './lib/fork.mjs';
import { ratios, summarize } from './lib/statistics.mjs';

const FILE = fileURLToPath(import.meta.url);

export const title = 'What does a start cost?';

const ROUNDS = 30;
/** Numbers of options by namespace. */
const BASES = {
  '10 namespaces × 100 options': Object.fromEntries(
    Array.from({ length: 10 }, (_, index) => [`service-${index}`, 100]),
  ),
  '1 namespace × 10 options': { service: 10 },
};
const CONTESTANTS = ['bare', 'trusting', 'library'];
/** A bare worker that fails says nothing to who waits for it. */
const BARE_TIMEOUT_MS = 30_000;

/**
 * Each figure is that of a process of its own: a program starts its options once, when none of the code that this needs
 * has run yet. In one process the second start would find the main thread's half compiled.
 */
export async function run(progress) {
  const text = await bundleWorker();
  const rows = [];
  const total = Object.keys(BASES).length * ROUNDS;
  let done = 0;
  for (const [base, sizes] of Object.entries(BASES)) {
    const directory = makeBase(sizes);
    const worker = join(directory, 'bare-worker.cjs');
    writeFileSync(worker, text);
    const input = { directory, worker, namespace: Object.keys(sizes)[0] };
    const samples = { bare: [], trusting: [], library: [], close: [] };
    for (let round = 0; round < ROUNDS; round++) {
      progress(done++, total);
      for (let turn = 0; turn < CONTESTANTS.length; turn++) {
        const contestant = CONTESTANTS[(round + turn) % CONTESTANTS.length];
        const figures = await fork(FILE, { ...input, contestant });
        for (const [name, figure] of Object.entries(figures)) samples[name].push(figure);
      }
    }
    removeBase(directory);
    rows.push(...toRows(base, samples));
  }
  return rows;
}

function toRows(base, samples) {
  const row = (against, partner, target) => ({
    what: `init() to the first value, ${base}`,
    against,
    unit: 'ms',
    figure: summarize(samples.library),
    other: summarize(samples[partner]),
    ratio: summarize(ratios(samples.library, samples[partner])),
    target,
  });
  return [
    row('a bare worker', 'bare', 1.25),
    row('one that trusts its schemas', 'trusting'),
    { what: `close(), ${base}`, unit: 'ms', figure: summarize(samples.close) },
  ];
}

/** The bare worker as one text, by the same bundler with the same settings as the library's thread. */
async function bundleWorker() {
  const result = await build({
    entryPoints: [fileURLToPath(new URL('./lib/bare-worker.mjs', import.meta.url))],
    bundle: true,
    platform: 'node',
    target: 'node20.19',
    mainFields: ['module', 'main'],
    format: 'cjs',
    minify: true,
    keepNames: true,
    write: false,
  });
  return result.outputFiles[0].text;
}

const MEASURES = {
  async library({ directory, namespace }) {
    const begun = performance.now();
    init({ directory, pollInterval: null });
    const live = options(namespace);
    live.get(live.keys()[0]);
    const ready = performance.now();
    await close();
    return { library: ready - begun, close: performance.now() - ready };
  },

  async bare(input) {
    return { bare: await startBare(input, false) };
  },

  async trusting(input) {
    return { trusting: await startBare(input, true) };
  },
};

/** Starts a bare worker; milliseconds up to its first value. */
async function startBare({ directory, worker: file, namespace }, trustsSchemas) {
  // The library has its text in a module that is loaded by now.
  const text = readFileSync(file, 'utf8');
  const begun = performance.now();
  const ready = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
  const { port1, port2 } = new MessageChannel();
  const workerData = { directory, port: port2, ready, trustsSchemas };
  const worker = new Worker(text, { eval: true, workerData, transferList: [port2] });
  if (Atomics.wait(ready, 0, 0, BARE_TIMEOUT_MS) === 'timed-out') throw new Error('The bare worker gave no values');
  const options = receiveMessageOnPort(port1).message.get(namespace);
  options.get(options.keys().next().value);
  const elapsed = performance.now() - begun;
  port1.close();
  await worker.terminate();
  return elapsed;
}

const input = inputOf(FILE);
if (input !== undefined) answer(await MEASURES[input.contestant](input));
