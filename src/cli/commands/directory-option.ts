/** `--dir`, the option of all commands that show what a base directory resolves to. */

/** The name and the description of the option, the arguments of `ValueOption`. */
export const BASE_DIRECTORY = [
  'dir',
  'base directory (default: SENTRY_OPTIONS_DIR, else /etc/sentry-options if it exists, else ./sentry-options)',
] as const;
