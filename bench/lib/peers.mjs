/** The software that this one is compared with: installed here, so that the project's own install stays small. */
import { spawnSync } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const FOLDER = new URL('../', import.meta.url);

/** Installs what `package-lock.json` says, unless that has been done since it was changed last. */
export function installPeers(say) {
  // npm writes it at the end of an install.
  const installed = new URL('node_modules/.package-lock.json', FOLDER);
  const wanted = new URL('package-lock.json', FOLDER);
  if (existsSync(installed) && statSync(installed).mtimeMs >= statSync(wanted).mtimeMs) return;
  say('Installing what is compared with (npm ci in bench/) …');
  const { status } = spawnSync('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--silent'], {
    cwd: fileURLToPath(FOLDER),
    stdio: ['ignore', 'ignore', 'inherit'],
    shell: process.platform === 'win32',
  });
  if (status !== 0) {
    throw new Error('npm ci in bench/ failed: without what is compared with, `npm run bench -- NAME` runs the others');
  }
}
