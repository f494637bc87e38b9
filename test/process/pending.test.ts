/** What keeps a process alive, and what does not. */
import { expect, it } from 'vitest';
import { Base, integer } from '../support/base.js';
import { runScript } from '../support/run.js';

it.each([
  ['an idle store does not', 'nothing', 'end of the program\n'],
  ['a listener does not', 'listener', 'end of the program\n'],
  ['a pending refresh() does, until it is answered', 'refresh', 'end of the program\nrefreshed false\n'],
  ['a pending for await does, until a change comes', 'for-await', 'changed 2\nend of the program\n'],
])('%s', async (_name, what, stdout) => {
  const base = new Base({ seer: { number: integer(1) } });
  base.writeValues('seer', { number: 2 });
  const outcome = await runScript('pending.mjs', {
    arguments: [what, base.valuesFile('seer')],
    env: { SENTRY_OPTIONS_DIR: base.directory },
  });
  expect(outcome).toEqual({ code: 0, signal: null, stdout, stderr: '' });
});
