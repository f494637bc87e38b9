/** Tests the server's page with values that attack it, and with more options and longer values than a service has. */
import { describe, expect, it } from 'vitest';
import { Base, integer, string } from '../support/base.js';
import { expectText, openPage, openStore, useBrowser } from './browser.js';

const HOSTILE: Readonly<Record<string, readonly [value: unknown, shown: string]>> = {
  script: ['<script>document.title="owned"</script>', '"<script>document.title=\\"owned\\"</script>"'],
  image: ['<img src=x onerror="document.title=1">', '"<img src=x onerror=\\"document.title=1\\">"'],
  terminal: ['\u001b[31mred\u0007', '"\\u001b[31mred\\u0007"'],
  direction: ['abc\u202egpj.exe', '"abc\\u202egpj.exe"'],
  hebrew: ['שלום', '"שלום"'],
  zero: ['a\u0000b\u200bc\ufeff', '"a\\u0000b\\u200bc\\ufeff"'],
  escaped: ['\\u001b', '"\\\\u001b"'],
  lines: ['one\r\ntwo\u2028three', '"one\\r\\ntwo\\u2028three"'],
};

useBrowser();

describe('hostile values', () => {
  it('Each character of a value is shown, and none of them does anything', async () => {
    const names = Object.keys(HOSTILE);
    const base = new Base({ shop: Object.fromEntries(names.map((name) => [name, string('')])) });
    base.writeValues('shop', {});
    const { store, url } = await openStore(base);
    const page = await openPage(`${url}#options`);
    base.writeValues('shop', Object.fromEntries(names.map((name) => [name, HOSTILE[name]?.[0]])));
    await store.refresh();
    for (const [name, [, shown]] of Object.entries(HOSTILE)) {
      const row = page.locator('.options li', { has: page.getByText(`shop/${name}`, { exact: true }) });
      await expect.poll(() => row.locator('.value').textContent()).toBe(shown);
      await row.locator('summary').click();
      const block = await row.locator('.block').first().textContent();
      // A block breaks lines where the value does.
      expect(block?.replaceAll('\\n\n', '\\n')).toBe(shown);
    }
    await page.click('#tab-changes');
    await expectText(page, '.differences', '<script>');
    expect(await page.locator('.panel script, main script, main img').count()).toBe(0);
    expect(await page.title()).not.toContain('owned');
  });

  it('Names in a flag and in a question are shown like values', async () => {
    const flag = { $ref: '#/definitions/Feature' };
    const base = new Base({ api: { 'feature.sale': flag }, shop: { 'feature.sale': flag } });
    const segment = {
      name: '<i>\u001b[1m',
      conditions: [{ property: '\u202eplan', operator: 'in', value: ['<b>\u0007'] }],
    };
    base.writeValues('shop', {
      'feature.sale': { owner: { team: 'shop' }, created_at: '2026-01-01', segments: [segment] },
    });
    const { url } = await openStore(base);
    const page = await openPage(`${url}#flags/shop%2Fsale`);
    await expectText(page, '#flag-hint', 'Its conditions read \\u202eplan.');
    await page.fill('#flag-context', JSON.stringify({ [segment.conditions[0]?.property ?? '']: '<u>\u0000' }));
    await page.click('text=Explain');
    await expectText(page, '.step', '<i>\\u001b[1m');
    await expectText(page, '.step', '\\u202eplan in ["<b>\\u0007"]; the context has "<u>\\u0000".');
    await page.fill('#flag-name', '<s>\u001b');
    await page.click('text=Explain');
    await expectText(page, '.answer', '<s>\\u001b');
    expect(await page.locator('main :is(i, b, u, s)').count()).toBe(0);
  });

  it('Names of a prototype are ordinary names', async () => {
    const properties = JSON.parse(`{
      "__proto__": ${JSON.stringify(integer(1))}, "constructor": ${JSON.stringify(integer(2))},
      "toString": ${JSON.stringify(integer(3))}
    }`);
    const base = new Base({ constructor: properties });
    base.writeText('constructor', '{"options": {"__proto__": 10}}');
    const { store, url } = await openStore(base);
    const page = await openPage(`${url}#options`);
    await expectText(page, '.options', 'constructor/__proto__10');
    await expectText(page, '.options', 'constructor/toString3');
    base.writeText('constructor', '{"options": {"__proto__": 11}}');
    await store.refresh();
    await page.click('#tab-changes');
    await expectText(page, '.differences', '10→11');
    await page.click('#tab-overview');
    await expectText(page, '.namespaces', 'constructor');
  });

  it('A message with the text of a file is shown as text', async () => {
    const base = new Base({ shop: { 'page-size': integer(20) } });
    base.writeValues('shop', {});
    const { store, url } = await openStore(base);
    const page = await openPage(url);
    base.writeValues('shop', { 'page-size': '<b>\u001b[2J\u202e' });
    await store.refresh().catch(() => {});
    await expectText(page, '.message', '<b>\\u001b[2J\\u202e');
    expect(await page.locator('main b').count()).toBe(0);
  });

  it('A string of a megabyte is folded, and shown on demand', async () => {
    const base = new Base({ shop: { text: string('') } });
    const text = `start${'x'.repeat(2 ** 20 - 100)}end`;
    base.writeValues('shop', { text });
    const { url } = await openStore(base);
    const page = await openPage(`${url}#options`);
    await page.click('.options summary');
    const length = async () => (await page.locator('.block').first().textContent())?.length ?? 0;
    expect(await length()).toBeLessThan(3_000);
    await page.click('text=Show more (');
    expect(await length()).toBeGreaterThan(20_000);
    // So is the search for it.
    await page.fill('#search', 'startxxx');
    await expect.poll(() => page.locator('.options .name').count()).toBe(1);
  });
});

describe('many options', () => {
  it('Of ten thousand options, the page makes the rows that are seen, and finds each one', async () => {
    const names = Array.from({ length: 10_000 }, (_, index) => `option-${index}`);
    const base = new Base({ shop: Object.fromEntries(names.map((name) => [name, integer(0)])) });
    base.writeValues('shop', { 'option-9876': 54_321 });
    const { url } = await openStore(base, { startTimeout: 30_000 });
    const page = await openPage(`${url}#options`);
    await expectText(page, '[role="status"]', '10\u202f000 options');
    expect(await page.locator('.options li').count()).toBeLessThanOrEqual(200);
    await page.fill('#search', '54321');
    await expect.poll(() => page.locator('.options .name').allTextContents()).toEqual(['shop/option-9876']);
    await page.fill('#search', '');
    // Rows follow as people scroll.
    const rows = await page.locator('.options li').count();
    await page.keyboard.press('End');
    await page.evaluate('scrollTo(0, document.body.scrollHeight)');
    await expect.poll(() => page.locator('.options li').count()).toBeGreaterThan(rows);
  });
});
