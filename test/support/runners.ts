/** Jest and what belongs to it, which the project itself does not use: installed once, apart from its own packages. */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { root } from './pages.js';

const RUNNERS = join(root, 'test/package/user-suites/runners');

/** Long enough to install the runners, once. */
export const INSTALL_TIMEOUT = 300_000;

/** The `node_modules` with Jest, installed as its lock says, where that has not been done yet. */
export async function installRunners(): Promise<string> {
  const lock = readFileSync(join(RUNNERS, 'package-lock.json'));
  const key = createHash('sha256').update(lock).digest('hex').slice(0, 16);
  const installed = join(root, 'node_modules/.cache/user-suites', key);
  if (!existsSync(installed)) {
    mkdirSync(join(installed, '..'), { recursive: true });
    // Under another name until it is whole: neither an interrupted installation nor a concurrent one is taken for it.
    const unfinished = mkdtempSync(`${installed}.`);
    try {
      for (const file of ['package.json', 'package-lock.json']) cpSync(join(RUNNERS, file), join(unfinished, file));
      await promisify(execFile)('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], { cwd: unfinished });
      if (!existsSync(installed)) renameSync(unfinished, installed);
    } finally {
      rmSync(unfinished, { recursive: true, force: true });
    }
  }
  return join(installed, 'node_modules');
}
