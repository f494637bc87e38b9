/** Runs variants of the package with faults in them, in child processes. For `npm run test:faults` and its short forms. */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { makeVariant } from '../support/make-variant.mjs';
import { PLANTED } from './planted.mjs';
import { STATE_EDITS, STATE_STEPS } from './state.mjs';
import { EDITS, STEPS, UNCHANGED_STEPS, WAYS } from './steps.mjs';

/**
 * Stops watchers at every step in every way, `times` times each, and passes the result of each step and way, as
 * `fault-rounds.mjs` prints it, to `onRow`. Rejects if the process fails.
 */
export async function injectFaults(times, onRow, steps = [...STEPS, ...UNCHANGED_STEPS], ways = WAYS) {
  await runVariant(EDITS, 'fault-rounds.mjs', { times, steps, ways }, onRow);
}

/** Plants each fault of {@link PLANTED} in the sources, and passes its name and the first failure of its check to `onRow`. */
export async function plantFaults(onRow) {
  for (const { name, edits, steps, property } of PLANTED) {
    const failures = [];
    const add = (result) => failures.push(...result.failures);
    if (steps === undefined) await runVariant(edits, 'reload-generations.mjs', {}, add);
    else await runVariant([...EDITS, ...edits], 'fault-rounds.mjs', { times: 1, steps, ways: ['exception'] }, add);
    onRow({ name, found: failures.find((failure) => failure.includes(property)) });
  }
}

/** Kills `rounds` processes that write their state directory, at one step after another. Passes each result to `onRow`. */
export async function killWriters(rounds, onRow) {
  // In this order, something is kept before all steps but the last one, before which the fixture removes the folder.
  const [first, ...others] = STATE_STEPS;
  const by = (leaves) => others.filter((step) => step.leaves === leaves);
  await runVariant(STATE_EDITS, 'state-rounds.mjs', { rounds, steps: [...by('new'), ...by('old'), first] }, onRow);
}

/** Builds the package with `edits`, and runs a fixture of it. Calls `onResult` with each line of JSON that it prints. */
async function runVariant(edits, fixture, input, onResult) {
  const directory = mkdtempSync(join(tmpdir(), 'sentry-options-faults-'));
  try {
    await makeVariant(directory, edits);
    const script = join(directory, 'test/fixtures', fixture);
    const child = spawn(process.execPath, [script, JSON.stringify(input)], { stdio: ['ignore', 'pipe', 'pipe'] });
    let stderr = '';
    child.stderr.on('data', (chunk) => {
      stderr += chunk;
    });
    createInterface({ input: child.stdout }).on('line', (line) => onResult(JSON.parse(line)));
    const code = await new Promise((resolve, reject) => child.on('error', reject).on('close', resolve));
    if (code !== 0) throw new Error(`${fixture} ended with exit code ${code}: ${stderr}`);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}
