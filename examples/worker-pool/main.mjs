/** `npm start`: prices are worked out in a pool of threads, before and after their discount changes. Ends by itself. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Piscina } from 'piscina';
import { close, init, refresh } from 'sentry-options';
import { ConfigMapVolume } from 'sentry-options/testing';

// A directory as the kubelet mounts it; a service has it at /etc/sentry-options, and needs none of this.
const directory = mkdtempSync(join(tmpdir(), 'sentry-options-worker-pool-'));
process.on('exit', () => rmSync(directory, { recursive: true, force: true }));
const volume = new ConfigMapVolume(join(directory, 'values/shop'));
const deploy = (options) => volume.write({ 'values.json': JSON.stringify({ options }) });
const properties = {
  'discount-percent': { type: 'integer', default: 0, description: 'What is taken off each price.' },
};
deploy({ 'discount-percent': 10 });

// Before the pool, whose threads then find the store by themselves. There is one watcher for all of them.
init({ directory, schemas: { shop: { version: '1.0', type: 'object', properties } } });
const pool = new Piscina({ filename: new URL('./worker.mjs', import.meta.url).href, minThreads: 2, maxThreads: 2 });

async function showPrices() {
  const prices = await Promise.all([100, 250, 1000].map((price) => pool.run(price)));
  console.log(prices.join(', '));
}

await showPrices();
deploy({ 'discount-percent': 25 });
// A service waits for no change: the watcher looks every 5 seconds. This asks it to look now.
await refresh();
await showPrices();

await pool.close();
await close();
