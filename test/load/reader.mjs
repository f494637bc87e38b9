/**
 * A thread that reads as fast as it can, from `start` to `stop`, and judges all that it reads. It gives its event loop a
 * turn after each batch, as a service does after each request, and measures how late the turns come.
 */
import { readlinkSync } from 'node:fs';
import { setPriority } from 'node:os';
import { basename } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setImmediate } from 'node:timers/promises';
import { parentPort } from 'node:worker_threads';
import { options, snapshot } from 'sentry-options';

/** Live reads in a row, and after them one snapshot that is read as a whole. */
const BATCH = 500;

// Where there are more readers than processors, who changes the values has to get his turn all the same: it is the
// readers that are under test. The number of this very thread is known on Linux only.
if (process.platform === 'linux') setPriority(Number(basename(readlinkSync('/proc/thread-self'))), 19);

const namespaces = ['relay', 'seer'].map((name) => options(name));
const keys = namespaces[0].keys().filter((key) => key !== 'pair');
const delays = monitorEventLoopDelay({ resolution: 1 });
let isRunning = false;

parentPort.on('message', (command) => {
  if (command === 'start') void run();
  else isRunning = false;
});

async function run() {
  const counts = { reads: 0, snapshots: 0, failed: 0, back: 0, mixed: 0, generations: 0 };
  // Per option, as two live reads may straddle a reload, but one option never goes back.
  const last = new Map();
  let generation = 0;
  isRunning = true;
  delays.reset();
  delays.enable();
  while (isRunning) {
    try {
      readLive(counts, last);
      generation = readSnapshot(counts, generation);
    } catch {
      counts.failed++;
    }
    await setImmediate();
  }
  delays.disable();
  const ms = (nanoseconds) => nanoseconds / 1e6;
  parentPort.postMessage({
    counts,
    delay: {
      mean: ms(delays.mean),
      p50: ms(delays.percentile(50)),
      p99: ms(delays.percentile(99)),
      max: ms(delays.max),
    },
  });
}

function readLive(counts, last) {
  for (let read = 0; read < BATCH; read++) {
    const namespace = namespaces[read % 2];
    const key = keys[read % keys.length];
    const number = namespace.get(key);
    const place = (read % 2) * keys.length + (read % keys.length);
    if (number < last.get(place)) counts.back++;
    last.set(place, number);
    const { a, b } = namespace.get('pair');
    if (a !== b) counts.mixed++;
  }
  counts.reads += 2 * BATCH;
}

function readSnapshot(counts, before) {
  const now = snapshot();
  const numbers = namespaces.flatMap(({ namespace }) => keys.map((key) => now.namespace(namespace).get(key)));
  if (new Set(numbers).size !== 1) counts.mixed++;
  if (now.generation < before) counts.back++;
  if (now.generation !== before) counts.generations++;
  counts.snapshots++;
  return now.generation;
}
