/** Tests what keeps a process alive. */
import { expect, it } from 'vitest';
import { Base, integer } from '../support/base.js';
import { runScript } from '../support/run.js';

it.each([
  ['An idle store does not keep the process alive', 'nothing', 'end of the program\n'],
  ['A listener does not keep the process alive', 'listener', 'end of the program\n'],
  ['A listener of an option does not keep the process alive', 'change-listener', 'end of the program\n'],
  ['A listener of an attached store does not keep the process alive', 'attached-listener', 'end of the program\n'],
  ['An iterator that has ended does not keep the process alive', 'ended-iterators', 'end of the program\nended\n'],
  ['A pending refresh() keeps the process alive until it resolves', 'refresh', 'end of the program\nrefreshed false\n'],
  [
    'A pending for await keeps the process alive until a change arrives',
    'for-await',
    'changed 2\nend of the program\n',
  ],
])('%s', async (_name, what, stdout) => {
  const base = new Base({ seer: { number: integer(1) } });
  base.writeValues('seer', { number: 2 });
  const outcome = await runScript('pending.mjs', {
    arguments: [what, base.valuesFile('seer')],
    env: { SENTRY_OPTIONS_DIR: base.directory },
  });
  expect(outcome).toEqual({ code: 0, signal: null, stdout, stderr: '' });
});
