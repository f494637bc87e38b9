/** Tests the server's page for whoever uses it, in whatever way: by keyboard, with a screen reader, at any width, in the dark. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { beforeEach, describe, expect, it } from 'vitest';
import { Base, integer, string } from '../support/base.js';
import { expectHeadline, expectText, openPage, openStore, useBrowser } from './browser.js';

const FLAG = { $ref: '#/definitions/Feature' };
const VIEWS = ['overview', 'options', 'changes', 'threads', 'flags', 'usage'];
const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
/** Where `npm run test:browser -- --screenshots DIR` wants pictures. */
const PICTURES = process.env.SENTRY_OPTIONS_SCREENSHOTS;

useBrowser();

let url: string;

beforeEach(async () => {
  const base = new Base({
    shop: { 'page-size': integer(20), title: string('Shop'), 'feature.new-checkout': FLAG },
    seer: { 'max-tokens': integer(2_048), 'prompt-template': string('Summarize.') },
  });
  const feature = (rollout: number): object => ({
    owner: { team: 'shop' },
    created_at: '2026-01-01',
    segments: [
      { name: 'teams', conditions: [{ property: 'plan', operator: 'in', value: ['team', 'business'] }] },
      { name: 'everyone else', rollout, conditions: [] },
    ],
  });
  base.writeValues('shop', { 'page-size': 30, 'feature.new-checkout': feature(10) });
  const opened = await openStore(base);
  url = opened.url;
  for (const options of [
    { 'page-size': 40, 'feature.new-checkout': feature(10) },
    { 'page-size': 'many' },
    { 'page-size': 40, title: 'Winter sale', 'feature.new-checkout': feature(25) },
    { 'page-size': 40, title: '', 'feature.new-checkout': { owner: {} } },
  ]) {
    base.writeValues('shop', options);
    await opened.store.refresh().catch(() => {});
  }
});

/** Opens a view with all that it has. */
async function openView(page: Page, view: string): Promise<void> {
  await page.click(`#tab-${view}`);
  if (view === 'options') for (const row of await page.locator('.options summary').all()) await row.click();
  if (view === 'flags') {
    await page.selectOption('#flag-namespace', 'shop');
    await page.fill('#flag-name', 'new-checkout');
    await page.fill('#flag-context', '{ "plan": "free", "user_id": 42 }');
    await page.click('text=Explain');
    await page.waitForSelector('.steps');
  }
}

describe.each([
  { colorScheme: 'light', width: 1_400 },
  { colorScheme: 'light', width: 400 },
  { colorScheme: 'dark', width: 1_400 },
  { colorScheme: 'dark', width: 400 },
] as const)('the page, $colorScheme, $width pixels wide', ({ colorScheme, width }) => {
  it('Each view passes the checks of accessibility, and fits', async () => {
    // Without motion: in the middle of it, colors are those of no state.
    const page = await openPage(url, { colorScheme, viewport: { width, height: 900 }, reducedMotion: 'reduce' });
    await expectHeadline(page, 'The files on disk are rejected');
    await page.evaluate(AXE);
    for (const view of VIEWS) {
      await openView(page, view);
      const { violations } = (await page.evaluate('axe.run()')) as {
        readonly violations: readonly { readonly id: string; readonly nodes: readonly { readonly html: string }[] }[];
      };
      expect(violations.map(({ id, nodes }) => `${view}: ${id}: ${nodes.map(({ html }) => html).join()}`)).toEqual([]);
      expect(await page.evaluate('document.documentElement.scrollWidth'), view).toBeLessThanOrEqual(width);
      if (PICTURES !== undefined) {
        await page.evaluate('scrollTo(0, 0)');
        await page.screenshot({ path: join(PICTURES, `${view}-${colorScheme}-${width}.png`), fullPage: true });
      }
    }
  });
});

describe('the keyboard', () => {
  it('Reaches and does everything: tabs, search, an option, a question about a flag', async () => {
    const page = await openPage(url);
    const press = async (...keys: string[]): Promise<void> => {
      for (const key of keys) await page.keyboard.press(key);
    };
    const focused = () => page.evaluate('document.activeElement.id || document.activeElement.tagName');
    await press('Tab');
    expect(await focused()).toBe('tab-overview');
    await press('ArrowRight', 'ArrowRight', 'End');
    expect(await focused()).toBe('tab-usage');
    await press('ArrowRight');
    expect(await focused()).toBe('tab-overview');
    await press('/');
    expect(await focused()).toBe('search');
    await page.keyboard.type('new-checkout');
    await expect.poll(() => page.locator('.options .name').count()).toBe(1);
    // Past the filters.
    await press('Tab', 'Tab', 'Tab', 'Tab', 'Tab', 'Tab');
    expect(await focused()).toBe('SUMMARY');
    await press('Enter');
    await page.waitForSelector('.detail');
    await press('Tab', 'Tab', 'Enter');
    await expectText(page, '#tab-flags[aria-selected="true"]', 'Flags');
    expect(await page.inputValue('#flag-name')).toBe('new-checkout');
    await press('5');
    expect(await focused()).toBe('tab-flags');
    await press('Tab', 'Tab');
    expect(await focused()).toBe('flag-name');
    await press('Enter');
    await expectText(page, '.answer', 'new-checkout');
    // A digit is one in a field.
    await press('End');
    await page.keyboard.type('1');
    expect(await page.inputValue('#flag-name')).toBe('new-checkout1');
    await press('/');
    expect(await page.inputValue('#flag-name')).toBe('new-checkout1/');
  });

  it('The focus can be seen wherever it is, and stays where it is while answers arrive', async () => {
    const page = await openPage(url);
    await page.click('#tab-options');
    for (let step = 0; step < 12; step++) {
      await page.keyboard.press('Tab');
      const outline = await page.evaluate(
        '(() => { const { outlineStyle, outlineWidth } = getComputedStyle(document.activeElement); return outlineStyle + outlineWidth; })()',
      );
      if ((await page.evaluate('document.activeElement.tagName')) !== 'BODY') expect(outline).toBe('solid2px');
    }
    await page.focus('.options summary >> nth=1');
    const answered = page.waitForResponse((response) => response.url().endsWith('/threads'));
    await page.evaluate("document.dispatchEvent(new Event('visibilitychange'))");
    await answered;
    expect(await page.evaluate('document.activeElement.tagName')).toBe('SUMMARY');
  });

  it('Escape clears the search', async () => {
    const page = await openPage(`${url}#options/page`);
    await expect.poll(() => page.locator('.options .name').count()).toBe(1);
    await page.keyboard.press('/');
    await page.keyboard.press('Escape');
    expect(await page.inputValue('#search')).toBe('');
    await expect.poll(() => page.locator('.options .name').count()).toBe(5);
  });
});
