/**
 * One way to read each. A result is used by the comparison, so that no read can be left out. Written out one by one:
 * a loop that calls what it is given would be compiled for all of them at once, and inline none.
 */

/** Ways to read what is there. All see the same keys in the same order, and give the same values. */
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

/** How others read. */
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

/** A loop over reads of what is not there, which is an exception with each of these. */
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
