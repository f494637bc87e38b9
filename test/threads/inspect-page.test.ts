/** Tests that the server answers with its page. What the page does is tested in a browser. */
import { join } from 'node:path';
import { openOptions } from 'sentry-options';
import { expect, it, onTestFinished } from 'vitest';
import { ask } from '../support/ask.js';
import { Base, integer, temporaryDirectory } from '../support/base.js';

it('GET / answers with the page, and with the policy that lets a browser run it', async () => {
  const base = new Base({ shop: { 'page-size': integer(20) } });
  const socket = join(temporaryDirectory(), 's.sock');
  const store = openOptions({ directory: base.directory, pollInterval: null, inspect: socket });
  onTestFinished(() => store.close());
  await expect.poll(() => ask(socket, '/healthz').catch(() => undefined), { timeout: 30_000 }).toBeDefined();
  const { status, headers, text } = await ask(socket, '/');
  expect(status).toBe(200);
  expect(headers).toMatchObject({
    'content-type': 'text/html; charset=utf-8',
    'content-security-policy': expect.stringMatching(
      /^default-src 'none'; script-src 'sha256-[^']+'; style-src 'sha256-/,
    ),
  });
  expect(text).toMatch(/^<!doctype html>.*<\/html>\s*$/s);
  expect(await ask(socket, '/', { method: 'POST' })).toMatchObject({ status: 405 });
});
