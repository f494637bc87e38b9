/** Tests OpenFeature's official web provider in a real browser, against the service of `examples/ofrep`. */
import { cpSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { expect, it, onTestFinished } from 'vitest';
import { CLEAN_ENVIRONMENT, installedFolder } from '../support/folder.js';
import { root } from '../support/pages.js';
import { Program } from '../support/program.js';
import { newContext, useBrowser } from './browser.js';

const PATIENCE = { timeout: 40_000, interval: 50 };
const PACKAGES = ['@openfeature', 'esbuild', '@esbuild'];
/** What nothing that the service sends may have: rules, e-mails, owners, flags that are not on the list. */
const SECRETS = [
  'shop.example',
  'mail.example',
  'employees',
  'owner',
  'team',
  'segments',
  'unannounced',
  '2026-10',
  'customer',
];

useBrowser();

/** Starts the service of the example on its own files. */
async function serve(): Promise<{ url: string; folder: string }> {
  const folder = installedFolder(...PACKAGES);
  cpSync(join(root, 'examples/ofrep'), folder, { recursive: true, filter: (path) => !path.includes('node_modules') });
  const program = new Program(process.execPath, ['main.mjs'], {
    cwd: folder,
    env: { ...CLEAN_ENVIRONMENT, PORT: '0' },
  });
  await program.until(() => program.stdout.length > 0);
  return { url: program.stdout[0] as string, folder };
}

interface Visit {
  readonly page: Page;
  /** The status of each answer with flags, in order. */
  readonly statuses: number[];
  /** Lets the answers with flags pass. */
  readonly release: () => void;
}

/** Opens the page as a visitor. No answer with flags arrives before `release`. Nothing that arrives may have a secret. */
async function visit(url: string, session?: string): Promise<Visit> {
  const context = await newContext();
  if (session !== undefined) await context.addCookies([{ name: 'session', value: session, url }]);
  const page = await context.newPage();
  const errors: string[] = [];
  const received: string[] = [];
  const statuses: number[] = [];
  page.on('console', (message) => errors.push(message.text()));
  page.on('pageerror', (error) => errors.push(error.message));
  let release = () => {};
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  await context.route('**/*', async (route) => {
    const isFlags = route.request().url().includes('/ofrep/');
    if (isFlags) await released;
    const response = await route.fetch().catch(() => undefined);
    if (response === undefined) return;
    // The script of the page has words of OpenFeature.
    if (!response.url().endsWith('/client.js')) {
      received.push(JSON.stringify([await response.text(), response.headersArray()]));
    }
    if (isFlags) statuses.push(response.status());
    await route.fulfill({ response }).catch(() => {});
  });
  onTestFinished(async () => {
    release();
    await context.close();
    expect(errors).toEqual([]);
    for (const secret of SECRETS) expect(received.join('\n')).not.toContain(secret);
    expect(received.length).toBeGreaterThan(2);
  });
  await page.goto(url);
  return { page, statuses, release };
}

/** Replaces the values file by a rename, so that no poll sees half of it. */
function edit(folder: string, change: (options: Record<string, { enabled?: boolean }>) => void): void {
  const file = join(folder, 'sentry-options/values/shop/values.json');
  const values = JSON.parse(readFileSync(file, 'utf8'));
  change(values.options);
  writeFileSync(`${file}.new`, JSON.stringify(values));
  renameSync(`${file}.new`, file);
}

const readCheckout = (page: Page) => page.textContent('#checkout');

it('The page has its flags at the first paint, gets 304 at the second poll, and follows a change', async () => {
  const { url, folder } = await serve();
  const { page, statuses, release } = await visit(url, 'session-of-ada');
  // Painted, by the script of the page, too; no answer with flags has arrived.
  await page.waitForFunction(() => 'OpenFeature' in globalThis);
  await page.waitForFunction(() => performance.getEntriesByName('first-contentful-paint').length > 0);
  expect([await readCheckout(page), statuses]).toEqual(['New checkout', []]);
  release();
  await expect.poll(() => statuses.slice(0, 3), PATIENCE).toEqual([200, 304, 304]);
  expect(await readCheckout(page)).toBe('New checkout');
  edit(folder, (options) => {
    options['feature.new-checkout'] = { ...options['feature.new-checkout'], enabled: false };
  });
  await expect.poll(() => readCheckout(page), PATIENCE).toBe('Old checkout');
  expect(statuses.filter((status) => status === 200)).toHaveLength(2);
});

it('A page that claims to be of an employee gets the answers of its session', async () => {
  const { url } = await serve();
  for (const session of ['session-of-bob', undefined]) {
    const { page, statuses, release } = await visit(url, session);
    release();
    await expect.poll(() => statuses.length, PATIENCE).toBeGreaterThan(0);
    const claim = { targetingKey: 'ada', customer: 'ada', email: 'ada@shop.example' };
    const isNew = await page.evaluate(async (claimed) => {
      const { OpenFeature } = globalThis as unknown as {
        OpenFeature: {
          setContext(context: object): Promise<void>;
          getClient(): { getBooleanValue(key: string, value: boolean): boolean; providerStatus: string };
        };
      };
      await OpenFeature.setContext(claimed);
      const client = OpenFeature.getClient();
      // A default that the service does not give: the answer is the provider's.
      return [client.getBooleanValue('new-checkout', true), client.getBooleanValue('unannounced-product', false)];
    }, claim);
    expect([isNew, await readCheckout(page)]).toEqual([[false, false], 'Old checkout']);
  }
});
