/**
 * A service that says what it reads, a line of JSON for each event: its main thread and its workers read `max-retries`
 * every READ_MS, 50 by default. PLAIN=1: the same without the library, to compare. WORKERS: their number, 1 by default.
 * SHOP=1: it also reads the namespace `shop`. POLL_MS: the `pollInterval`. LOGGER=1: the library logs to
 * the console, at all levels.
 */
import { readFileSync, statSync } from 'node:fs';
import { createServer } from 'node:http';
import { Worker } from 'node:worker_threads';

const { LOGGER, PLAIN, POLL_MS, READ_MS = '50', SHOP, WORKERS = '1' } = process.env;
const say = (event) => process.stdout.write(`${JSON.stringify(event)}\n`);
say({ event: 'start', user: process.getuid() });

function modified(namespace) {
  try {
    return statSync(`/etc/sentry-options/values/${namespace}/values.json`).mtimeMs;
  } catch {
    return undefined;
  }
}

let library;
if (PLAIN !== '1') {
  const begin = performance.now();
  library = await import('sentry-options');
  const imported = performance.now();
  const settings = {};
  if (SHOP === '1') settings.additionalSchemas = { shop: readFileSync('/app/shop.schema.json', 'utf8') };
  if (POLL_MS !== undefined) settings.pollInterval = Number(POLL_MS);
  if (LOGGER === '1') settings.logger = console;
  library.init(settings);
  say({ event: 'init', importMs: Math.round(imported - begin), initMs: Math.round(performance.now() - imported) });
  watch('seer', 'max-retries');
  if (SHOP === '1') watch('shop', 'page-size');
  setInterval(sayStatus, 200);
}

/** Says each value of an option, and how old its file is then. */
function watch(namespace, key) {
  const option = library.options(namespace).option(key);
  let last;
  const read = () => {
    const { value } = option;
    if (value === last) return;
    last = value;
    say({ event: 'read', thread: 'main', key, value, fileAgeMs: Date.now() - modified(namespace) });
  };
  read();
  setInterval(read, Number(READ_MS));
}

let lastStatus;
/** Says the status whenever anything but times has changed. */
function sayStatus() {
  const { polls, lastPollAt, heartbeatAt, reloads, reloadMs, ...status } = library.status();
  const text = JSON.stringify(status);
  if (text === lastStatus) return;
  lastStatus = text;
  say({ event: 'status', status });
}

const workers = Array.from({ length: Number(WORKERS) }, () => new Worker(new URL('worker.mjs', import.meta.url)));
for (const worker of workers) worker.on('message', say);
createServer((_request, response) => response.end()).listen(8080);

process.once('SIGTERM', async () => {
  const begin = performance.now();
  await Promise.all(workers.map((worker) => worker.terminate()));
  await library?.close();
  const closeMs = Math.round(performance.now() - begin);
  // A health check that a request makes at this moment.
  let health;
  try {
    health = library?.status().health;
  } catch (error) {
    health = String(error);
  }
  say({ event: 'closed', closeMs, health });
  process.exit(0);
});
