/** Stops watchers at every step in every way, in a child process. For `npm run test:faults` and faults.test.ts. */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { makeVariant } from '../support/make-variant.mjs';
import { EDITS, STEPS, WAYS } from './steps.mjs';

/**
 * Stops watchers at every step in every way, `times` times each, and passes the result of each step and way, as
 * `fault-rounds.mjs` prints it, to `onRow`. Rejects if the process fails.
 */
export async function injectFaults(times, onRow) {
  const directory = mkdtempSync(join(tmpdir(), 'sentry-options-faults-'));
  try {
    await makeVariant(directory, EDITS);
    const script = join(directory, 'test/fixtures/fault-rounds.mjs');
    const child = spawn(process.execPath, [script, JSON.stringify({ times, steps: STEPS, ways: WAYS })], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    createInterface({ input: child.stdout }).on('line', (line) => onRow(JSON.parse(line)));
    const code = await new Promise((resolve, reject) => child.on('error', reject).on('close', resolve));
    if (code !== 0) throw new Error(`fault-rounds.mjs ended with exit code ${code}`);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}
