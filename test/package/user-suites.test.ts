/**
 * Runs the test suites of a service that uses the packed package, with the runners' own commands; each process must end
 * by itself. `user-suites/README.md` lists the runners and modes.
 */
import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { INSTALL_TIMEOUT } from '../support/install-locked.js';
import { root } from '../support/pages.js';
import { installRunners } from '../support/runners.js';

const suites = join(root, 'test/package/user-suites');
/** Their package.json is not in `suites`, so the compiler resolves the library's name there to this repository. */
const runners = join(suites, 'runners');
const run = promisify(execFile);

/** A runner that does not end by itself is killed, which fails the test. */
const RUN_TIMEOUT = 50_000;

/** The working directory; its subdirectory `suites` is the service's directory. */
let folder: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'user-suites-'));
  const service = join(folder, 'suites');
  cpSync(suites, service, { recursive: true });
  cpSync(join(runners, 'package.json'), join(service, 'package.json'));
  mkdirSync(join(folder, 'tmp'));
  symlinkSync(await installRunners(), join(folder, 'node_modules'));

  // `dist/` is current; the package's scripts would rebuild it while other tests use it.
  await run('npm', ['pack', '--ignore-scripts', '--pack-destination', folder], { cwd: root });
  const { name, version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const library = join(service, 'node_modules', name);
  mkdirSync(library, { recursive: true });
  await run('tar', ['-xzf', join(folder, `${name}-${version}.tgz`), '--strip-components=1', '-C', library]);
  symlinkSync(join(root, 'node_modules/vitest'), join(service, 'node_modules/vitest'));
}, INSTALL_TIMEOUT);

afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Runs a script of a runner in the service's directory, without this test runner's environment variables. */
async function start(script: string, options: readonly string[], env: Record<string, string>): Promise<string> {
  const { PATH = '', HOME = '' } = process.env;
  const { stdout, stderr } = await run(process.execPath, [script, ...options], {
    cwd: join(folder, 'suites'),
    env: { PATH, HOME, TMPDIR: join(folder, 'tmp'), CI: 'true', NO_COLOR: '1', ...env },
    timeout: RUN_TIMEOUT,
    killSignal: 'SIGKILL',
  });
  const output = `${stdout}${stderr}`;
  // A runner prints these words if it has to kill something, or if something failed outside a test.
  expect(output).not.toMatch(/did not exit|failed to exit|prevents|hanging|open handle|unhandled|uncaught/i);
  return output;
}

describe('Vitest', () => {
  it.each(['threads', 'forks', 'vmThreads'])('The suites pass with Vitest in the pool %s', async (pool) => {
    const options = ['run', '--config', 'vitest/vitest.config.js', '--pool', pool];
    const output = await start('node_modules/vitest/vitest.mjs', options, {});
    expect(output).toMatch(/^ +Test Files +5 passed \(5\)$/m);
    expect(output).toMatch(/^ +Tests +(\d+) passed \(\1\)$/m);
  });
});

describe('Jest', () => {
  const AS_MODULES = { NODE_OPTIONS: '--experimental-vm-modules' };

  async function runJest(files: number, options: readonly string[], env: Record<string, string>): Promise<void> {
    const output = await start('../node_modules/jest/bin/jest.js', options, env);
    expect(output).toMatch(new RegExp(`^Test Suites: ${files} passed, ${files} total$`, 'm'));
    expect(output).toMatch(/^Tests: +(\d+) passed, \1 total$/m);
  }

  it.each([
    ['in one thread', ['--runInBand']],
    ['in processes', ['--maxWorkers=2']],
    ['in threads', ['--maxWorkers=2', '--workerThreads']],
  ])('The suites pass with Jest and ES modules %s', async (_name, options) => {
    await runJest(4, ['--config', 'jest/jest.config.js', ...options], AS_MODULES);
  });

  it('The suites pass with Jest and modules compiled to CommonJS by Babel', async () => {
    await runJest(4, ['--config', 'jest/babel.config.js', '--runInBand'], {});
  });

  it('Realms of one thread share a store in Jest', async () => {
    await runJest(3, ['--config', 'jest/realms/jest.config.js', '--runInBand'], AS_MODULES);
  });

  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  it.runIf(major > 24 || (major === 24 && minor >= 9))('Jest can require() the library without a build', async () => {
    await runJest(1, ['--config', 'jest/jest.config.js', '--testMatch', '<rootDir>/jest/*.spec.cjs'], AS_MODULES);
  });
});
