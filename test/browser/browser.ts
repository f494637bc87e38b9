/** Opens the page of a running store in a real Chromium, and collects what no page may do. */
import { existsSync } from 'node:fs';
import { type Browser, type BrowserContext, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { type OpenConfig, type OptionsStore, openOptions } from 'sentry-options';
import { afterAll, beforeAll, expect, onTestFinished } from 'vitest';
import type { Base } from '../support/base.js';

const PROGRAMS = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];
const PATIENCE = { timeout: 30_000 };

/** Returns the path of Chromium. Throws if this machine has none. */
export function findChromium(): string {
  const own = process.env.SENTRY_OPTIONS_CHROMIUM;
  const found = (own === undefined ? PROGRAMS : [own]).find((path) => existsSync(path));
  if (found !== undefined) return found;
  throw new Error('There is no Chromium. Install it, or name its program in SENTRY_OPTIONS_CHROMIUM.');
}

let browser: Browser;

/** Starts one browser for the tests of a file. */
export function useBrowser(): void {
  beforeAll(async () => {
    // Without a sandbox: a container of CI has none to offer, and the page is our own.
    browser = await chromium.launch({ executablePath: findChromium(), args: ['--no-sandbox'] });
  });
  afterAll(() => browser?.close());
}

/** Makes a context without cookies, for pages of other servers. The caller closes it. */
export async function newContext(): Promise<BrowserContext> {
  return await browser.newContext();
}

/** Opens a store that answers on a port of the loopback, with values. */
export async function openStore(
  base: Base,
  config: Partial<Exclude<OpenConfig, { handle: unknown }>> = {},
): Promise<{ store: OptionsStore; url: string }> {
  const messages: string[] = [];
  const log = (message: string) => void messages.push(message);
  const store = openOptions({
    directory: base.directory,
    pollInterval: null,
    inspect: { listen: 0, values: true },
    logger: { debug() {}, info: log, warn: log, error: log },
    ...config,
  });
  onTestFinished(() => store.close());
  const findUrl = () => messages.map((message) => /http:\/\/\S+/.exec(message)?.[0]).find((url) => url !== undefined);
  await expect.poll(findUrl, PATIENCE).toBeDefined();
  return { store, url: findUrl() as string };
}

/**
 * Opens the page at `url`. When the test ends, the page must have logged nothing, and asked nobody else.
 *
 * @param isPaused whether its timers stop once it is open, so that it asks only if the server sends an event
 */
export async function openPage(url: string, options: BrowserContextOptions = {}, isPaused = false): Promise<Page> {
  const context = await browser.newContext(options);
  const page = await context.newPage();
  const found: string[] = [];
  page.on('console', (message) => found.push(`console: ${message.text()}`));
  page.on('pageerror', (error) => found.push(`error: ${error.message}`));
  page.on('request', (request) => {
    const { origin, protocol } = new URL(request.url());
    if (origin !== new URL(url).origin && protocol !== 'data:') found.push(`request: ${request.url()}`);
  });
  onTestFinished(async () => {
    await context.close();
    // A lost connection is the browser's own message, and some tests cause it.
    expect(found.filter((line) => !line.includes('net::ERR_'))).toEqual([]);
  });
  if (isPaused) await page.clock.install();
  await page.goto(url);
  await page.waitForSelector('#connection.live', { state: 'attached' });
  if (isPaused) await page.clock.pauseAt(Date.now() + 1_000);
  return page;
}

/** Waits until the headline of the page is `text`. */
export async function expectHeadline(page: Page, text: string): Promise<void> {
  await expect.poll(() => page.textContent('#headline'), PATIENCE).toBe(text);
}

/** Waits until an element has `text` among its content. */
export async function expectText(page: Page, selector: string, text: string): Promise<void> {
  await expect.poll(async () => (await page.locator(selector).allTextContents()).join('\n'), PATIENCE).toContain(text);
}
