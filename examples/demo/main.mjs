/**
 * `npm run demo`: a service whose main thread and three pool workers share one watcher. It reads real files, laid out
 * as the kubelet lays them out. Ends by itself.
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
print(`Files are in ${directory}, with the kubelet's ..data link.`);

step('2', 'init() starts the watcher thread and returns with the first values');
const begun = performance.now();
const store = init({ directory, pollInterval: POLL_INTERVAL_MS });
print(`It took ${(performance.now() - begun).toFixed(0)} ms, synchronously.`);
const shop = options('shop');
print(
  `greeting = ${JSON.stringify(shop.get('greeting'))} from the file, limits = ${JSON.stringify(shop.get('limits'))}, the default.`,
);

step('3', `${WORKERS} pool workers find the store by themselves`);
const pool = new Piscina({
  filename: new URL('./worker.mjs', import.meta.url).href,
  minThreads: WORKERS,
  maxThreads: WORKERS,
});
table(await inAllWorkers('readFor', 200));

step('4', 'A deployment: the watcher sees it at its next poll, each thread at its next read');
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
print(`Polls run every ${POLL_INTERVAL_MS} ms here, every 5 s by default; the rest is the time from file to thread.`);

step('5', 'The watcher rejects a bad change: the values stay, and stderr says why');
deploy({ greeting: 42, limits: { perMinute: 'many' } });
while (status().lastError === null) await sleep(10);
print(
  `health is ${status().health}, the generation is still ${store.generation}, greeting = ${JSON.stringify(shop.get('greeting'))}`,
);
deploy({ greeting: 'Good night' });
while (store.generation < 3) await sleep(1);
print(
  `Fixed: generation ${store.generation}, health is ${status().health}, greeting = ${JSON.stringify(shop.get('greeting'))}`,
);

step('6', 'The watcher crashes; the readers do not notice');
const reading = inAllWorkers('readFor', 400);
await crashWatcher(store, 'exception');
table(await reading);
print(
  `watcher is ${status().watcher}; greeting = ${JSON.stringify(shop.get('greeting'))}, from memory, as long as the process lives.`,
);

step('7', 'close(), and the process ends by itself');
await pool.close();
await close();

/** Writes new values into the volume, as CI and the kubelet do. */
function deploy(values) {
  volume.write({ 'values.json': JSON.stringify({ options: values, generated_at: new Date().toISOString() }) });
}

/** Runs one task in each worker. Each task takes long enough that no worker gets two. */
function inAllWorkers(name, argument) {
  return Promise.all(Array.from({ length: WORKERS }, () => pool.run(argument, { name })));
}

function step(number, title) {
  console.log(`\n${number}. ${title}`);
}

function print(line) {
  console.log(`   ${line}`);
}

function table(rows) {
  for (const row of rows) {
    print(
      Object.entries(row)
        .map(([name, value]) => `${name} ${typeof value === 'number' ? value.toLocaleString('en') : value}`)
        .join(' · '),
    );
  }
}
