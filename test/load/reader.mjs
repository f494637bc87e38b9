/**
 * A worker that reads as fast as it can between the messages `start` and `stop`, and checks every read. It yields to
 * its event loop after each batch, as a service does after each request, and measures the event-loop delay.
 */
import { readlinkSync } from 'node:fs';
import { setPriority } from 'node:os';
import { basename } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setImmediate } from 'node:timers/promises';
import { parentPort } from 'node:worker_threads';
import { options, snapshot } from 'sentry-options';

/** The number of live reads in a batch, followed by a read of one whole snapshot. */
const BATCH = 500;

// If there are more readers than processors, the thread that changes the values still has to run, so readers get a low
// priority. Only Linux tells a thread its own id.
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
    const index = (read % 2) * keys.length + (read % keys.length);
    if (number < last.get(index)) counts.back++;
    last.set(index, number);
    const { a, b } = namespace.get('pair');
    if (a !== b) counts.mixed++;
  }
  counts.reads += 2 * BATCH;
}

function readSnapshot(counts, before) {
  const current = snapshot();
  const numbers = namespaces.flatMap(({ namespace }) => keys.map((key) => current.namespace(namespace).get(key)));
  if (new Set(numbers).size !== 1) counts.mixed++;
  if (current.generation < before) counts.back++;
  if (current.generation !== before) counts.generations++;
  counts.snapshots++;
  return current.generation;
}
