/** Judges whether a flag is needed, by its counts: the rule of the command line and of the server's page. Any thread; pure. */
import type { FlagUsage } from './usage.js';

/**
 * `unused`: never evaluated, and its definition never read; `alwaysOn`, `alwaysOff`: each evaluation gave this answer;
 * `used`: all others. An evaluation that failed answered off, but not because of the flag: such a flag is `used`.
 */
export type FlagState = 'unused' | 'alwaysOn' | 'alwaysOff' | 'used';

/** @param isRead whether anything has read the flag's definition */
export function judgeFlag({ on, off, errors }: Pick<FlagUsage, 'on' | 'off' | 'errors'>, isRead: boolean): FlagState {
  if (errors > 0) return 'used';
  if (on + off === 0) return isRead ? 'used' : 'unused';
  return off === 0 ? 'alwaysOn' : on === 0 ? 'alwaysOff' : 'used';
}
