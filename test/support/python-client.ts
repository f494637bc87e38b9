/** The family's Python client, which the page on migration is compared with. */
import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { root } from './pages.js';

/** The version that the page speaks of. */
const CLIENT = 'sentry-options==1.2.17';

const run = promisify(execFile);

/** Installs it from PyPI into a virtual environment of its own, once; the path of the `python` that has it. */
export async function installPythonClient(): Promise<string> {
  const environment = join(root, 'node_modules/.cache', `python-${CLIENT.replace('==', '-')}`);
  if (!existsSync(environment)) {
    mkdirSync(join(environment, '..'), { recursive: true });
    // Under another name until it is whole: neither an interrupted installation nor a concurrent one is taken for it.
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
