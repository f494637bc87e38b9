/**
 * `npm run test:soak -- --waits 1000000`: begins and ends that many waits of each kind, without any deployment, and
 * compares the memory after the first half and at the end. Then closes a store in the middle of many waits. Exit code 1:
 * a kind of wait leaves memory or a native wait behind.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { openOptions } from 'sentry-options';
import { table } from '../support/page.mjs';

const MIB = 2 ** 20;
/** How much memory the runtime may take meanwhile: compiled code, free space in the heap, pages of the allocator. */
const ALLOWED_MIB = 8;
/** The iterators that wait when the store is closed. */
const OPEN_ITERATORS = 100_000;

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
  'refresh()': (store) => store.refresh(),
  'openOptions({ handle }), listened, closed': async (store) => {
    const other = openOptions({ handle: store.handle });
    other.onReload(() => {});
    await other.close();
  },
};

/** Runs `times` waits of each kind, prints the results, and sets the exit code. */
export async function endWaits(times) {
  const directory = mkdtempSync(join(tmpdir(), 'sentry-options-waits-'));
  process.on('exit', () => rmSync(directory, { recursive: true, force: true }));
  mkdirSync(join(directory, 'schemas/seer'), { recursive: true });
  mkdirSync(join(directory, 'values/seer'), { recursive: true });
  const properties = { number: { type: 'integer', default: 1, description: 'never changes' } };
  const schema = { version: '1.0', type: 'object', properties };
  writeFileSync(join(directory, 'schemas/seer/schema.json'), JSON.stringify(schema));
  writeFileSync(join(directory, 'values/seer/values.json'), '{"options": {}}');

  const rows = [];
  for (const [kind, wait] of Object.entries(KINDS)) rows.push(await measure(directory, kind, wait, times));
  const header = ['', 'waits', 'RSS, bytes each', 'heap, bytes each', 'native waits left', 'with a timeout'];
  console.log(
    table(
      header,
      rows.map(({ cells }) => cells),
    ),
  );
  const closing = await closeWhileWaiting(directory);
  console.log(`\nclose() with ${OPEN_ITERATORS.toLocaleString('en')} waiting iterators: ${closing.toFixed(0)} ms`);
  if (rows.some(({ isFlat }) => !isFlat)) {
    console.error('A kind of wait leaves memory or native waits behind: see above.');
    process.exitCode = 1;
  }
}

async function measure(directory, kind, wait, times) {
  const store = openOptions({ directory, pollInterval: null });
  const run = async (count) => {
    for (let done = 0; done < count; done++) await wait(store);
  };
  await run(times / 2);
  const start = await readMemory();
  native.withTimeout = 0;
  await run(times / 2);
  const end = await readMemory();
  const { pending, withTimeout } = native;
  await store.close();
  await sleep(10);
  const growth = { rss: end.rss - start.rss, heap: end.heapUsed - start.heapUsed };
  const each = (bytes) => (bytes / (times / 2)).toFixed(2);
  return {
    cells: [kind, times.toLocaleString('en'), each(growth.rss), each(growth.heap), pending, withTimeout],
    // The owner always waits once, for channels that may get a subscriber.
    isFlat: pending <= 1 && withTimeout === 0 && growth.rss < ALLOWED_MIB * MIB && growth.heap < ALLOWED_MIB * MIB,
  };
}

async function readMemory() {
  for (let round = 0; round < 3; round++) {
    globalThis.gc();
    await sleep(20);
  }
  return process.memoryUsage();
}

/** Returns the milliseconds that `close()` takes, with the end of all iterators. */
async function closeWhileWaiting(directory) {
  const store = openOptions({ directory, pollInterval: null });
  const ends = Array.from({ length: OPEN_ITERATORS }, () => store.changes()[Symbol.asyncIterator]().next());
  const startedAt = performance.now();
  await store.close();
  const elapsed = performance.now() - startedAt;
  await Promise.all(ends);
  return elapsed;
}
