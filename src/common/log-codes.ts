/**
 * The kinds of messages: one code for each, by which alerts match messages of any text. Runs in every thread.
 * docs/monitoring.md lists the codes.
 */

/** The severity of a message. */
export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

/** The level of each kind of message. A code never changes its meaning; a new meaning gets a new code. */
export const LOG_LEVELS = {
  started: 'info',
  'start-delayed': 'warn',
  'values-live': 'info',
  'values-rejected': 'error',
  'values-unreadable': 'error',
  'values-held-back': 'error',
  'values-suspicious': 'warn',
  'values-fallback': 'error',
  'values-missing': 'warn',
  'volume-gone': 'warn',
  'values-deleted': 'warn',
  'values-undeclared': 'warn',
  'values-undated': 'warn',
  'values-recovered': 'info',
  'mounts-wrong': 'warn',
  'mounts-recovered': 'info',
  'schemas-missing': 'warn',
  'schemas-skipped': 'warn',
  'watcher-crashed': 'error',
  'watcher-hung': 'warn',
  'memory-overwritten': 'error',
  'read-failed': 'error',
  'refresh-failed': 'error',
  'listener-failed': 'error',
  'call-invalid': 'error',
  'flag-off': 'debug',
  'flag-unknown': 'warn',
  'context-incomplete': 'warn',
  'ofrep-failed': 'error',
  'inspect-ready': 'info',
  'inspect-off': 'warn',
  'inspect-failed': 'debug',
  'state-failed': 'warn',
  'state-recovered': 'info',
  'telemetry-off': 'warn',
  'sentry-mismatch': 'warn',
  'logger-failed': 'error',
} as const satisfies Readonly<Record<string, LogLevel>>;

/** What a message means, for programs. */
export type LogCode = keyof typeof LOG_LEVELS;

/**
 * Whether a message goes to stderr if there is no logger: only problems, and their ends, whose codes end in `-recovered`.
 * Without the ends, its log would end on a problem.
 */
export function isForStderr(code: LogCode): boolean {
  const level: LogLevel = LOG_LEVELS[code];
  return level === 'warn' || level === 'error' || code.endsWith('-recovered');
}
