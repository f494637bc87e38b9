/** Tests what the server's page shows of the use of options and flags. */
import { Worker } from 'node:worker_threads';
import { describe, expect, it, onTestFinished } from 'vitest';
import { Base, integer } from '../support/base.js';
import { expectText, openPage, openStore, useBrowser } from './browser.js';

const FLAG = { $ref: '#/definitions/Feature' };
const TEAM = '<b>\u202eteam';

function makeBase(): Base {
  const flags = ['always', 'both', 'fails', 'never', 'unset'];
  const options = Object.fromEntries(['page-size', 'title', 'limit'].map((name) => [name, integer(1)]));
  const base = new Base({
    shop: { ...options, ...Object.fromEntries(flags.map((name) => [`feature.${name}`, FLAG])) },
  });
  const segments = [{ name: 'teams', conditions: [{ property: 'plan', operator: 'in', value: ['team'] }] }];
  const feature = { owner: { team: TEAM }, created_at: '2026-01-01', segments };
  base.writeValues('shop', {
    limit: 2,
    ...Object.fromEntries(flags.slice(0, 4).map((name) => [`feature.${name}`, feature])),
  });
  return base;
}

useBrowser();

describe('the view of what is used', () => {
  it('Names options never read, flags never evaluated, and flags that always say the same, with their owners', async () => {
    const { store, url } = await openStore(makeBase());
    const features = store.features('shop');
    for (let round = 0; round < 1_200; round++) features.has('always', { plan: 'team' });
    for (const plan of ['team', 'free']) features.has('both', { plan });
    features.has('fails', {
      get plan(): string {
        throw new Error('no plan');
      },
    });
    store.namespace('shop').get('title');
    const page = await openPage(url);
    await page.click('#tab-usage');
    await expectText(page, '.figures', '2 of 3');
    await expectText(page, '.usage', 'Another process, or a job that has ended, may use them');
    const card = (title: string) => `.card:has(h2:text("${title}"))`;
    const namesIn = (title: string) => page.locator(`${card(title)} .name`).allTextContents();
    expect(await namesIn('Options never read')).toEqual(['shop/page-size', 'shop/limit']);
    expect(await page.locator(`${card('Options never read')} .tag`).allTextContents()).toEqual(['set in values']);
    expect(await namesIn('Flags never evaluated or read')).toEqual(['shop/never', 'shop/unset']);
    await expectText(page, card('Flags never evaluated or read'), 'No values file sets it.');
    expect(await namesIn('Flags that always say the same')).toEqual(['shop/always']);
    await expectText(
      page,
      card('Flags that always say the same'),
      'always on1\u202f200 evaluations (1\u202f200 on), the last',
    );
    await expectText(page, card('Flags that always say the same'), 'Owner: <b>\\u202eteam, created 2026-01-01.');
    expect(await namesIn('Flags whose context throws an error')).toEqual(['shop/fails']);
    expect(await page.locator('main b').count()).toBe(0);
  });

  it('Counts follow the threads by themselves, and the focus stays where it is', async () => {
    const { store, url } = await openStore(makeBase());
    store.features('shop').has('always', { plan: 'team' });
    const page = await openPage(`${url}#usage`);
    await expectText(page, '.figures', '3 of 3');
    await page.focus('.uses button:has-text("always")');
    const source = `
      const { workerData: { library, handle } } = require('node:worker_threads');
      import(library).then(({ openOptions }) => {
        const store = openOptions({ handle });
        store.namespace('shop').get('page-size');
        for (let round = 0; round < 41; round++) store.features('shop').has('always', { plan: 'team' });
      });
    `;
    const library = new URL('../../dist/index.js', import.meta.url).href;
    const worker = new Worker(source, { eval: true, workerData: { library, handle: store.handle } });
    onTestFinished(() => void worker.terminate());
    await expectText(page, '.figures', '2 of 3');
    await expectText(page, '.uses', '42 evaluations');
    expect(await page.evaluate('document.activeElement.textContent')).toBe('shop/always');
  });

  it('A name opens its option, or its flag, which both say how they are used', async () => {
    const { store, url } = await openStore(makeBase());
    store.features('shop').has('always', { plan: 'team' });
    const page = await openPage(`${url}#usage`);
    await page.click('.uses button:has-text("page-size")');
    expect(await page.inputValue('#search')).toBe('shop/page-size');
    await expectText(page, '.options .used', 'never read');
    await page.click('.options summary');
    await expectText(page, '.detail', 'Not read since the start.');
    store.namespace('shop').get('page-size');
    await expectText(page, '.options .used', 'read');
    await expectText(page, '.detail', 'First read');
    await page.click('#tab-usage');
    await page.click('.uses button:has-text("always")');
    await expectText(page, '#flag-use', '1 evaluation (1 on), the last');
    await page.fill('#flag-name', 'never');
    await expectText(page, '#flag-use', 'Not evaluated since the start.');
    await page.fill('#flag-name', 'nothing');
    await expect.poll(() => page.textContent('#flag-use')).toBe('');
  });

  it('The filter shows what was never used', async () => {
    const { store, url } = await openStore(makeBase());
    store.namespace('shop').get('title');
    store.features('shop').has('both', {});
    const page = await openPage(`${url}#options`);
    await page.click('.chip:text("Never used")');
    await expect
      .poll(() => page.locator('.options .name').allTextContents())
      .toEqual(
        ['page-size', 'limit', 'feature.always', 'feature.fails', 'feature.never', 'feature.unset'].map(
          (name) => `shop/${name}`,
        ),
      );
  });

  it('The page asks only while it shows the answer, and not for each of many changes', async () => {
    const base = makeBase();
    const { store, url } = await openStore(base);
    // Without its timers and its clock: it asks only if something happens.
    const page = await openPage(url, {}, true);
    let asked = 0;
    page.on('request', (request) => {
      if (request.url().endsWith('/usage')) asked++;
    });
    const change = async (limit: number): Promise<void> => {
      base.writeValues('shop', { limit });
      await store.refresh();
      await expectText(page, '#tab-changes', String(limit));
    };
    await change(1);
    expect(asked).toBe(0);
    await page.click('#tab-usage');
    await expectText(page, '.figures', '3 of 3');
    for (const limit of [2, 3, 4]) await change(limit);
    expect(asked).toBe(1);
  });

  it('A store that counts nothing says so instead of calling all unused', async () => {
    const { url } = await openStore(makeBase(), { usage: false });
    const page = await openPage(`${url}#usage`);
    await expectText(page, '.usage .notice', 'Nothing is counted');
    expect(await page.locator('.uses li').count()).toBe(0);
    await page.click('#tab-options');
    await expectText(page, '.options .name', 'shop/page-size');
    expect((await page.locator('.options .used').allTextContents()).join('')).toBe('');
  });
});
