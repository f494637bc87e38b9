/** `--strict`, the option of the commands that check values before they are deployed. */

/** The name and the description of the option, the arguments of `FlagOption`. */
export const STRICT = [
  'strict',
  'make errors of options that no schema declares, of keys that a schema has twice, and of integers that only a ' +
    'Node.js service rejects',
] as const;
