/** Installs the Python client, which tests compare with docs/migration.md. */
import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { root } from './pages.js';

/** The version that the page describes. */
const CLIENT = 'sentry-options==1.2.17';

const run = promisify(execFile);

/** Installs the client from PyPI into a virtual environment, once, and returns the path of its `python`. */
export async function installPythonClient(): Promise<string> {
  const environment = join(root, 'node_modules/.cache', `python-${CLIENT.replace('==', '-')}`);
  if (!existsSync(environment)) {
    mkdirSync(join(environment, '..'), { recursive: true });
    // Has a temporary name until it is complete, so an interrupted or concurrent installation is never used.
    const unfinished = mkdtempSync(`${environment}.`);
    try {
      await run('python3', ['-m', 'venv', unfinished]);
      const options = ['--quiet', '--disable-pip-version-check', '--only-binary=:all:'];
      await run(join(unfinished, 'bin/python'), ['-m', 'pip', 'install', ...options, CLIENT]);
      if (!existsSync(environment)) renameSync(unfinished, environment);
    } finally {
      rmSync(unfinished, { recursive: true, force: true });
    }
  }
  return join(environment, 'bin/python');
}
