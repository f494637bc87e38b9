/** The watcher dies; the host goes on, with one message and the last values. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { Base, integer } from '../support/base.js';
import { type Outcome, runScript } from '../support/run.js';
import { buildVariant } from '../support/variant.js';

const HEAP_IS_FULL = 'Error: Worker terminated due to reaching memory limit: JS heap out of memory';
const CRASHED = 'WatcherError WATCHER_CRASHED';

function base(): Base {
  const made = new Base({ seer: { number: integer(0) } });
  made.writeValues('seer', { number: 1 });
  return made;
}

/** Expects the one message, and gives what the script has seen. */
function seen(outcome: Outcome, reason: string): unknown {
  expect(outcome.stderr).toBe(
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
])('by %s: one message, all threads know, the values stay, nothing starts again', async (how, cause) => {
  const made = base();
  const outcome = await runScript('crash.mjs', {
    arguments: [how, made.valuesFile('seer')],
    env: { SENTRY_OPTIONS_DIR: made.directory },
  });
  const reason = `Watcher thread panicked with: ${cause}`;
  const view = { health: 'crashed', watcher: 'crashed', reason, generation: 1, value: 1 };
  expect(seen(outcome, reason)).toEqual({
    here: view,
    there: view,
    failures: { atOnce: CRASHED, sync: CRASHED },
    polled: 0,
    valueInTheEnd: 1,
  });
});

/** Dies while the values of generation 5 lie in their slot, and the slot does not say so yet; the fifth request is there. */
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
])('by %s in the middle of a publication: refreshes that are pending fail, reads are whole', async (how, cause) => {
  const script = await buildVariant(...DIES_IN_MID_WRITE);
  const made = base();
  writeFileSync(join(made.directory, 'how'), how);
  const outcome = await runScript(script('crash-in-mid-write.mjs'), {
    arguments: [how, made.valuesFile('seer')],
    env: { SENTRY_OPTIONS_DIR: made.directory },
  });
  const reason = `Watcher thread panicked with: ${cause}`;
  const view = { health: 'crashed', watcher: 'crashed', reason, generation: 4, value: 4 };
  expect(seen(outcome, reason)).toEqual({
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
])(
  'by %s while its owner blocks in refreshSync(): that throws at once, and not at its time limit',
  async (how, cause) => {
    const made = base();
    const outcome = await runScript('blocked-owner.mjs', {
      arguments: [how],
      env: { SENTRY_OPTIONS_DIR: made.directory },
    });
    const reason = expect.stringContaining(`Watcher thread panicked with: ${cause}`);
    expect(JSON.parse(outcome.stdout)).toEqual({ failure: CRASHED, watcher: 'crashed', reason, value: 1 });
    // One message: the events that the event loop hears of afterwards say nothing more.
    expect(outcome.stderr.split('[sentry-options] error: ')).toEqual(['', reason]);
  },
);
