/** Tests that a thread with the library does not hold what only the watcher needs, before the thread uses it. */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { Base, integer } from '../support/base.js';
import { runScript } from '../support/run.js';

const DIST = new URL('../../dist/', import.meta.url);

/** Returns the text that the build put into the library as `name`. */
function readText(name: string): string {
  const chunks = readdirSync(new URL('chunks/', DIST)).filter((file) => file.startsWith('chunk-'));
  const files = ['index.js', ...chunks.map((file) => `chunks/${file}`)];
  const sources = files.map((file) => readFileSync(new URL(file, DIST), 'utf8')).join('\n');
  const literal = new RegExp(`^var ${name}_default = \\(\\) => (.*);$`, 'm').exec(sources)?.[1] ?? '';
  const text: unknown = runInNewContext(literal);
  expect(text).toEqual(expect.stringContaining('use strict'));
  return text as string;
}

describe('the texts in the library', () => {
  it('A reader holds no text, an owner that of the watcher, and those of the telemetry and the server only if they are on', async () => {
    const base = new Base({ seer: { number: integer(1) } });
    base.writeValues('seer', {});
    const hashes = ['watcher_source', 'telemetry_source', 'inspect_source'].map((name) =>
      createHash('sha256').update(readText(name).slice(0, 1_000)).digest('hex'),
    );
    const { stdout, ...rest } = await runScript('held-texts.mjs', {
      arguments: hashes,
      env: { SENTRY_OPTIONS_DIR: base.directory },
    });
    expect(rest).toEqual({ code: 0, signal: null, stderr: '' });
    // The watcher's text, then the telemetry's and the server's.
    expect(JSON.parse(stdout)).toEqual({
      reader: [false, false, false],
      owner: [true, false, false],
      ownerWithDsn: [true, true, false],
      ownerWithServer: [true, true, true],
    });
  });
});
