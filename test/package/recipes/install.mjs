/** Puts a recipe and its packages into a directory of its own. */
import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const run = promisify(execFile);

/** Copies the files of an example, without its packages and what was built from it. */
export function copyExample(name, folder) {
  cpSync(join(root, 'examples', name), folder, {
    recursive: true,
    filter: (path) => !/\/(?:node_modules|dist|\.next)$/.test(path),
  });
}

/** Installs the locked packages, with the packed library instead of this repository, and builds the recipe. */
export async function installPacked({ name, build }, folder, tarball, env) {
  copyExample(name, folder);
  const lock = JSON.parse(readFileSync(join(folder, 'package-lock.json'), 'utf8'));
  const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  manifest.dependencies['sentry-options'] = `file:${tarball}`;
  delete lock.packages['../..'];
  delete lock.packages['node_modules/sentry-options'];
  lock.packages[''].dependencies['sentry-options'] = `file:${tarball}`;
  writeFileSync(join(folder, 'package.json'), JSON.stringify(manifest));
  writeFileSync(join(folder, 'package-lock.json'), JSON.stringify(lock));
  const flags = ['--no-save', '--ignore-scripts', '--prefer-offline', '--no-audit', '--no-fund'];
  await run('npm', ['install', ...flags], { cwd: folder, env });
  if (build !== undefined) await run('npm', build, { cwd: folder, env });
}

/** Links the packages that are installed in the example, and this repository as the library. */
export function linkInstalled({ name }, folder) {
  copyExample(name, folder);
  const installed = join(root, 'examples', name, 'node_modules');
  for (const entry of readdirSync(installed)) {
    if (entry.startsWith('.') || entry === 'sentry-options') continue;
    mkdirSync(dirname(join(folder, 'node_modules', entry)), { recursive: true });
    symlinkSync(join(installed, entry), join(folder, 'node_modules', entry));
  }
  symlinkSync(root, join(folder, 'node_modules/sentry-options'));
}
