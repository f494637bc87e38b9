/** `--dir`, as all commands have it that show what a directory resolves to. */

/** The name and the description of the option; a command makes a `ValueOption` of it. */
export const BASE_DIRECTORY = [
  'dir',
  'base directory (default: SENTRY_OPTIONS_DIR, else /etc/sentry-options, else ./sentry-options)',
] as const;
