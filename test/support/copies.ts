/** Loads a second copy of the library, whose code differs, into the thread of a test. */
import { cpSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type * as first from 'sentry-options';
import type * as firstTesting from 'sentry-options/testing';
import { temporaryDirectory } from './base.js';

const DIST = fileURLToPath(new URL('../../dist', import.meta.url));

/** Internal methods that a later version may rename. */
const INTERNALS = ['adopt', 'tryAdopt', 'valueIn', 'flags', 'declares', 'isFlag', 'comparable', 'bucket'];

type Library = typeof first & typeof firstTesting & typeof import('sentry-options/openfeature');

/**
 * Loads `entries` of a copy of the library in which the internal methods have other names. The test's end removes it.
 */
export async function loadOther(entries = ['index.js', 'testing.js', 'openfeature.js']): Promise<Library> {
  const directory = temporaryDirectory();
  cpSync(DIST, directory, { recursive: true, filter: (path) => !/[/\\](types|cli)/.test(path.slice(DIST.length)) });
  writeFileSync(join(directory, 'package.json'), '{ "type": "module" }');
  for (const file of readdirSync(directory, { recursive: true, encoding: 'utf8' })) {
    if (!file.endsWith('.js')) continue;
    const path = join(directory, file);
    const names = new RegExp(`(?<=\\.|, |^ +)(${INTERNALS.join('|')})(?=\\(|: \\()`, 'gm');
    // The watcher's code is one line.
    const lines = readFileSync(path, 'utf8').split('\n');
    writeFileSync(
      path,
      lines.map((line) => (line.length > 5_000 ? line : line.replace(names, '$1OfOther'))).join('\n'),
    );
  }
  symlinkSync(join(DIST, '../node_modules'), join(directory, 'node_modules'));
  const loaded = await Promise.all(entries.map((name) => import(pathToFileURL(join(directory, name)).href)));
  return Object.assign({}, ...loaded);
}
