/** Tests that an OpenFeature provider keeps no process alive, and that the example prints what its page shows. */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { Base, integer, temporaryDirectory } from '../support/base.js';
import { runScript } from '../support/run.js';

const root = fileURLToPath(new URL('../..', import.meta.url));

it('A provider keeps neither its process nor its thread alive', async () => {
  const base = new Base({ seer: { number: integer(1) } });
  base.writeValues('seer', { number: 2 });
  const { code, stdout, stderr } = await runScript('openfeature.mjs', { env: { SENTRY_OPTIONS_DIR: base.directory } });
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout).toMatch(/^main 2\nworker 2\nthread \d+ ends\nworker exit 0\n$/);
});

it('The OpenFeature example prints what its README shows', () => {
  const example = join(root, 'examples/openfeature');
  const folder = temporaryDirectory();
  // The packages that the example's `npm start` installs.
  mkdirSync(join(folder, 'node_modules'));
  symlinkSync(root, join(folder, 'node_modules/sentry-options'));
  symlinkSync(join(root, 'node_modules/@openfeature'), join(folder, 'node_modules/@openfeature'));
  for (const file of ['main.mjs', 'package.json']) cpSync(join(example, file), join(folder, file));
  const { status, stdout, stderr } = spawnSync(process.execPath, ['main.mjs'], {
    cwd: folder,
    encoding: 'utf8',
    timeout: 50_000,
  });
  const shown = /^```text\n([\s\S]*?)^```$/m.exec(readFileSync(join(example, 'README.md'), 'utf8'))?.[1];
  expect({ status, stderr, stdout }).toEqual({ status: 0, stderr: '', stdout: shown });
});
