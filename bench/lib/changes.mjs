/** Measures all reads of a namespace after a reload that changed all options, a few, or none. */
import { isDeepStrictEqual } from 'node:util';
import { openOptions } from '../../dist/index.js';
import { allValues, KIND_COUNT, LIST, makeBase, removeBase, writeValues } from './base.mjs';
import { addSamples } from './fork.mjs';
import { undisturbed } from './undisturbed.mjs';

/**
 * Measures in this process, in turn, with a loop that V8 has compiled in `warmUp` passes, as in a service at work. Returns microseconds by contestant, a figure for each round: `all`, `few` and
 * `none` after a reload with as many changes, `quiet` after a reload of another store.
 */
export async function measureChanges({ rounds, options: count, few, warmUp }) {
  const [directory, otherDirectory] = [makeBase({ service: count }), makeBase({ service: count })];
  const [store, other] = [directory, otherDirectory].map((each) =>
    openOptions({ directory: each, pollInterval: null }),
  );
  const live = store.namespace('service');
  const keys = live.keys();
  // Lists: their values differ in any two generations.
  const some = keys.filter((_, index) => index % KIND_COUNT === LIST).slice(0, few);
  let generation = 0;
  let written;
  const reload = (content) => {
    written = content;
    rewrite(store, directory, written);
  };
  const contestants = {
    // Nothing else counts the generations: a boolean differs only from the generation before.
    all: () => reload(allValues(count, ++generation)),
    few() {
      const newer = allValues(count, performance.now());
      reload({ ...written, ...Object.fromEntries(some.map((key) => [key, newer[key]])) });
    },
    // The file has the same values, and says that it was generated later.
    none: () => reload(written),
    // Another watcher does the same work meanwhile: it cools the CPU caches, too.
    quiet: () => rewrite(other, otherDirectory, written),
  };
  const measureOnce = (prepare) => {
    prepare();
    const begun = performance.now();
    const found = readAll(live, keys);
    const elapsed = performance.now() - begun;
    if (found !== count) throw new Error(`${count - found} options are missing`);
    return elapsed;
  };
  contestants.all();
  for (let count = 0; count < warmUp; count++) readAll(live, keys);
  const samples = {};
  const names = Object.keys(contestants);
  for (let round = 0; round < rounds; round++) {
    for (let turn = 0; turn < names.length; turn++) {
      const name = names[(round + turn) % names.length];
      const ms = await undisturbed(() => measureOnce(contestants[name]));
      for (const key of keys) {
        if (!isDeepStrictEqual(live.get(key), written[key])) throw new Error(`${key} differs from the written value`);
      }
      addSamples(samples, { [`changes|${name}`]: ms * 1_000 });
    }
  }
  await Promise.all([store.close(), other.close()]);
  removeBase(directory);
  removeBase(otherDirectory);
  return samples;
}

function rewrite(store, directory, written) {
  writeValues(directory, 'service', written);
  if (!store.refreshSync()) throw new Error('The watcher did not detect the change');
}

function readAll(live, keys) {
  let found = 0;
  for (const key of keys) if (live.get(key) !== undefined) found++;
  return found;
}
