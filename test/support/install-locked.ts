/** Installs packages that the project itself does not use, once and apart from the project's packages. */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { root } from './pages.js';

/** Long enough to install them. */
export const INSTALL_TIMEOUT = 300_000;

/**
 * Installs the lock file of `folder`, unless it is installed, and returns the path of the folder with `node_modules`.
 *
 * @param name of the folder in the cache
 */
export async function installLocked(folder: string, name: string): Promise<string> {
  const lock = readFileSync(join(root, folder, 'package-lock.json'));
  const key = createHash('sha256').update(lock).digest('hex').slice(0, 16);
  const installed = join(root, 'node_modules/.cache', name, key);
  if (!existsSync(installed)) {
    mkdirSync(join(installed, '..'), { recursive: true });
    // Has a temporary name until it is complete, so an interrupted or concurrent installation is never used.
    const unfinished = mkdtempSync(`${installed}.`);
    try {
      for (const file of ['package.json', 'package-lock.json'])
        cpSync(join(root, folder, file), join(unfinished, file));
      await promisify(execFile)('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], { cwd: unfinished });
      if (!existsSync(installed)) renameSync(unfinished, installed);
    } finally {
      rmSync(unfinished, { recursive: true, force: true });
    }
  }
  return installed;
}
