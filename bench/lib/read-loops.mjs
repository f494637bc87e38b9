/**
 * The loops of the benchmark, one for each way to read. Each compares the value of every read, so that V8 cannot remove
 * a read. Each loop is written out: V8 would compile a shared loop for all ways at once, and inline none of them.
 */

/** Ways to read known keys. All read the same keys in the same order, and get the same values. */
export const LOOPS = {
  map({ keys, map }, passes) {
    let count = 0;
    for (let pass = 0; pass < passes; pass++) for (const key of keys) if (map.get(key) !== undefined) count++;
    return count;
  },
  frozen({ keys, frozen }, passes) {
    let count = 0;
    for (let pass = 0; pass < passes; pass++) for (const key of keys) if (frozen[key] !== undefined) count++;
    return count;
  },
  get({ keys, namespace }, passes) {
    let count = 0;
    for (let pass = 0; pass < passes; pass++) for (const key of keys) if (namespace.get(key) !== undefined) count++;
    return count;
  },
  values({ keys, values }, passes) {
    let count = 0;
    for (let pass = 0; pass < passes; pass++) for (const key of keys) if (values[key] !== undefined) count++;
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

/** Ways to read options that no file sets. */
export const DEFAULT_LOOPS = {
  map({ unset, map }, passes) {
    let count = 0;
    for (let pass = 0; pass < passes; pass++) for (const key of unset) if (map.get(key) !== undefined) count++;
    return count;
  },
  get({ unset, namespace }, passes) {
    let count = 0;
    for (let pass = 0; pass < passes; pass++) for (const key of unset) if (namespace.get(key) !== undefined) count++;
    return count;
  },
};

/** How other libraries read. */
export const PEER_LOOPS = {
  config({ keys, config }, passes) {
    let count = 0;
    for (let pass = 0; pass < passes; pass++) for (const key of keys) if (config.get(key) !== undefined) count++;
    return count;
  },
  convict({ keys, convict }, passes) {
    let count = 0;
    for (let pass = 0; pass < passes; pass++) for (const key of keys) if (convict.get(key) !== undefined) count++;
    return count;
  },
};

/** Makes a loop that reads an unknown key, which throws in each of these libraries. */
export function missLoop(source, operations) {
  return (passes) => {
    let count = 0;
    for (let left = passes * operations; left > 0; left--) {
      try {
        source.get('no-such-option');
      } catch {
        count++;
      }
    }
    return count;
  };
}
