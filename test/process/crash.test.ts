/** Tests that the host survives a crash of the watcher, with one message and the last values. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { Base, integer } from '../support/base.js';
import { type Outcome, runScript } from '../support/run.js';
import { buildVariant } from '../support/variant.js';

const HEAP_IS_FULL = 'Error: Worker terminated due to reaching memory limit: JS heap out of memory';
const CRASHED = 'WatcherError WATCHER_CRASHED';

function makeBase(): Base {
  const base = new Base({ seer: { number: integer(0) } });
  base.writeValues('seer', { number: 1 });
  return base;
}

/** Expects one message, with or without frames of the stack, and returns the output of the script. */
function parseOutput(outcome: Outcome, reason: string): unknown {
  expect(outcome.stderr.replace(/\n {4}at .*/g, '')).toBe(
    `[sentry-options] error: ${reason}\nThe last published values stay in use; the watcher does not restart.\n`,
  );
  expect(outcome.code).toBe(0);
  return JSON.parse(outcome.stdout);
}

it.each([
  ['exception', 'Error: crashed on demand'],
  ['rejection', 'Error: crashed on demand'],
  ['throw-null', 'null'],
  ['exit', 'the thread ended with exit code 3'],
  ['out-of-memory', HEAP_IS_FULL],
  ['out-of-memory-arrays', HEAP_IS_FULL],
  ['terminate', 'the thread ended with exit code 1'],
])(
  'A crash by %s logs one message, is known to all threads, keeps the values, and restarts nothing',
  async (how, cause) => {
    const base = makeBase();
    const outcome = await runScript('crash.mjs', {
      arguments: [how, base.valuesFile('seer')],
      env: { SENTRY_OPTIONS_DIR: base.directory },
    });
    const reason = `Watcher thread panicked with: ${cause}`;
    const view = { health: 'crashed', watcher: 'crashed', reason, generation: 1, value: 1 };
    expect(parseOutput(outcome, reason)).toEqual({
      here: view,
      there: view,
      failures: { atOnce: CRASHED, sync: CRASHED },
      polled: 0,
      valueInTheEnd: 1,
    });
  },
);

/** Crashes when the slot holds the values of generation 5 but is not marked yet, and five requests have been made. */
const DIES_IN_MID_WRITE = [
  {
    file: 'src/memory/cell/writer.ts',
    from: '// step:C',
    to: '    globalThis.midWrite(this.#buffer, generation);\n    // C. After the payload',
  },
  {
    file: 'workers/watcher.ts',
    from: 'void main();',
    to: `
      globalThis.midWrite = (buffer, generation) => {
        if (buffer !== data.values || generation !== 5) return;
        while (control.requested < 5);
        const how = require('node:fs').readFileSync(data.directory + '/how', 'utf8');
        if (how === 'spin') for (;;);
        crash(how);
      };
      void main();`,
  },
];

it.each([
  ['exception', 'Error: crashed on demand'],
  ['exit', 'the thread ended with exit code 3'],
  ['out-of-memory-arrays', HEAP_IS_FULL],
  ['spin', 'the thread ended with exit code 1'],
])('A crash by %s during a publication rejects pending refreshes and leaves whole values', async (how, cause) => {
  const script = await buildVariant(...DIES_IN_MID_WRITE);
  const base = makeBase();
  writeFileSync(join(base.directory, 'how'), how);
  const outcome = await runScript(script('crash-in-mid-write.mjs'), {
    arguments: [how, base.valuesFile('seer')],
    env: { SENTRY_OPTIONS_DIR: base.directory },
  });
  const reason = `Watcher thread panicked with: ${cause}`;
  const view = { health: 'crashed', watcher: 'crashed', reason, generation: 4, value: 4 };
  expect(parseOutput(outcome, reason)).toEqual({
    pending: [CRASHED, CRASHED],
    here: view,
    there: view,
    failures: { atOnce: CRASHED, sync: CRASHED },
    late: 4,
  });
});

it.each([
  ['exception', 'Error: crashed on demand'],
  ['exit', 'the thread ended with exit code 3'],
  ['out-of-memory-arrays', 'the thread ended without an error'],
  ['terminate', 'the thread ended without an error'],
])('A crash by %s makes a blocked refreshSync() of the owner throw at once, not at its timeout', async (how, cause) => {
  const base = makeBase();
  const outcome = await runScript('blocked-owner.mjs', {
    arguments: [how],
    env: { SENTRY_OPTIONS_DIR: base.directory },
  });
  const reason = expect.stringContaining(`Watcher thread panicked with: ${cause}`);
  expect(JSON.parse(outcome.stdout)).toEqual({ failure: CRASHED, watcher: 'crashed', reason, value: 1 });
  // One message: the events that arrive later log nothing more.
  expect(outcome.stderr.split('[sentry-options] error: ')).toEqual(['', reason]);
});
