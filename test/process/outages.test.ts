/** Compares the tables of outages in docs/reliability.md with what happens: the short form of `npm run test:outages`. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { formatOutages } from '../outages/describe.mjs';
import { runOutages, TRIAL_EDITS } from '../outages/engine.mjs';
import { buildVariant } from '../support/variant.js';

it('Each documented outage ends as documented, with each of the settings', async () => {
  const script = fileURLToPath((await buildVariant(...TRIAL_EDITS))('outage-pod.mjs'));
  const tables = formatOutages(await runOutages(script, { starts: 1, isShort: true }));
  const page = readFileSync(new URL('../../docs/reliability.md', import.meta.url), 'utf8');
  const [, documented = ''] = /<!-- outages: begin -->\n.*?\n\n(.*?)\n<!-- outages: end -->/s.exec(page) ?? [];
  expect(tables).toBe(documented);
}, 240_000);
