/** Tests that the plain read of the fast path sees a change, even in code that V8 has optimized. */
import { expect, it } from 'vitest';
import { Base, integer } from '../support/base.js';
import { runScript } from '../support/run.js';

it('An optimized loop of reads sees a change', async () => {
  const base = new Base({ seer: { number: integer(1) } });
  base.writeValues('seer', { number: 2 });
  const outcome = await runScript('optimized-loop.mjs', {
    nodeArguments: ['--allow-natives-syntax'],
    arguments: [base.valuesFile('seer')],
    env: { SENTRY_OPTIONS_DIR: base.directory },
  });
  expect(outcome.stderr).toBe('');
  const loops = outcome.stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(loops).toEqual([
    { loop: 'loopOverOption', wasOptimized: true, sawTheChange: true, manyReads: true },
    { loop: 'loopOverGet', wasOptimized: true, sawTheChange: true, manyReads: true },
  ]);
});
