/** Files that are meant to exhaust the watcher's memory: none does, so none of them ends it. */
import { expect, it } from 'vitest';
import { Base, integer } from '../support/base.js';
import { runScript } from '../support/run.js';

const NUMBER = { type: 'integer' };

function array(items: object): object {
  return { type: 'array', items, default: [], description: 'a list' };
}

/** Lists of lists, `depth` deep. */
function lists(depth: number): object {
  return depth === 0 ? NUMBER : { type: 'array', items: lists(depth - 1) };
}

it('8 MiB of tiny objects or nested lists, valid or not, are survived, and the next good file is read', async () => {
  const objects = array({ type: 'object', additionalProperties: NUMBER });
  const base = new Base({ seer: { number: integer(1), numbers: array(NUMBER), objects, nested: array(lists(60)) } });
  base.writeValues('seer', { number: 2 });
  const outcome = await runScript('json-bombs.mjs', {
    arguments: [base.valuesFile('seer')],
    env: { SENTRY_OPTIONS_DIR: base.directory },
  });
  expect(outcome.stderr).toBe('');
  const lines = outcome.stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(lines).toEqual([
    ['objects that pass', true, 3, 'running'],
    ['objects that fail', 'VALUES_INVALID: \tnumbers/0 {} is not of type "integer"', 2, 'running'],
    ['nested lists that pass', expect.stringMatching(/^SNAPSHOT_TOO_LARGE: .* MiB/), 2, 'running'],
    [
      'nested lists that fail',
      expect.stringMatching(/^VALUES_INVALID: \tnumbers\/0 \[.* is not of type/),
      2,
      'running',
    ],
  ]);
  expect(outcome.code).toBe(0);
});
