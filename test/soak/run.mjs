/**
 * `npm run test:soak -- --minutes 60`: edits, refreshes, listeners and short-lived threads for that long, comparing the
 * process's resources at start and end. `--write` puts the figures into docs/reliability.md, with a picture beside it.
 * Exit code 1: a resource leaked, or a value was not whole. Needs `--expose-gc`, which `npm run` passes. With
 * `--waits 1000000`, runs `waits.mjs` instead.
 */
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { Worker } from 'node:worker_threads';
import { init, options } from 'sentry-options';
import { machine, table, writeSection } from '../support/page.mjs';
import { drawPicture } from './picture.mjs';
import { endWaits } from './waits.mjs';

const SAMPLES = 120;
const MIB = 2 ** 20;
/** How much the used heap may grow, since the runtime collects some garbage late. */
const HEAP_MIB = 4;
/** How much RSS may grow, since the allocator returns the memory of ended threads late, if at all. */
const RSS_MIB = 64;

const { values: flags } = parseArgs({
  options: { minutes: { type: 'string', default: '60' }, waits: { type: 'string' }, write: { type: 'boolean' } },
});
const minutes = Number(flags.minutes);
if (!(minutes > 0)) throw new Error('Usage: npm run test:soak -- --minutes N [--write], or -- --waits N [--write]');
if (globalThis.gc === undefined)
  throw new Error('The script needs --expose-gc: without it, garbage would count as a leak.');
if (flags.waits !== undefined) {
  await endWaits(Number(flags.waits), flags.write);
  process.exit();
}

const directory = mkdtempSync(join(tmpdir(), 'sentry-options-soak-'));
process.on('exit', () => rmSync(directory, { recursive: true, force: true }));
mkdirSync(join(directory, 'schemas/seer'), { recursive: true });
mkdirSync(join(directory, 'values/seer'), { recursive: true });
const properties = {
  pair: { type: 'object', additionalProperties: { type: 'integer' }, default: { a: 0, b: 0 }, description: 'twice' },
  texts: { type: 'array', items: { type: 'string' }, default: [], description: 'of a varying size' },
};
writeFileSync(
  join(directory, 'schemas/seer/schema.json'),
  JSON.stringify({ version: '1.0', type: 'object', properties }),
);

const done = { edits: 0, 'bad edits': 0, refreshes: 0, rejected: 0, threads: 0, torn: 0 };
const samples = [];
writeValues();
const logger = { debug() {}, info() {}, warn() {}, error() {} };
const store = init({ directory, pollInterval: 50, logger });
const startedAt = performance.now();
const elapsed = () => (performance.now() - startedAt) / 60_000;

// The first 10% cover one-time allocations: code, regions of the cell, the pool of a thread's memory.
while (elapsed() < minutes / 10) await runRound();
const start = await sampleAfterGc();
while (elapsed() < minutes) await runRound();
const end = await sampleAfterGc();
const { polls, generation } = store.status();
await store.close();
report();

async function runRound() {
  writeValues();
  await refresh();
  if (done.edits % 5 === 0) {
    writeFileSync(valuesFile(), done.edits % 10 === 0 ? '{"options": {"pair": 1}}' : '{"options": {');
    done['bad edits']++;
    await refresh();
  }
  if (done.edits % 10 === 0) {
    const worker = new Worker(new URL('worker.mjs', import.meta.url));
    let isWhole = false;
    worker.on('message', (answer) => {
      isWhole = answer;
    });
    // Does not wait for the message first: it may arrive in the same turn as the exit, which would then be missed.
    await once(worker, 'exit');
    done.threads++;
    if (!isWhole) done.torn++;
  }
  const subscription = store.onReload(() => {});
  const { a, b } = options('seer').get('pair');
  if (a !== b) done.torn++;
  options('seer').get('texts');
  await sleep(5);
  subscription[Symbol.dispose ?? Symbol.for('Symbol.dispose')]();
  if (samples.length < (elapsed() / minutes) * SAMPLES) samples.push(takeSample());
}

function writeValues() {
  done.edits++;
  const version = done.edits;
  const texts = Array.from({ length: (version * 37) % 2000 }, (_, index) => `${version} ${index}`);
  writeFileSync(valuesFile(), JSON.stringify({ options: { pair: { a: version, b: version }, texts } }));
}

async function refresh() {
  done.refreshes++;
  await store.refresh().catch(() => done.rejected++);
}

function valuesFile() {
  return join(directory, 'values/seer/values.json');
}

/** Takes a sample after garbage collection and the end of exited threads. */
async function sampleAfterGc() {
  for (let round = 0; round < 5; round++) {
    globalThis.gc();
    await sleep(50);
  }
  return takeSample();
}

function takeSample() {
  const { rss, heapUsed, arrayBuffers } = process.memoryUsage();
  const isLinux = process.platform === 'linux';
  return {
    minutes: elapsed(),
    rss: rss / MIB,
    heap: heapUsed / MIB,
    arrayBuffers: arrayBuffers / MIB,
    handles: process.getActiveResourcesInfo().length,
    threads: isLinux ? Number(/^Threads:\s*(\d+)/m.exec(readFileSync('/proc/self/status', 'utf8'))[1]) : 0,
    descriptors: isLinux ? readdirSync('/proc/self/fd').length : 0,
  };
}

function report() {
  const mib = (value) => value.toFixed(1);
  const rows = [
    ['RSS, MiB', mib(start.rss), mib(end.rss)],
    ['heap in use, MiB', mib(start.heap), mib(end.heap)],
    ['array buffers, MiB', mib(start.arrayBuffers), mib(end.arrayBuffers)],
    ...['handles', 'threads', 'descriptors'].map((key) => [key, start[key], end[key]]),
  ];
  const counts = Object.entries({ ...done, polls, generations: generation });
  const text = `\`npm run test:soak -- --minutes ${minutes}\`, ${machine()}: ${counts.map(([name, count]) => `${count.toLocaleString('en')} ${name}`).join(', ')}.

${table(['', 'after 10% of the time', 'at the end'], rows)}`;
  console.log(text);
  const hasLeak =
    end.heap - start.heap > HEAP_MIB ||
    end.rss - start.rss > RSS_MIB ||
    end.arrayBuffers - start.arrayBuffers > HEAP_MIB ||
    ['handles', 'threads', 'descriptors'].some((key) => end[key] > start[key]);
  process.exitCode = hasLeak || done.torn > 0 || done.threads === 0 || done.rejected === 0 ? 1 : 0;
  if (process.exitCode !== 0)
    return console.error('A resource leaked, a value was not whole, or a kind of event did not happen: see above.');
  if (!flags.write) return;
  const image = drawPicture(samples, [
    ['rss', 'RSS'],
    ['heap', 'heap in use'],
    ['arrayBuffers', 'array buffers'],
  ]);
  mkdirSync(new URL('../../docs/reliability/', import.meta.url), { recursive: true });
  writeFileSync(new URL('../../docs/reliability/soak.svg', import.meta.url), image);
  writeSection('soak', `${text}\n\n![RSS, heap and array buffers over time](reliability/soak.svg)`);
}
