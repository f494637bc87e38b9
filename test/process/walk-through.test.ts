/** Tests the README's first program: a value changes in a running process without a restart. */
import { expect, it } from 'vitest';
import { Base, boolean } from '../support/base.js';
import { runScript } from '../support/run.js';

it('A running program prints the new value after an edit in place', async () => {
  const base = new Base({ seer: { 'feature.enabled': boolean(false) } });
  const printed: string[] = [];
  const outcome = await runScript('print-every.mjs', {
    env: { SENTRY_OPTIONS_DIR: base.directory, SENTRY_OPTIONS_SUPPRESS_MISSING_DIR: '1' },
    onLine(line, child) {
      printed.push(line);
      if (printed.length === 3) base.writeValues('seer', { 'feature.enabled': true });
      if (line === 'true') child.kill('SIGTERM');
    },
  });
  expect(printed.slice(0, 3)).toEqual(['false', 'false', 'false']);
  expect(printed.at(-1)).toBe('true');
  expect(outcome.signal).toBe('SIGTERM');
  expect(outcome.stderr).toBe('');
});
