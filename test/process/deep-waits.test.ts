/** Tests waits that begin when the stack is nearly full, as in a recursion that somebody catches. */
import { expect, it } from 'vitest';
import { Base, integer } from '../support/base.js';
import { runScript } from '../support/run.js';

it('Waits that fail for lack of stack do not affect the later ones, nor the process', async () => {
  const base = new Base({ seer: { number: integer(1) } });
  base.writeValues('seer', {});
  // Not stderr: Node may write there that the stack ran out while it handled a rejection.
  const { code, stdout } = await runScript('deep-waits.mjs', {
    arguments: [base.valuesFile('seer')],
    env: { SENTRY_OPTIONS_DIR: base.directory },
  });
  expect({ code, stdout }).toEqual({ code: 0, stdout: '{"isComplete":true,"hasBoth":true}\n' });
});
