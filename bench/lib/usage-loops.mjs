/**
 * Loops over flags and options, for `usage.mjs`. It imports this module once for each build of the library, with another query
 * each time: V8 would compile a loop that two builds share for both of them.
 */

/** The flags, and what each one stands for. */
export const FLAGS = {
  on: 'on for everybody',
  list: 'in a list of 100, context reused',
  half: 'rollout of 50 %, context reused',
  unset: 'not set',
};

/** Makes the loops of one build. Each runs over `contexts` or `keys` once in a pass. */
export function makeLoops(flags, options, { contexts, keys }) {
  const { values } = options;
  const held = keys.map((key) => options.option(key));
  return {
    on(passes) {
      let count = 0;
      for (let pass = 0; pass < passes; pass++) for (const context of contexts) if (flags.has('on', context)) count++;
      return count;
    },
    list(passes) {
      let count = 0;
      for (let pass = 0; pass < passes; pass++) for (const context of contexts) if (flags.has('list', context)) count++;
      return count;
    },
    half(passes) {
      let count = 0;
      for (let pass = 0; pass < passes; pass++) for (const context of contexts) if (flags.has('half', context)) count++;
      return count;
    },
    unset(passes) {
      let count = 0;
      for (let pass = 0; pass < passes; pass++)
        for (const context of contexts) if (flags.has('unset', context)) count++;
      return count;
    },
    get(passes) {
      let sum = 0;
      for (let pass = 0; pass < passes; pass++) for (const key of keys) sum += options.get(key);
      return sum;
    },
    values(passes) {
      let sum = 0;
      for (let pass = 0; pass < passes; pass++) for (let turn = 0; turn < keys.length; turn++) sum += values['limit-7'];
      return sum;
    },
    option(passes) {
      let sum = 0;
      for (let pass = 0; pass < passes; pass++) for (const option of held) sum += option.value;
      return sum;
    },
  };
}
