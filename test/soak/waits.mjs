/**
 * `npm run test:soak -- --waits 1000000`: begins and ends that many waits of each kind, without any deployment, and
 * compares the memory after each quarter. Then closes a store in the middle of many waits. Exit code 1: a kind of wait
 * leaves memory or a native wait behind. `--write` puts the figures into docs/reliability.md.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { setTimeout as sleep, setImmediate as turn } from 'node:timers/promises';
import { openOptions } from 'sentry-options';
import { machine, table, writeSection } from '../support/page.mjs';

const MIB = 2 ** 20;
/** How much the used heap may grow: compiled code, and garbage that the runtime collects late. */
const HEAP_MIB = 2;
/**
 * How much RSS may grow for each wait in one quarter of a long run. What leaks grows in each quarter; the runtime, which
 * enlarges its heap by tens of MiB, does so in some. A short run shows nothing else.
 */
const RSS_BYTES = 16;
const LONG_RUN = 500_000;
/** The most iterators that wait when the store is closed. */
const MAX_ITERATORS = 100_000;

// Counts this thread's native waits: memory cannot show a few of them.
const native = { pending: 0, withTimeout: 0 };
const { waitAsync } = Atomics;
Atomics.waitAsync = (words, index, value, timeout) => {
  const wait = waitAsync(words, index, value, timeout);
  if (!wait.async) return wait;
  native.pending++;
  if (timeout !== undefined && timeout !== Number.POSITIVE_INFINITY) native.withTimeout++;
  return { ...wait, value: wait.value.finally(() => native.pending--) };
};

/** Each begins one wait and ends it, in the thread that started the watcher. */
const KINDS = {
  'changes({ signal }), aborted': async (store) => {
    const controller = new AbortController();
    const next = store.changes({ signal: controller.signal })[Symbol.asyncIterator]().next();
    controller.abort();
    await next;
  },
  'changes(), ended by return()': async (store) => {
    const iterator = store.changes()[Symbol.asyncIterator]();
    const next = iterator.next();
    await iterator.return();
    await next;
  },
  'Readable.from(changes()), destroyed': async (store) => {
    const stream = Readable.from(store.changes());
    const end = new Promise((resolve) => stream.on('close', resolve));
    stream.read();
    stream.destroy();
    await end;
  },
  'onReload(), removed': (store) => store.onReload(() => {})[Symbol.dispose ?? Symbol.for('Symbol.dispose')](),
  'onChange(), removed': (store) =>
    store
      .namespace('seer')
      .option('number')
      .onChange(() => {})
      [Symbol.dispose ?? Symbol.for('Symbol.dispose')](),
  'refresh()': (store) => store.refresh(),
  'openOptions({ handle }), listened, closed': async (store) => {
    const other = openOptions({ handle: store.handle });
    other.onReload(() => {});
    await other.close();
    // A native wait ends on a turn of the event loop, which the other kinds do not need.
    await turn();
  },
};

/** Runs `times` waits of each kind, prints the results, and sets the exit code. `isWritten`: updates the page, too. */
export async function endWaits(times, isWritten) {
  if (!(times > 0)) throw new Error('Usage: npm run test:soak -- --waits N [--write]');
  const directory = mkdtempSync(join(tmpdir(), 'sentry-options-waits-'));
  process.on('exit', () => rmSync(directory, { recursive: true, force: true }));
  mkdirSync(join(directory, 'schemas/seer'), { recursive: true });
  mkdirSync(join(directory, 'values/seer'), { recursive: true });
  const properties = { number: { type: 'integer', default: 1, description: 'never changes' } };
  const schema = { version: '1.0', type: 'object', properties };
  writeFileSync(join(directory, 'schemas/seer/schema.json'), JSON.stringify(schema));
  writeFileSync(join(directory, 'values/seer/values.json'), '{"options": {}}');

  const logger = { debug() {}, info() {}, warn() {}, error() {} };
  const store = openOptions({ directory, pollInterval: null, logger });
  const rows = [];
  for (const [kind, wait] of Object.entries(KINDS)) rows.push(await measure(store, kind, wait, times));
  const iterators = Math.min(times, MAX_ITERATORS);
  const closing = await closeWhileWaiting(store, iterators);
  const cells = rows.map((row) => row.cells);
  const text = `\`npm run test:soak -- --waits ${times}\`, ${machine()}. With ${iterators.toLocaleString('en')} waiting iterators, \`close()\` took ${closing.elapsed.toFixed(0)} ms, ${closing.processor.toFixed(0)} ms of them on a processor.

${table(['', 'RSS after each quarter, MiB', 'heap, bytes each', 'native waits left', 'native waits with a timeout'], cells)}`;
  console.log(text);
  if (rows.some(({ isFlat }) => !isFlat)) {
    console.error('A kind of wait leaves memory or native waits behind: see above.');
    process.exitCode = 1;
  } else if (isWritten) {
    writeSection('waits', text);
  }
}

async function measure(store, kind, wait, times) {
  const samples = [];
  for (let quarter = 1; quarter <= 4; quarter++) {
    if (quarter === 2) native.withTimeout = 0;
    for (let done = 0; done < times / 4; done++) await wait(store);
    samples.push(await readMemory());
  }
  const { pending, withTimeout } = native;
  const heap = samples.at(-1).heapUsed - samples[0].heapUsed;
  const steps = samples.slice(1).map(({ rss }, index) => rss - samples[index].rss);
  const rss = samples.map((sample) => (sample.rss / MIB).toFixed(0)).join(', ');
  return {
    cells: [kind, rss, (heap / (times * 0.75)).toFixed(2), pending, withTimeout],
    // The owner always waits once, for channels that may get a subscriber.
    isFlat:
      pending <= 1 &&
      withTimeout === 0 &&
      heap < HEAP_MIB * MIB &&
      (times < LONG_RUN || Math.min(...steps) / (times / 4) < RSS_BYTES),
  };
}

async function readMemory() {
  for (let round = 0; round < 2; round++) {
    globalThis.gc();
    await sleep(10);
  }
  return process.memoryUsage();
}

/** Returns the milliseconds that `close()` takes, with the end of all iterators: on the clock, and of the processors. */
async function closeWhileWaiting(store, iterators) {
  const ends = Array.from({ length: iterators }, () => store.changes()[Symbol.asyncIterator]().next());
  const [startedAt, usage] = [performance.now(), process.cpuUsage()];
  await store.close();
  const { user, system } = process.cpuUsage(usage);
  const elapsed = performance.now() - startedAt;
  await Promise.all(ends);
  return { elapsed, processor: (user + system) / 1_000 };
}
