/** Counts a watcher's system calls with `strace`, if it is installed. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fork } from './fork.mjs';

/** A missing path. A program calls `stat` on it to mark the begin and the end of the counted calls in the trace. */
export const MARK = '/sentry-options-bench-mark';

/** Whether strace is installed. */
export function canTrace() {
  return spawnSync('strace', ['-V'], { stdio: 'ignore' }).status === 0;
}

/**
 * Runs `file` with `input` under strace. Returns the number of system calls by name, of all threads, between the first
 * two calls with {@link MARK}; and the answer of the program.
 */
export async function traceCalls(file, input) {
  const folder = mkdtempSync(join(tmpdir(), 'sentry-options-bench-'));
  const log = join(folder, 'trace');
  try {
    const result = await fork(file, input, { command: 'strace', args: ['-f', '-qq', '-o', log, process.execPath] });
    const [, between = ''] = readFileSync(log, 'utf8').split(new RegExp(`^.*${MARK}.*\\n`, 'm'));
    const calls = {};
    // `1234 statx(…` begins a call; a line that resumes a call does not count again.
    for (const [, name] of between.matchAll(/^\d+ +(\w+)\(/gm)) calls[name] = (calls[name] ?? 0) + 1;
    return { calls, result };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
