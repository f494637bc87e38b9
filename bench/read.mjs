/** What a read costs: `get`, `option(key).value` and the others, against a `Map.get` of the same keys. */
import { fileURLToPath } from 'node:url';
import { openOptions } from 'sentry-options';
import { makeBase, properties, removeBase } from './lib/base.mjs';
import { answer, fork, inputOf } from './lib/fork.mjs';
import { timeInTurn } from './lib/rounds.mjs';
import { ratios, summarize } from './lib/statistics.mjs';

const FILE = fileURLToPath(import.meta.url);

export const title = 'What does a read cost?';

/** V8 seeds its string hashes anew in each process, and compiles the same code a little differently. */
const PROCESSES = 10;
const ROUNDS = 40;
/** Reads in a pass: the namespace's keys, over and over. */
const READS = 10_000;
/** The namespaces, by number of options. */
const SIZES = { small: 10, usual: 100, large: 10_000 };

/**
 * One way to read each. A result is used by the comparison, so that no read can be left out. Written out one by one:
 * a loop that calls what it is given would be compiled for all of them at once, and inline none.
 */
const LOOPS = {
  map({ keys, map }, passes) {
    let count = 0;
    for (let pass = 0; pass < passes; pass++) for (const key of keys) if (map.get(key) !== undefined) count++;
    return count;
  },
  get({ keys, namespace }, passes) {
    let count = 0;
    for (let pass = 0; pass < passes; pass++) for (const key of keys) if (namespace.get(key) !== undefined) count++;
    return count;
  },
  option({ options }, passes) {
    let count = 0;
    for (let pass = 0; pass < passes; pass++) for (const option of options) if (option.value !== undefined) count++;
    return count;
  },
  isset({ keys, namespace }, passes) {
    let count = 0;
    for (let pass = 0; pass < passes; pass++) for (const key of keys) if (namespace.isset(key)) count++;
    return count;
  },
  pinned({ keys, pinned }, passes) {
    let count = 0;
    for (let pass = 0; pass < passes; pass++) for (const key of keys) if (pinned.get(key) !== undefined) count++;
    return count;
  },
};

/** Measures in fresh processes, one after the other. */
export async function run(progress) {
  const samples = {};
  for (let done = 0; done < PROCESSES; done++) {
    progress(done, PROCESSES);
    for (const [name, figures] of Object.entries(await fork(FILE, {}))) {
      samples[name] = [...(samples[name] ?? []), ...figures];
    }
  }
  const row = (what, name, against, partner, target) => ({
    what,
    against,
    unit: 'ns',
    figure: summarize(samples[name]),
    other: summarize(samples[partner]),
    ratio: summarize(ratios(samples[name], samples[partner])),
    target,
  });
  return [
    row('get, 100 options', 'usual.get', 'Map.get', 'usual.map', 1.2),
    row('option(key).value, 100 options', 'usual.option', 'Map.get', 'usual.map', 0.7),
    row('get, 10 000 options', 'large.get', 'get, 10 options', 'small.get', 2),
    row('  for scale: Map.get, 10 000 keys', 'large.map', 'Map.get, 10 keys', 'small.map'),
    row('get, 10 options', 'small.get', 'Map.get', 'small.map'),
    row('get, 10 000 options', 'large.get', 'Map.get', 'large.map'),
    row('isset, 100 options', 'usual.isset', 'Map.get', 'usual.map'),
    row('snapshot().namespace(n).get, 100 options', 'usual.pinned', 'Map.get', 'usual.map'),
  ];
}

/** All contestants in one process: nanoseconds by name, a figure for each round. */
async function measure() {
  const directory = makeBase(SIZES);
  const store = openOptions({ directory, pollInterval: null });
  const contestants = {};
  for (const [size, count] of Object.entries(SIZES)) {
    const scope = scopeOf(store, size, count);
    for (const [name, loop] of Object.entries(LOOPS)) {
      contestants[`${size}.${name}`] = (passes) => loop(scope, passes);
    }
  }
  const samples = timeInTurn(contestants, { operations: READS, rounds: ROUNDS });
  await store.close();
  removeBase(directory);
  return samples;
}

/** What the loops read from. All see the same keys in the same order, and give the same values. */
function scopeOf(store, name, count) {
  const namespace = store.namespace(name);
  const pinned = store.snapshot().namespace(name);
  // Property names are interned by V8, as literals in a service's source are.
  const names = Object.keys(properties(count));
  // Values by way of the snapshot: 10 000 first reads before all others would have V8 take the slow path, on which an
  // option is decoded, for the usual one.
  const map = new Map(names.map((key) => [key, pinned.get(key)]));
  const order = shuffle(names);
  const keys = Array.from({ length: READS }, (_, index) => order[index % order.length]);
  return {
    keys,
    map,
    namespace,
    options: keys.map((key) => namespace.option(key)),
    pinned,
  };
}

/** The same order in each process, and not that in which the keys lie in memory. */
function shuffle(names) {
  const shuffled = [...names];
  let state = 1;
  for (let last = shuffled.length - 1; last > 0; last--) {
    state = (state * 48_271) % 2_147_483_647;
    const other = state % (last + 1);
    [shuffled[last], shuffled[other]] = [shuffled[other], shuffled[last]];
  }
  return shuffled;
}

if (inputOf(FILE) !== undefined) answer(await measure());
