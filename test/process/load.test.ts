/** Reads at full speed while the values change: the short form of `npm run test:load`, which checks each read. */
import { expect, it } from 'vitest';
import { runScript } from '../support/run.js';

it('No read fails, goes back or mixes generations while the values change at full speed', async () => {
  const { code, stdout, stderr } = await runScript('../load/run.mjs', {
    arguments: ['--seconds', '1.5', '--threads', '3'],
  });
  expect({ code, stderr }, stdout).toEqual({ code: 0, stderr: '' });
  expect(stdout).toMatch(/reads that failed \| 0 \| 0 \|\n.*went back \| 0 \| 0 \|\n.*mixed generations \| 0 \| 0 \|/);
}, 120_000);
