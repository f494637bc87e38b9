/** What a watcher asks of the system, by `strace`, where that is installed. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fork } from './fork.mjs';

/** What a program opens, in vain, to say in the trace that what counts begins or ends here. */
export const MARK = '/sentry-options-bench-mark';

/** Whether calls can be counted here. */
export function canTrace() {
  return spawnSync('strace', ['-V'], { stdio: 'ignore' }).status === 0;
}

/**
 * Runs `file` with `input` under strace. System calls by name, of all threads, between the first two times that the
 * program opened {@link MARK}; and what the program answered.
 */
export async function traceCalls(file, input) {
  const folder = mkdtempSync(join(tmpdir(), 'sentry-options-bench-'));
  const log = join(folder, 'trace');
  try {
    const result = await fork(file, input, { command: 'strace', args: ['-f', '-qq', '-o', log, process.execPath] });
    const [, between = ''] = readFileSync(log, 'utf8').split(new RegExp(`^.*${MARK}.*\\n`, 'm'));
    const calls = {};
    // `1234 statx(…` begins a call; a line that resumes one does not count again.
    for (const [, name] of between.matchAll(/^\d+ +(\w+)\(/gm)) calls[name] = (calls[name] ?? 0) + 1;
    return { calls, result };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
