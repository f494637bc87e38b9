/** Collects what the library logs, without a logger. */
import type { Log } from '../../src/common/log.js';
import { LOG_LEVELS } from '../../src/common/log-codes.js';

/** Makes a log that adds each message to `lines`, after its level. */
export function collectLines(lines: string[], separator = ': '): Log {
  return (code, message) => void lines.push(`${LOG_LEVELS[code]}${separator}${message}`);
}

/** Removes the message of the start, the last one when a store has just been opened. Throws if it is missing. */
export function dropStart(messages: string[]): void {
  const last = messages.pop();
  if (!/^(?:info:? )?Started with /.test(last ?? '')) throw new Error(`Not the message of a start: ${last}`);
}

/** Makes a log that adds each message to `lines`, after its level and a space; that of a reload to `reloads`. */
export function collectPolls(lines: string[], reloads: string[] = []): Log {
  return (code, message) => void (code === 'values-live' ? reloads : lines).push(`${LOG_LEVELS[code]} ${message}`);
}
