/** Tests that reloads, rejections, short-lived threads and waits leak nothing: the short forms of `npm run test:soak`. */
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

it('A wait that has ended leaves no memory and no native wait behind, although nothing is ever deployed', async () => {
  const outcome = await runScript('../soak/run.mjs', {
    arguments: ['--waits', '2000'],
    nodeArguments: ['--expose-gc'],
  });
  expect(outcome, outcome.stdout).toMatchObject({ code: 0, stderr: '' });
}, 120_000);
