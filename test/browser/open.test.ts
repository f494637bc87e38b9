/** Tests the page of another process in a real browser, by `sentry-options open --pid`. */
import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { expect, it } from 'vitest';
import { Base, integer } from '../support/base.js';
import { Machine } from '../support/inspected.js';
import { Program } from '../support/program.js';
import { CLI } from '../support/run-cli.js';
import { expectHeadline, expectText, openPage, useBrowser } from './browser.js';

const FLAG = { owner: { team: 'shop' }, created_at: '2026-01-01', segments: [{ name: 'all', conditions: [] }] };

/** Replaces the values file by a rename, so that no poll sees half of it. */
function replace(base: Base, options: Record<string, unknown>): void {
  const file = base.valuesFile('shop');
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(`${file}.new`, JSON.stringify({ options }));
  renameSync(`${file}.new`, file);
}

useBrowser();

it('The page of a process with a blocked main thread finds, explains, and follows changes', async () => {
  const base = new Base({ shop: { 'page-size': integer(20), 'feature.new': { $ref: '#/definitions/Feature' } } });
  replace(base, { 'page-size': 30, 'feature.new': FLAG });
  const machine = new Machine();
  const { pid } = await machine.start(base, 'wait');
  const env = { PATH: process.env.PATH, TMPDIR: machine.temporary };
  const opened = new Program(process.execPath, [CLI, 'open', '--pid', pid], { cwd: machine.temporary, env });
  await opened.until(() => opened.stdout.length > 0);
  const page = await openPage(opened.stdout[0] as string);
  await expectText(page, '#process', pid);
  await page.click('#tab-options');
  await page.fill('#search', 'page');
  await expectText(page, '.options .value', '30');
  replace(base, { 'page-size': 45, 'feature.new': FLAG });
  await expectText(page, '.options .value', '45');
  await page.fill('#search', 'feature.new');
  await page.click('.options summary');
  await page.click('text=Why is it on or off?');
  await page.click('text=Explain');
  await expectText(page, '.answer', 'On');
  replace(base, { 'page-size': 'many' });
  await expectHeadline(page, 'The files on disk are rejected');
  opened.child.kill('SIGINT');
  expect(await opened.closed()).toEqual([null, 'SIGINT']);
});
