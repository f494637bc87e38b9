/**
 * Measures reads of constant keys, as a service's source has them: each read has its own place in the code, for which V8
 * compiles it. The code is generated, because a place for each of thousands of keys cannot be written out.
 */
import { openOptions } from '../../dist/index.js';
import { makeBase, properties, removeBase } from './base.mjs';
import { timeInTurn, WARM_UP_NS } from './rounds.mjs';

/** How often a function reads its keys when it is called. */
const REPEATS = 50;
/** The most options whose properties V8 keeps in its fast form, where it inlines their reads. */
export const MAX_FAST = 1_000;
/** How many keys a function reads: few, as in a service; more, where V8 inlines none, so that there are fewer functions. */
const [FEW, MANY] = [5, 50];
/** The factor of the warm-up: V8 compiles hundreds of functions, one after the other. */
const WARM_UP = 20;

/**
 * Ways to read a constant key, each with the name of what it reads from. V8 shares what it learns about code among
 * functions with the same text, so each way needs a name of its own.
 */
const WAYS = {
  map: { source: 'map', read: (key) => `map.get(${JSON.stringify(key)})` },
  get: { source: 'namespace', read: (key) => `namespace.get(${JSON.stringify(key)})` },
  values: { source: 'values', read: (key) => `values[${JSON.stringify(key)}]` },
};

/** Measures all `sizes` in one process. Returns nanoseconds by `constant.SIZE.WAY`, a figure for each round. */
export async function measureConstants({ rounds, sizes, warmUpNs = WARM_UP_NS }) {
  const directory = makeBase(Object.fromEntries(sizes.map((size) => [`options-${size}`, size])));
  const store = openOptions({ directory, pollInterval: null });
  const samples = {};
  for (const size of sizes) {
    const namespace = store.namespace(`options-${size}`);
    const keys = Object.keys(properties(size));
    const scope = { namespace, map: new Map(keys.map((key) => [key, namespace.get(key)])), values: namespace.values };
    const contestants = Object.entries(WAYS).map(([way, { source, read }]) => {
      const functions = makeFunctions(source, keys.map(read), size > MAX_FAST ? MANY : FEW);
      return [`constant.${size}.${way}`, (passes) => runFunctions(functions, scope[source], passes)];
    });
    const timing = { operations: size * REPEATS, rounds, warmUpNs: WARM_UP * warmUpNs };
    Object.assign(samples, await timeInTurn(Object.fromEntries(contestants), timing));
  }
  await store.close();
  removeBase(directory);
  return samples;
}

/** Makes functions, each with the next `count` of `reads`. All read the same keys in the same order in each way. */
function makeFunctions(source, reads, count) {
  const functions = [];
  for (let first = 0; first < reads.length; first += count) {
    const some = reads.slice(first, first + count).map((read) => `if (${read} !== undefined) count++;`);
    const body = `let count = 0; for (let left = repeats; left > 0; left--) { ${some.join(' ')} } return count;`;
    functions.push(new Function(source, 'repeats', body));
  }
  return functions;
}

function runFunctions(functions, source, passes) {
  let count = 0;
  for (let pass = 0; pass < passes; pass++) for (const each of functions) count += each(source, REPEATS);
  return count;
}
