/**
 * How late the event loop of a thread is, while it reads options and their file changes all the time: in quiet, with
 * this library, and reloading in the thread itself.
 */
import { once } from 'node:events';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { openOptions } from '../../dist/index.js';
import { makeBase, removeBase } from './base.mjs';
import { openNaive } from './naive.mjs';

const NAMESPACE = 'service';
const PERCENTILES = [50, 90, 99, 99.9, 100];
/** What a service does: a request every now and then, which reads. */
const TICK_MS = 1;
const KEYS_READ = 20;
const NS_PER_MS = 1e6;

/** Where in a list of delays each percentile stands. */
export const QUANTILES = PERCENTILES.map((percentile) => (percentile === 100 ? 'longest' : `${percentile} %`));

/** Milliseconds by contestant (`quiet`, `library`, `naive`) and percentile, a figure for each round. */
export async function measureDelays({ options, rounds, windowMs, changeEveryMs }) {
  const sizes = { [NAMESPACE]: options };
  const directory = makeBase(sizes);
  const store = openOptions({ directory, pollInterval: Math.max(10, changeEveryMs / 2) });
  const changer = new Worker(new URL('./changing-thread.mjs', import.meta.url), {
    workerData: { directory, sizes, everyMs: changeEveryMs },
  });
  const change = async (isOn) => {
    changer.postMessage(isOn);
    await once(changer, 'message');
  };
  const read = { library: readLibrary(store), naive: readNaive(directory) };
  const contestants = ['quiet', 'library', 'naive'];
  const samples = {};
  let sum = 0;
  for (let round = 0; round < rounds; round++) {
    for (let turn = 0; turn < contestants.length; turn++) {
      const name = contestants[(round + turn) % contestants.length];
      const request = read[name] ?? read.library;
      await change(name !== 'quiet');
      const ticking = setInterval(() => {
        sum += request();
      }, TICK_MS);
      const histogram = monitorEventLoopDelay({ resolution: TICK_MS });
      histogram.enable();
      await sleep(windowMs);
      histogram.disable();
      clearInterval(ticking);
      await change(false);
      PERCENTILES.forEach((percentile, index) => {
        const key = `${name}|${QUANTILES[index]}`;
        samples[key] = [...(samples[key] ?? []), histogram.percentile(percentile) / NS_PER_MS];
      });
    }
  }
  if (!Number.isFinite(sum)) throw new Error('Nothing was read');
  await changer.terminate();
  await store.close();
  removeBase(directory);
  return samples;
}

function readLibrary(store) {
  const live = store.namespace(NAMESPACE);
  const keys = keysToRead(live.keys().map((key) => [key, live.get(key)]));
  return () => keys.reduce((sum, key) => sum + live.get(key), 0);
}

/** Looks at the file at each request, which is cheap, and reloads where it has changed. */
function readNaive(directory) {
  const file = join(directory, 'values', NAMESPACE, 'values.json');
  const load = openNaive(directory);
  let live = load().get(NAMESPACE);
  const keys = keysToRead(live);
  let seen;
  return () => {
    const { mtimeMs } = statSync(file);
    if (mtimeMs !== seen) {
      seen = mtimeMs;
      try {
        live = load().get(NAMESPACE);
      } catch (error) {
        // Half a file: whoever reloads for himself has to tell that from a issue.
        if (!(error instanceof SyntaxError)) throw error;
        seen = undefined;
      }
    }
    return keys.reduce((sum, key) => sum + live.get(key), 0);
  };
}

/** The options that a request reads: some numbers. */
function keysToRead(entries) {
  return [...entries]
    .filter(([, value]) => typeof value === 'number')
    .map(([key]) => key)
    .slice(0, KEYS_READ);
}
