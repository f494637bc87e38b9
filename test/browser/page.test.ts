/** Tests the server's page in a real browser: what it answers, and what people do with it. */
import { existsSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { openOptions } from 'sentry-options';
import { describe, expect, it, onTestFinished } from 'vitest';
import { Base, integer, string, temporaryDirectory } from '../support/base.js';
import { Program } from '../support/program.js';
import { CLI } from '../support/run-cli.js';
import { expectHeadline, expectText, openPage, openStore, useBrowser } from './browser.js';

const FLAG = { $ref: '#/definitions/Feature' };

/** A flag that is on for team plans, and for a part of all others. */
function makeFlag(rollout: number): object {
  return {
    owner: { team: 'shop' },
    created_at: '2026-01-01',
    segments: [
      { name: 'teams', conditions: [{ property: 'plan', operator: 'in', value: ['team'] }] },
      { name: 'everyone else', rollout, conditions: [] },
    ],
  };
}

function makeBase(): Base {
  const base = new Base({
    shop: { 'page-size': integer(20), title: string('Shop'), 'feature.new-checkout': FLAG },
    seer: { 'max-tokens': integer(2_048) },
  });
  base.writeValues('shop', { 'page-size': 30, 'feature.new-checkout': makeFlag(0) });
  return base;
}

useBrowser();

describe('the page', () => {
  it('One look says that all is well, what is live, and of which process', async () => {
    const base = makeBase();
    const { url } = await openStore(base);
    const page = await openPage(url);
    await expectHeadline(page, 'All is well');
    await expectText(page, '#process', String(process.pid));
    await expectText(page, '#process', base.directory);
    await expectText(page, '.namespaces', base.valuesFile('shop'));
    await expectText(page, '.namespaces', '2 of 3 options set');
    await expectText(page, '.checks', 'The only thread responds');
    await expectText(page, '#connection', 'Live');
    expect(await page.title()).toContain('All is well');
  });

  it('A search finds options by namespace, key and value, and says if there are none', async () => {
    const { url } = await openStore(makeBase());
    const page = await openPage(url);
    await page.click('#tab-options');
    for (const [query, names] of [
      ['', ['seer/max-tokens', 'shop/feature.new-checkout', 'shop/page-size', 'shop/title']],
      ['SEER', ['seer/max-tokens']],
      ['page', ['shop/page-size']],
      ['shop 30', ['shop/page-size']],
      ['"team"', ['shop/feature.new-checkout']],
      ['nowhere', []],
    ] as const) {
      await page.fill('#search', query);
      await expect.poll(async () => (await page.locator('.options .name').allTextContents()).sort()).toEqual(names);
    }
    await expectText(page, '[role="status"]', '0 of 4 options');
    await page.fill('#search', '');
    await page.click('.chip:text("Flags")');
    await expect.poll(() => page.locator('.options .name').allTextContents()).toEqual(['shop/feature.new-checkout']);
  });

  it('An opened option shows its value, its default, its file, and since when', async () => {
    const base = makeBase();
    const { url } = await openStore(base);
    const page = await openPage(`${url}#options/page-size`);
    await page.click('.options summary');
    await expectText(page, '.detail .facts', base.valuesFile('shop'));
    await expectText(page, '.detail .facts', 'generation 1');
    expect(await page.locator('.detail .block').allTextContents()).toEqual(['30', '20']);
  });

  it('A change arrives without a reload of the page: in the list, in the history, and for those who hear it', async () => {
    const base = makeBase();
    const { store, url } = await openStore(base);
    const page = await openPage(`${url}#options/page-size`, {}, true);
    await page.click('.options summary');
    await expectText(page, '.options .value', '30');
    await expectText(page, '#tab-changes', '0');
    base.writeValues('shop', { 'page-size': 45, 'feature.new-checkout': makeFlag(60) });
    await store.refresh();
    await expectText(page, '.options .value', '45');
    expect(await page.locator('.options .fresh').count()).toBe(1);
    // It stays open, and keeps the focus.
    await expectText(page, '.detail .facts', 'generation 2');
    expect(await page.evaluate('document.activeElement.tagName')).toBe('SUMMARY');
    await expectText(page, '#news', 'Generation 2: shop/page-size and 1 more changed.');
    await page.click('#tab-changes');
    await expectText(page, '.reload', 'Generation 2');
    expect(await page.locator('.differences').allTextContents()).toEqual(
      expect.arrayContaining(['30→45', 'segments[1].rollout0→60']),
    );
  });

  it('A rejection is the headline with its reason, until the files are valid again', async () => {
    const base = makeBase();
    const { store, url } = await openStore(base);
    const page = await openPage(url);
    await expectHeadline(page, 'All is well');
    base.writeValues('shop', { 'page-size': 'many' });
    await expect(store.refresh()).rejects.toThrow('is not of type');
    await expectHeadline(page, 'The files on disk are rejected');
    await expectText(page, '#verdict-detail', 'The values of generation 1 stay live. Rejected since');
    await expectText(page, '.check.warn .message', 'page-size "many" is not of type "integer"');
    await page.click('#tab-changes');
    await expectText(page, '.reload.rejected .message', base.valuesFile('shop'));
    base.writeValues('shop', { 'page-size': 31 });
    await store.refresh();
    await expectHeadline(page, 'All is well');
    await page.click('#tab-overview');
    await expectText(page, '.check.note', '1 reload was rejected since the start');
  });

  it('A namespace that is held back comes first, and why is said once', async () => {
    const base = makeBase();
    const { store, url } = await openStore(base, { isolation: 'namespace' });
    const page = await openPage(url);
    await expectHeadline(page, 'All is well');
    base.writeValues('shop', { 'page-size': 'many' });
    base.writeValues('seer', { 'max-tokens': 1 });
    await expect(store.refresh()).rejects.toThrow('is not of type');
    await expectHeadline(page, '1 namespace keeps its last values');
    await expectText(page, '.namespaces li >> nth=0', 'Keeps its last values since');
    await expectText(page, '.namespaces li >> nth=0', base.valuesFile('shop'));
    const text = (await page.textContent('#view-overview')) ?? '';
    expect(text.split('page-size "many" is not of type "integer"')).toHaveLength(2);
  });

  it('Of many namespaces that are held back, each says what the message has no place for', async () => {
    const names = Array.from({ length: 30 }, (_, index) => `option-${index}`);
    const base = new Base({
      api: Object.fromEntries(names.map((name) => [name, integer(1)])),
      shop: { 'page-size': integer(20) },
    });
    const { store, url } = await openStore(base, { isolation: 'namespace' });
    base.writeValues('api', Object.fromEntries(names.map((name) => [name, 'many'])));
    base.writeValues('shop', { 'page-size': 'many' });
    await expect(store.refresh()).rejects.toThrow('is not of type');
    const page = await openPage(url);
    await expectHeadline(page, '2 namespaces keep their last values');
    await expectText(page, '.namespaces .held', 'page-size "many" is not of type "integer"');
  });

  it('A flag is explained for a context: by which segment, and why not by those before it', async () => {
    const base = makeBase();
    const { store, url } = await openStore(base);
    const page = await openPage(`${url}#options/new-checkout`);
    await page.click('.options summary');
    await page.click('text=Why is it on or off?');
    expect(await page.inputValue('#flag-name')).toBe('new-checkout');
    await page.click('text=Fill in');
    expect(JSON.parse(await page.inputValue('#flag-context'))).toEqual({ plan: null });
    await page.fill('#flag-context', '{ "plan": "free" }');
    await page.click('text=Explain');
    await expectText(page, '.answer', 'Off');
    expect(await page.locator('.step').allTextContents()).toEqual([
      expect.stringContaining('plan in ["team"]; the context has "free"'),
      expect.stringContaining('Decided: off'),
    ]);
    // The answer follows the values.
    base.writeValues('shop', { 'feature.new-checkout': makeFlag(100) });
    await store.refresh();
    await expectText(page, '.answer', 'On');
    await page.fill('#flag-context', '{ "plan": ');
    await page.click('text=Explain');
    await expectText(page, '[role="alert"]', 'The context is not valid JSON');
  });

  it('A blocked thread is named, and for how long it has been silent', async () => {
    const { store, url } = await openStore(makeBase());
    const gate = new Int32Array(new SharedArrayBuffer(4));
    const library = new URL('../../dist/index.js', import.meta.url).href;
    const worker = new Worker(
      `const { parentPort, workerData: { library, handle, gate } } = require('node:worker_threads');
       import(library).then(({ openOptions }) => {
         openOptions({ handle }).namespace('shop').get('page-size');
         parentPort.once('message', () => Atomics.wait(gate, 0, 0));
         parentPort.postMessage('ready');
       });`,
      { eval: true, workerData: { library, handle: store.handle, gate } },
    );
    onTestFinished(() => void worker.terminate());
    await new Promise((resolve) => worker.once('message', resolve));
    const page = await openPage(url);
    await expectText(page, '.checks', 'All 2 threads respond');
    worker.postMessage('block');
    await expectHeadline(page, '1 thread is blocked');
    await expectText(page, '#verdict-detail', `No response from thread ${worker.threadId} for `);
    await page.click('#tab-threads');
    await expectText(page, 'tr.blocked', `Thread ${worker.threadId}`);
    await expectText(page, 'tr.blocked', 'silent for');
    Atomics.store(gate, 0, 1);
    Atomics.notify(gate, 0);
    await expectHeadline(page, 'All is well');
  });

  it('A lost connection is the headline, and the page recovers by itself', async () => {
    const base = makeBase();
    const port = await findPort();
    const inspect = { listen: port, values: true };
    const { store, url } = await openStore(base, { inspect });
    // Without its timers, too: the stream of events ends.
    const page = await openPage(url, {}, true);
    await expectHeadline(page, 'All is well');
    await store.close();
    await expectHeadline(page, 'No connection to the process');
    await expectText(page, '#verdict-detail', 'What you see is of');
    await expectText(page, '#connection', 'Not connected');
    base.writeValues('shop', { 'page-size': 77 });
    await openStore(base, { inspect });
    await expectHeadline(page, 'All is well');
    await page.click('#tab-options');
    await expectText(page, '.options .value', '77');
  });

  it('The command open serves the page of a socket, with live updates', async () => {
    const base = makeBase();
    const socket = join(temporaryDirectory(), 's.sock');
    const store = openOptions({ directory: base.directory, pollInterval: null, inspect: socket });
    onTestFinished(() => store.close());
    await expect.poll(() => existsSync(socket), { timeout: 30_000 }).toBe(true);
    const program = new Program(process.execPath, [CLI, 'open', '--socket', socket], {
      cwd: base.directory,
      env: process.env,
    });
    const findUrl = () => /http:\/\/\S+/.exec(program.stdout.join('\n'))?.[0];
    await program.until(() => findUrl() !== undefined);
    const page = await openPage(findUrl() as string, {}, true);
    await page.click('#tab-options');
    await expectText(page, '.options .value', '30');
    base.writeValues('shop', { 'page-size': 45 });
    await store.refresh();
    await expectText(page, '.options .value', '45');
  });

  it('Types are shown where the server shows no values', async () => {
    const { url } = await openStore(makeBase(), { inspect: 0 });
    const page = await openPage(`${url}#options`);
    await page.waitForSelector('.notice:has-text("types instead of values")');
    await expectText(page, '.options .value', 'number (not shown)');
    expect(await page.textContent('.options')).not.toContain('30');
  });
});

/** Finds a port that nothing uses. */
async function findPort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as { readonly port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}
