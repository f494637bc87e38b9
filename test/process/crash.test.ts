/** The watcher dies; the host goes on, with one message and the last values. */
import { expect, it } from 'vitest';
import { Base, integer } from '../support/base.js';
import { runScript } from '../support/run.js';

it.each([
  ['exception', 'Error: crashed on demand'],
  ['exit', 'the thread ended with exit code 3'],
  ['terminate', 'the thread ended with exit code 1'],
])('by %s: one message, the status says so, the values stay, nothing starts again', async (how, cause) => {
  const base = new Base({ seer: { number: integer(1) } });
  base.writeValues('seer', { number: 2 });
  const outcome = await runScript('crash.mjs', {
    arguments: [how, base.valuesFile('seer')],
    env: { SENTRY_OPTIONS_DIR: base.directory },
  });
  const reason = `Watcher thread panicked with: ${cause}`;
  expect(outcome.stderr).toBe(
    `[sentry-options] error: ${reason}\nThe last published values stay in use; the watcher is not started again.\n`,
  );
  expect(outcome.code).toBe(0);
  expect(JSON.parse(outcome.stdout)).toEqual({
    watcher: 'crashed',
    health: 'crashed',
    generation: 1,
    failure: ['WatcherError', 'WATCHER_CRASHED', 'WATCHER_CRASHED'],
    value: 2,
    polledAgain: false,
    reason,
  });
});
