/** Measures what options take of a process's memory: at the start, and over many changes of large values. */
import { fork as start } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { A_KEY, makeBase, removeBase } from './lib/base.mjs';
import { addSamples, answer, fork, inputOf } from './lib/fork.mjs';
import { compared, measured } from './lib/rows.mjs';

const FILE = fileURLToPath(import.meta.url);
const WRITER = new URL('./lib/changes-writer.mjs', import.meta.url);
const THREAD = new URL('./lib/changes-thread.mjs', import.meta.url);
const BARE_THREAD = new URL('./lib/bare-thread.mjs', import.meta.url);
const MIB = 2 ** 20;

export const title = 'What do options take of the memory of a process?';

/** `ways`: what each worker does at a change. `parts`: the number of options that have the bytes together. */
export const full = {
  ways: ['read', 'onChange', 'onReload', 'snapshot'],
  workers: 8,
  changes: 100,
  bytes: MIB,
  parts: 16,
  repeats: 2,
  base: { options: 10, rounds: 5, settleMs: 1_500 },
};
export const tiny = {
  ways: ['read'],
  workers: 1,
  changes: 3,
  bytes: 4_096,
  parts: 2,
  repeats: 1,
  base: { options: 6, rounds: 1, settleMs: 0 },
};

/** Measures in fresh processes, in turn. */
export async function run({ ways, repeats, base, ...changes }, progress) {
  const samples = {};
  const total = repeats * (ways.length + 1) + base.rounds * BASES.length;
  let done = 0;
  for (let round = 0; round < base.rounds; round++) {
    for (let turn = 0; turn < BASES.length; turn++) {
      progress(done++, total);
      const what = BASES[(round + turn) % BASES.length];
      addSamples(samples, { [what]: await fork(FILE, { what, ...base }) });
    }
  }
  for (let repeat = 0; repeat < repeats; repeat++) {
    for (const way of ['without', ...ways]) {
      progress(done++, total);
      addSamples(samples, await fork(FILE, { way, ...changes }));
    }
  }
  const { workers, bytes, changes: count } = changes;
  const size = `${count} changes of ${(bytes / MIB).toFixed(1)} MiB`;
  const grown = (way) =>
    measured({
      what: `memory that ${size} add, ${workers} workers that ${WAY_TEXTS[way]}`,
      unit: 'MiB',
      samples: samples[`${way}|rss`],
      ...(way === 'read' && {
        target: { atMost: (2 * workers * bytes) / MIB, text: '≤ 2 × the snapshot for each worker' },
      }),
    });
  const buffers = (way) =>
    measured({
      what: `  the private buffers of one of these, ${WAY_TEXTS[way]}`,
      unit: 'MiB',
      samples: samples[`${way}|buffers`],
    });
  const whole = (way) =>
    compared({
      what: `  the whole process, with ${workers} workers that ${WAY_TEXTS[way]}`,
      against: 'without',
      unit: 'MiB',
      samples: samples[`${way}|whole`],
      partners: samples['without|whole'],
    });
  return {
    rows: [
      compared({
        what: 'memory of a small service with options',
        against: 'without',
        unit: 'MiB',
        samples: samples.library,
        partners: samples.plain,
      }),
      ...ways.flatMap((way) => [grown(way), buffers(way), whole(way)]),
    ],
    growths: [],
    pictures: [],
  };
}

const BASES = ['plain', 'library'];
const WAY_TEXTS = {
  read: 'read one option after each',
  onChange: 'have a listener of one option',
  onReload: 'have a listener of reloads that reads the changes',
  snapshot: 'pin a snapshot after each',
};

async function measureBase({ what, options: count, settleMs }) {
  const directory = makeBase({ service: count });
  const { createServer } = await import('node:http');
  const server = createServer((_, response) => response.end('ok')).listen(0);
  await once(server, 'listening');
  let library;
  if (what === 'library') {
    library = await import('../dist/index.js');
    library.init({ directory, pollInterval: 500 });
    library.options('service').get(A_KEY);
  }
  await sleep(settleMs);
  const rss = process.memoryUsage.rss() / MIB;
  await library?.close();
  server.close();
  removeBase(directory);
  return rss;
}

/** Changes a file `changes` times, and waits until all workers know each change. Returns MiB by way and figure. */
async function measureChanges({ way, workers, changes, bytes, parts }) {
  // As measureWithout() does.
  await import('node:http');
  const { openOptions } = await import('../dist/index.js');
  // Another process writes: the garbage of this one is that of the library.
  const writer = start(WRITER, [JSON.stringify({ bytes, parts })]);
  const [directory] = await once(writer, 'message');
  const write = async (change) => {
    writer.send(change);
    await once(writer, 'message');
  };
  const store = openOptions({ directory, pollInterval: null, maxFileBytes: 8 * MIB });
  const threads = Array.from(
    { length: workers },
    () => new Worker(THREAD, { workerData: { handle: store.handle, way } }),
  );
  const live = store.namespace('service');
  const ask = async (change) => {
    const answers = threads.map((thread) => once(thread, 'message'));
    for (const thread of threads) thread.postMessage(change);
    return Math.max(...(await Promise.all(answers)).map(([{ arrayBuffers }]) => arrayBuffers));
  };
  live.get('change');
  const buffers = await ask(0);
  const before = process.memoryUsage.rss();
  let most = 0;
  let last = 0;
  for (let change = 1; change <= changes; change++) {
    await write(change);
    if (!store.refreshSync()) throw new Error('The watcher did not detect the change');
    if (live.get('change') !== change) throw new Error(`The main thread must have change ${change}`);
    last = await ask(change);
    most = Math.max(most, process.memoryUsage.rss());
  }
  await Promise.all(threads.map((thread) => thread.terminate()));
  await store.close();
  writer.disconnect();
  removeBase(directory);
  return {
    [`${way}|rss`]: (most - before) / MIB,
    [`${way}|buffers`]: (last - buffers) / MIB,
    [`${way}|whole`]: most / MIB,
  };
}

/** The process of {@link measureChanges} without the library: its threads answer as many messages. */
async function measureWithout({ way, workers, changes }) {
  await import('node:http');
  const threads = Array.from({ length: workers }, () => new Worker(BARE_THREAD));
  let most = 0;
  for (let change = 0; change <= changes; change++) {
    const answers = threads.map((thread) => once(thread, 'message'));
    for (const thread of threads) thread.postMessage(change);
    await Promise.all(answers);
    most = Math.max(most, process.memoryUsage.rss());
  }
  await Promise.all(threads.map((thread) => thread.terminate()));
  return { [`${way}|whole`]: most / MIB };
}

const input = inputOf(FILE);
if (input !== undefined) {
  const measure = input.way === 'without' ? measureWithout : input.way ? measureChanges : measureBase;
  answer(await measure(input));
}
