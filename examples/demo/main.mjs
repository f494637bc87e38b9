/**
 * `npm run demo`: a service with a main thread and a pool of three workers that share one watcher, on real files laid
 * out as the kubelet lays them out. Ends by itself.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Piscina } from 'piscina';
import { close, init, options, status } from 'sentry-options';
import { ConfigMapVolume, crashWatcher } from 'sentry-options/testing';

const WORKERS = 3;
const POLL_INTERVAL_MS = 250;

const directory = mkdtempSync(join(tmpdir(), 'sentry-options-demo-'));
process.on('exit', () => rmSync(directory, { recursive: true, force: true }));

const schema = {
  version: '1.0',
  type: 'object',
  properties: {
    greeting: { type: 'string', default: 'Hello', description: 'What the shop says to a customer.' },
    limits: {
      type: 'object',
      properties: { perMinute: { type: 'integer' }, burst: { type: 'integer', optional: true } },
      default: { perMinute: 100 },
      description: 'How many requests a customer may make.',
    },
  },
};

step('1', 'A schema in the image, and a ConfigMap volume for its values');
mkdirSync(join(directory, 'schemas/shop'), { recursive: true });
writeFileSync(join(directory, 'schemas/shop/schema.json'), JSON.stringify(schema, null, 2));
const volume = new ConfigMapVolume(join(directory, 'values/shop'));
deploy({ greeting: 'Good morning' });
tell(`Files are in ${directory}, with the kubelet's ..data link.`);

step('2', 'init() starts the watcher thread, and returns with the first values');
const begun = performance.now();
const store = init({ directory, pollInterval: POLL_INTERVAL_MS });
tell(`It took ${(performance.now() - begun).toFixed(0)} ms, and no turn of the event loop.`);
const shop = options('shop');
tell(
  `greeting = ${JSON.stringify(shop.get('greeting'))} from the file, limits = ${JSON.stringify(shop.get('limits'))}, the default.`,
);

step('3', `A pool of ${WORKERS} workers finds the store by itself`);
const pool = new Piscina({
  filename: new URL('./worker.mjs', import.meta.url).href,
  minThreads: WORKERS,
  maxThreads: WORKERS,
});
table(await inAllWorkers('readFor', 200));

step('4', 'A change is swapped in; the watcher sees it at its next poll, all threads at their next read');
const seen = inAllWorkers('seeGeneration', 2);
await sleep(50);
const swapped = performance.timeOrigin + performance.now();
deploy({ greeting: 'Good evening', limits: { perMinute: 250 } });
while (store.generation < 2) await sleep(1);
const main = {
  thread: 'main',
  generation: store.generation,
  greeting: shop.get('greeting'),
  at: performance.timeOrigin + performance.now(),
};
table(
  [main, ...(await seen)].map(({ at, ...row }) => ({ ...row, 'ms after the swap': Number((at - swapped).toFixed(1)) })),
);
tell(`A poll comes every ${POLL_INTERVAL_MS} ms here, every 5 s by default; the rest is the time from file to thread.`);

step('5', 'A bad change is refused: nothing changes, and this is what an operator sees on stderr');
deploy({ greeting: 42, limits: { perMinute: 'many' } });
while (status().lastError === null) await sleep(10);
tell(
  `health is ${status().health}, the generation is still ${store.generation}, greeting = ${JSON.stringify(shop.get('greeting'))}`,
);
deploy({ greeting: 'Good night' });
while (store.generation < 3) await sleep(1);
tell(
  `Mended: generation ${store.generation}, health is ${status().health}, greeting = ${JSON.stringify(shop.get('greeting'))}`,
);

step('6', 'The watcher is killed; the readers do not notice');
const reading = inAllWorkers('readFor', 400);
await crashWatcher(store, 'exception');
table(await reading);
tell(
  `watcher is ${status().watcher}; greeting = ${JSON.stringify(shop.get('greeting'))}, from memory, for as long as the process lives.`,
);

step('7', 'close(), and the process ends by itself');
await pool.close();
await close();

/** Syncs new values into the volume, as CI and the kubelet would. */
function deploy(values) {
  volume.write({ 'values.json': JSON.stringify({ options: values, generated_at: new Date().toISOString() }) });
}

/** Runs one task in each worker: as each of them takes a while, no worker gets two. */
function inAllWorkers(name, argument) {
  return Promise.all(Array.from({ length: WORKERS }, () => pool.run(argument, { name })));
}

function step(number, text) {
  console.log(`\n${number}. ${text}`);
}

function tell(text) {
  console.log(`   ${text}`);
}

function table(rows) {
  for (const row of rows) {
    tell(
      Object.entries(row)
        .map(([name, value]) => `${name} ${typeof value === 'number' ? value.toLocaleString('en') : value}`)
        .join(' · '),
    );
  }
}
