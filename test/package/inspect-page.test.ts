/** Tests the text of the server's page: its size, and that it loads and parses nothing else. */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { buildPage } from '../../esbuild.config.mjs';

const { html, contentSecurityPolicy } = await buildPage();
const folder = fileURLToPath(new URL('../../workers/inspect/page', import.meta.url));
const sources = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'));

describe('the page of the inspect server', () => {
  it('It has at most 60 KiB', () => {
    console.log(`the page: ${Buffer.byteLength(html)} bytes`);
    expect(Buffer.byteLength(html)).toBeLessThanOrEqual(60 * 2 ** 10);
  });

  it('It loads nothing: no script, style, image or font of another address', () => {
    expect(html.match(/https?:\/\/[^"'`\s]+/g)).toEqual(['http://www.w3.org/2000/svg', 'http://www.w3.org/2000/svg']);
    expect(html).not.toMatch(/\burl\(|@import|\bsrc=|<link(?! id="favicon" rel="icon" href="data:,">)/);
  });

  it('Its policy allows its own script and style, by their hashes, and no others', () => {
    const hash = (tag: string): string => {
      const [, text = ''] = new RegExp(`<${tag}>([^]*?)</${tag}>`).exec(html) ?? [];
      return `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
    };
    expect(contentSecurityPolicy.split('; ')).toEqual([
      "default-src 'none'",
      `script-src ${hash('script')}`,
      `style-src ${hash('style')}`,
      "connect-src 'self'",
      'img-src data:',
      "base-uri 'none'",
      "form-action 'none'",
      "frame-ancestors 'none'",
    ]);
  });

  it('Its sources make text of strings, never HTML or code', () => {
    expect(sources.length).toBeGreaterThan(10);
    const forbidden = /innerHTML|outerHTML|insertAdjacentHTML|document\.write|DOMParser|\beval\b|new Function/g;
    const found = sources.flatMap((name) => {
      const text = readFileSync(join(folder, name), 'utf8');
      return [...text.matchAll(forbidden)].map(([word]) => `${name} uses ${word}`);
    });
    expect(found).toEqual([]);
  });
});
