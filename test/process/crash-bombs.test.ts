/** Tests that files meant to exhaust the watcher's memory do not end it. */
import { expect, it } from 'vitest';
import { Base, integer } from '../support/base.js';
import { runScript } from '../support/run.js';

const NUMBER = { type: 'integer' };

function declareArray(items: object): object {
  return { type: 'array', items, default: [], description: 'a list' };
}

/** Declares lists nested `depth` levels deep. */
function nestLists(depth: number): object {
  return depth === 0 ? NUMBER : { type: 'array', items: nestLists(depth - 1) };
}

it('The watcher survives files of 8 MiB of tiny objects or nested lists and reads the next good file', async () => {
  const objects = declareArray({ type: 'object', additionalProperties: NUMBER });
  const base = new Base({
    seer: { number: integer(1), numbers: declareArray(NUMBER), objects, nested: declareArray(nestLists(60)) },
  });
  base.writeValues('seer', { number: 2 });
  const outcome = await runScript('json-bombs.mjs', {
    arguments: [base.valuesFile('seer')],
    env: { SENTRY_OPTIONS_DIR: base.directory },
  });
  // The rejections are thrown by refresh().
  expect(outcome.stderr.replaceAll(/info: The values in \S+ are valid again\.\n/g, '')).toBe(
    '[sentry-options] '.repeat(2),
  );
  const lines = outcome.stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(lines).toEqual([
    ['too many objects', expect.stringMatching(/must take at most 128\.0 MiB of memory once parsed/), 2, 'running'],
    ['valid objects', true, 3, 'running'],
    ['invalid objects', 'VALUES_INVALID: \tnumbers/0 {} is not of type "integer"', 2, 'running'],
    ['valid nested lists', true, 3, 'running'],
    ['invalid nested lists', expect.stringMatching(/^VALUES_INVALID: \tnumbers\/0 \[.* is not of type/), 2, 'running'],
  ]);
  expect(outcome.code).toBe(0);
});
