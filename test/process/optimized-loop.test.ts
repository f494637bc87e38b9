/** Tests that the plain read of the fast path sees a change, even in code that V8 has optimized. */
import { expect, it } from 'vitest';
import { Base, integer } from '../support/base.js';
import { runScript } from '../support/run.js';

it('An optimized loop of reads sees a change', async () => {
  const base = new Base({ seer: { number: integer(1), other: integer(1) } });
  base.writeValues('seer', { number: 2, other: 1 });
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
  const names = ['Option', 'Get', 'Values', 'Snapshot', 'SnapshotValues', 'Isset'];
  expect(loops).toEqual(
    names.map((name) => ({ loop: `loopOver${name}`, wasOptimized: true, sawTheChange: true, manyReads: true })),
  );
});
