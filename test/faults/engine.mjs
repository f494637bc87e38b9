/** Stops watchers at every step in every way, in a process of its own. For the command and for its short form. */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { makeVariant } from '../support/make-variant.mjs';
import { EDITS, STEPS, WAYS } from './steps.mjs';

/**
 * Each step, each way, `times` times; `onRow` is called with what came of each step and way, as `fault-rounds.mjs` says
 * it. Rejects where the process fails.
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
    if (code !== 0) throw new Error(`The rounds of faults ended with exit code ${code}`);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}
