/**
 * Measures the delay of a thread's event loop while the thread reads options and their file keeps changing: without
 * changes, with this library, and with reloads in the thread itself.
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
/** The interval between simulated requests, each of which reads options. */
const TICK_MS = 1;
const KEYS_READ = 20;
const NS_PER_MS = 1e6;

/** The names of the percentiles. */
export const QUANTILES = PERCENTILES.map((percentile) => (percentile === 100 ? 'longest' : `${percentile} %`));

/** Returns milliseconds by contestant (`quiet`, `library`, `naive`) and percentile, a figure for each round. */
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
  const read = { library: makeLibraryReader(store), naive: makeNaiveReader(directory) };
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
  if (!Number.isFinite(sum)) throw new Error('The sum of all reads must be a number');
  await changer.terminate();
  await store.close();
  removeBase(directory);
  return samples;
}

function makeLibraryReader(store) {
  const live = store.namespace(NAMESPACE);
  const keys = chooseKeys(live.keys().map((key) => [key, live.get(key)]));
  return () => keys.reduce((sum, key) => sum + live.get(key), 0);
}

/** Calls `stat` on each request, which is cheap, and reloads if the file has changed. */
function makeNaiveReader(directory) {
  const file = join(directory, 'values', NAMESPACE, 'values.json');
  const load = openNaive(directory);
  let live = load().get(NAMESPACE);
  const keys = chooseKeys(live);
  let lastMtimeMs;
  return () => {
    const { mtimeMs } = statSync(file);
    if (mtimeMs !== lastMtimeMs) {
      lastMtimeMs = mtimeMs;
      try {
        live = load().get(NAMESPACE);
      } catch (error) {
        // A half-written file: code that reloads by itself must distinguish it from an invalid file.
        if (!(error instanceof SyntaxError)) throw error;
        lastMtimeMs = undefined;
      }
    }
    return keys.reduce((sum, key) => sum + live.get(key), 0);
  };
}

/** Chooses the options that a request reads: some numbers. */
function chooseKeys(entries) {
  return [...entries]
    .filter(([, value]) => typeof value === 'number')
    .map(([key]) => key)
    .slice(0, KEYS_READ);
}
