/**
 * `npm run test:load -- --seconds 60 --threads 8,1`: eight threads read as fast as they can, first without changes and
 * then while the values change 100 times a second, for 60 s each; then one thread does. `--write` puts the figures into
 * docs/reliability.md. Exit code 1: a read failed, went back, or mixed generations.
 */
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { Worker } from 'node:worker_threads';
import { init } from 'sentry-options';
import { ConfigMapVolume } from 'sentry-options/testing';
import { machine, table, writeSection } from '../support/page.mjs';

const CHANGES_PER_SECOND = 100;
const NUMBERS = 50;

const { values: flags } = parseArgs({
  options: {
    seconds: { type: 'string', default: '60' },
    threads: { type: 'string', default: '8,1' },
    write: { type: 'boolean' },
  },
});
const seconds = Number(flags.seconds);
const threadCounts = flags.threads.split(',').map(Number);
if (!(seconds > 0 && threadCounts.every((count) => count >= 1))) {
  throw new Error('Usage: npm run test:load -- --seconds N [--threads N,N] [--write]');
}

const directory = mkdtempSync(join(tmpdir(), 'sentry-options-load-'));
process.on('exit', () => rmSync(directory, { recursive: true, force: true }));
const names = Array.from({ length: NUMBERS }, (_, index) => `number-${index}`);
const integer = { type: 'integer', default: 0, description: 'the version' };
const pair = {
  type: 'object',
  additionalProperties: { type: 'integer' },
  default: { a: 0, b: 0 },
  description: 'twice',
};
for (const namespace of ['relay', 'seer']) {
  mkdirSync(join(directory, 'schemas', namespace), { recursive: true });
  const properties = { ...Object.fromEntries(names.map((name) => [name, integer])), pair };
  const schema = { version: '1.0', type: 'object', properties };
  writeFileSync(join(directory, 'schemas', namespace, 'schema.json'), JSON.stringify(schema));
}
// Both files change at once, as in a pod: two files written one after the other would be two changes.
const volume = new ConfigMapVolume(join(directory, 'values'));
change(1);

const store = init({ directory, pollInterval: 10 });
let version = 1;
const phases = [];
for (const threads of threadCounts) {
  const readers = Array.from({ length: threads }, () => new Worker(new URL('reader.mjs', import.meta.url)));
  await Promise.all(readers.map((reader) => once(reader, 'online')));
  const name = threads === 1 ? '1 thread' : `${threads} threads`;
  phases.push(await measure(`${name}, quiet`, readers, () => sleep(seconds * 1000)));
  phases.push(await measure(`${name}, changes`, readers, changeContinuously));
  await Promise.all(readers.map((reader) => reader.terminate()));
}
await store.close();

const text = report();
console.log(text);
const isCorrect = phases.every(({ total }) => total.failed + total.back + total.mixed === 0);
const hasSeen = phases.every(({ total }) => total.snapshots > 0) && phases.every(({ total }) => total.generations > 0);
if (isCorrect && hasSeen && flags.write) writeSection('load', text);
process.exitCode = isCorrect && hasSeen ? 0 : 1;

function change(version) {
  const values = { ...Object.fromEntries(names.map((name) => [name, version])), pair: { a: version, b: version } };
  const content = JSON.stringify({ options: values });
  volume.write({ 'relay/values.json': content, 'seer/values.json': content });
}

/** Changes the values CHANGES_PER_SECOND times a second, or as fast as a slow machine can. */
async function changeContinuously() {
  const start = performance.now();
  const pause = 1000 / CHANGES_PER_SECOND;
  for (let count = 1; performance.now() - start < seconds * 1000; count++) {
    change(++version);
    await store.refresh();
    await sleep(Math.max(0, start + count * pause - performance.now()));
  }
}

async function measure(name, readers, run) {
  const answers = readers.map((reader) => once(reader, 'message'));
  for (const reader of readers) reader.postMessage('start');
  const before = store.generation;
  const start = performance.now();
  await run();
  const elapsed = (performance.now() - start) / 1000;
  const published = store.generation - before;
  for (const reader of readers) reader.postMessage('stop');
  const results = (await Promise.all(answers)).map(([result]) => result);
  const total = {};
  for (const { counts } of results) {
    for (const [key, count] of Object.entries(counts)) total[key] = (total[key] ?? 0) + count;
  }
  const delay = {};
  for (const key of ['mean', 'p50', 'p99'])
    delay[key] = results.reduce((sum, one) => sum + one.delay[key], 0) / readers.length;
  delay.max = Math.max(...results.map((one) => one.delay.max));
  return { name, elapsed, published, total, delay };
}

function report() {
  const formatNumber = (value) => Math.round(value).toLocaleString('en');
  const makeRow = (name, format) => [name, ...phases.map(format)];
  const rows = [
    makeRow(
      'generations published',
      ({ published, elapsed }) => `${formatNumber(published)} (${(published / elapsed).toFixed(1)}/s)`,
    ),
    makeRow('generations adopted by all threads', ({ total }) => formatNumber(total.generations)),
    makeRow('reads', ({ total, elapsed }) => `${formatNumber(total.reads)} (${formatNumber(total.reads / elapsed)}/s)`),
    makeRow('snapshots read as a whole', ({ total }) => formatNumber(total.snapshots)),
    makeRow('reads that failed', ({ total }) => total.failed),
    makeRow('reads that went back', ({ total }) => total.back),
    makeRow('reads that mixed generations', ({ total }) => total.mixed),
    ...['mean', 'p50', 'p99', 'max'].map((key) =>
      makeRow(`event-loop delay of a reading thread, ${key}, ms`, ({ delay }) => delay[key].toFixed(2)),
    ),
  ];
  return `\`npm run test:load -- --seconds ${seconds}\`, ${machine()}:\n\n${table(['', ...phases.map(({ name }) => name)], rows)}`;
}
