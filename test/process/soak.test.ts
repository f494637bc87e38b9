/** Tests that reloads, rejections and short-lived threads leak nothing: the short form of `npm run test:soak`. */
import { expect, it } from 'vitest';
import { runScript } from '../support/run.js';

it('A store leaks no heap, handles, threads or descriptors', async () => {
  const outcome = await runScript('../soak/run.mjs', {
    arguments: ['--minutes', '0.08'],
    nodeArguments: ['--expose-gc'],
  });
  expect(outcome, outcome.stdout).toMatchObject({ code: 0, stderr: '' });
  expect(outcome.stdout).toMatch(/ 0 torn, /);
}, 120_000);
