/**
 * Loops that read constant keys, as a service's source does: each read has its own place in the code, for which V8
 * compiles it. Generated, because a place for each of thousands of keys cannot be written out.
 */

/** How often a function reads its keys when it is called. */
const REPEATS = 50;

/**
 * Ways to read the constant key `key`. V8 shares what it learns about code among functions with the same source, so the
 * name of the source must differ in each way.
 */
const WAYS = {
  map: (key) => `map.get(${key})`,
  get: (key) => `namespace.get(${key})`,
  values: (key) => `values[${key}]`,
};

/**
 * Makes a loop for each way, in the form of `read-loops.mjs`. All read the same keys in the same order.
 *
 * @param keysInFunction the number of keys that a function reads. V8 inlines about 18 properties into a function.
 * @returns the loops, and the number of reads in a pass
 */
export function makeConstantLoops(keys, keysInFunction) {
  const loops = Object.fromEntries(
    Object.entries(WAYS).map(([way, read]) => [
      way,
      makeLoop(way === 'get' ? 'namespace' : way, read, keys, keysInFunction),
    ]),
  );
  return { loops, operations: keys.length * REPEATS };
}

function makeLoop(source, read, keys, keysInFunction) {
  const functions = [];
  for (let first = 0; first < keys.length; first += keysInFunction) {
    const reads = keys
      .slice(first, first + keysInFunction)
      .map((key) => `if (${read(JSON.stringify(key))} !== undefined) count++;`);
    const body = `let count = 0; for (let left = repeats; left > 0; left--) { ${reads.join(' ')} } return count;`;
    functions.push(new Function(source, 'repeats', body));
  }
  return (scope, passes) => {
    let count = 0;
    for (let pass = 0; pass < passes; pass++) for (const each of functions) count += each(scope[source], REPEATS);
    return count;
  };
}
