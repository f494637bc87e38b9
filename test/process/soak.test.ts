/** What changes, rejections and threads that come and go leave behind: the short form of `npm run test:soak`, which judges it. */
import { expect, it } from 'vitest';
import { runScript } from '../support/run.js';

it('everything is given back: heap, handles, threads, descriptors', async () => {
  const outcome = await runScript('../soak/run.mjs', {
    arguments: ['--minutes', '0.08'],
    nodeArguments: ['--expose-gc'],
  });
  expect(outcome, outcome.stdout).toMatchObject({ code: 0, stderr: '' });
  expect(outcome.stdout).toMatch(/ 0 torn, /);
}, 120_000);
