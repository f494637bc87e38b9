/** Installs the libraries for comparison into this folder, so that the project's own install stays small. */
import { spawnSync } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const FOLDER = new URL('../', import.meta.url);

/**
 * Installs the packages of `package-lock.json`, unless an install is newer than the lock file.
 *
 * @param report called with a line of progress
 * @throws {Error} if npm fails
 */
export function installPeers(report) {
  // npm writes this file at the end of an install.
  const installed = new URL('node_modules/.package-lock.json', FOLDER);
  const wanted = new URL('package-lock.json', FOLDER);
  if (existsSync(installed) && statSync(installed).mtimeMs >= statSync(wanted).mtimeMs) return;
  report('Installing the libraries for comparison (npm ci in bench/) …');
  const { status } = spawnSync('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--silent'], {
    cwd: fileURLToPath(FOLDER),
    stdio: ['ignore', 'ignore', 'inherit'],
    shell: process.platform === 'win32',
  });
  if (status !== 0) {
    throw new Error(
      'npm ci in bench/ failed. Run it by itself to see why; every question needs the libraries for comparison.',
    );
  }
}
