/** `npm start`: a thread pool computes prices before and after the discount changes. Ends by itself. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Piscina } from 'piscina';
import { close, init, refresh } from 'sentry-options';
import { ConfigMapVolume } from 'sentry-options/testing';

// Simulates the directory that the kubelet mounts. A real service has it at /etc/sentry-options and needs no such code.
const directory = mkdtempSync(join(tmpdir(), 'sentry-options-worker-pool-'));
process.on('exit', () => rmSync(directory, { recursive: true, force: true }));
const volume = new ConfigMapVolume(join(directory, 'values/shop'));
const deploy = (options) => volume.write({ 'values.json': JSON.stringify({ options }) });
const properties = {
  'discount-percent': { type: 'integer', default: 0, description: 'The discount on each price.' },
};
deploy({ 'discount-percent': 10 });

// Before the pool starts, so that its threads find the store by themselves. All threads share one watcher.
init({ directory, schemas: { shop: { version: '1.0', type: 'object', properties } } });
const pool = new Piscina({ filename: new URL('./worker.mjs', import.meta.url).href, minThreads: 2, maxThreads: 2 });

async function showPrices() {
  const prices = await Promise.all([100, 250, 1000].map((price) => pool.run(price)));
  console.log(prices.join(', '));
}

await showPrices();
deploy({ 'discount-percent': 25 });
// The watcher polls every 5 seconds, so a service need not wait. This requests a poll now.
await refresh();
await showPrices();

await pool.close();
await close();
