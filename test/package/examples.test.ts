/**
 * Tests the examples: each runs as a child process in a copy of its directory, with its packages installed. The
 * examples of OpenFeature, Prometheus and Kubernetes have tests in `test/process/`, those of frameworks in
 * `recipes.test.ts`.
 */
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { CLEAN_ENVIRONMENT, folderForCompiler, installedFolder, link, PASSED, tsc } from '../support/folder.js';
import { INSTALL_TIMEOUT } from '../support/install-locked.js';
import { root } from '../support/pages.js';
import { Program } from '../support/program.js';
import { installRunners } from '../support/runners.js';

const EXAMPLES = join(root, 'examples');
/** The watcher polls every 5 seconds, and the machine may be busy with other tests. */
const CHANGE = { timeout: 40_000, interval: 100 };
/** The timeout of a test that waits for several changes. */
const CHANGES_TIMEOUT = 150_000;

/** Copies an example's files to a directory that already has its packages. */
function copyTo(folder: string, example: string): string {
  cpSync(join(EXAMPLES, example), folder, {
    recursive: true,
    filter: (path) => !/\/(?:node_modules|dist)$/.test(path),
  });
  return folder;
}

/** Runs a script in a directory until it exits. */
function run(folder: string, ...args: readonly string[]): { status: number | null; output: string } {
  const env = { ...CLEAN_ENVIRONMENT, CI: 'true', NO_COLOR: '1' };
  const { status, stdout, stderr } = spawnSync(process.execPath, args, {
    cwd: folder,
    env,
    encoding: 'utf8',
    timeout: 50_000,
  });
  return { status, output: `${stdout}${stderr}` };
}

/** Reads the output that an example's README shows. */
function readShownOutput(example: string): string {
  return /^```text\n([\s\S]*?)^```$/m.exec(readFileSync(join(EXAMPLES, example, 'README.md'), 'utf8'))?.[1] ?? '';
}

/** Changes the shop's greeting in place, as an editor does. */
function changeGreeting(folder: string, greeting: unknown): void {
  const file = join(folder, 'sentry-options/values/shop/values.json');
  const values = JSON.parse(readFileSync(file, 'utf8')) as { options: object };
  writeFileSync(file, JSON.stringify({ ...values, options: { ...values.options, greeting } }));
}

/** Starts a server; returns its process and the URL that it prints. */
async function serve(folder: string): Promise<{ program: Program; url: string }> {
  const program = new Program(process.execPath, ['main.mjs'], {
    cwd: folder,
    env: { ...CLEAN_ENVIRONMENT, PORT: '0' },
  });
  await program.until(() => program.stdout.length > 0);
  return { program, url: program.stdout[0] as string };
}

/** Ends a server with SIGTERM, as Kubernetes does. */
async function stop(program: Program): Promise<void> {
  program.child.kill('SIGTERM');
  expect([...(await program.closed()), ...program.stderr]).toEqual([0, null]);
}

it('The README of each example names one command that starts it', () => {
  for (const example of readdirSync(EXAMPLES)) {
    const manifest = join(EXAMPLES, example, 'package.json');
    if (!existsSync(manifest)) continue;
    const { scripts } = JSON.parse(readFileSync(manifest, 'utf8')) as { scripts: Record<string, string> };
    const readme = readFileSync(join(EXAMPLES, example, 'README.md'), 'utf8');
    const command = /^npm (start|test) --prefix examples\/(\S+)$/m.exec(readme);
    expect([example, command?.[2], Object.keys(scripts)]).toEqual([
      example,
      example,
      expect.arrayContaining([command?.[1]]),
    ]);
  }
});

it('examples/sentry prints what its README shows, the errors of one moment in any order', () => {
  const folder = copyTo(installedFolder('@sentry'), 'sentry');
  const { status, output } = run(folder, '--import', './instrument.mjs', 'main.mjs');
  const parts = (text: string) => text.trim().split('\n\n').sort();
  expect([status, ...parts(output)]).toEqual([0, ...parts(readShownOutput('sentry'))]);
});

it('examples/worker-pool prints what its README shows', () => {
  const folder = copyTo(installedFolder('piscina'), 'worker-pool');
  expect(run(folder, 'main.mjs')).toEqual({ status: 0, output: readShownOutput('worker-pool') });
});

it(
  'examples/cluster responds from both processes, and both see a change',
  async () => {
    const folder = copyTo(installedFolder(), 'cluster');
    const { program, url } = await serve(folder);
    const request = async () => {
      const [pid, greeting] = (await (await fetch(url)).text()).trim().split(': ');
      return { pid, greeting };
    };
    const responding = new Set<string | undefined>();
    await vi.waitUntil(async () => {
      const { pid, greeting } = await request();
      expect(greeting).toBe('Good morning');
      return responding.add(pid).size === 2;
    }, CHANGE);
    expect(responding).not.toContain(String(program.child.pid));

    changeGreeting(folder, 'Good evening');
    const changed = new Set<string | undefined>();
    await vi.waitUntil(async () => {
      const { pid, greeting } = await request();
      if (greeting === 'Good evening') changed.add(pid);
      return changed.size === 2;
    }, CHANGE);
    expect(changed).toEqual(responding);
    await stop(program);
  },
  CHANGES_TIMEOUT,
);

describe('examples/testing', () => {
  let runners: string;

  beforeAll(async () => {
    runners = await installRunners();
  }, INSTALL_TIMEOUT);

  it('The tests of the example pass with Vitest', () => {
    const folder = copyTo(installedFolder('vitest'), 'testing');
    const { status, output } = run(folder, 'node_modules/vitest/vitest.mjs', 'run');
    expect([status, output]).toEqual([0, expect.stringMatching(/^ +Tests +5 passed \(5\)$/m)]);
  });

  it('The tests of the example pass with Jest', () => {
    const folder = copyTo(installedFolder(), 'testing');
    for (const name of ['jest', '@jest']) link(folder, name, join(runners, name));
    const { scripts } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as {
      scripts: { jest: string };
    };
    const { status, output } = run(folder, ...scripts.jest.split(' ').slice(1));
    expect([status, output]).toEqual([0, expect.stringMatching(/^Tests: +5 passed, 5 total$/m)]);
  });

  it('The example has the same tests for both runners', () => {
    const tests = (runner: string) =>
      readFileSync(join(EXAMPLES, 'testing', runner, 'checkout.test.js'), 'utf8').replace(
        /^import .*(vitest|jest).*\n/m,
        '',
      );
    expect(tests('jest')).toBe(tests('vitest'));
  });
});

describe('examples/typescript-types', () => {
  const GENERATED = 'src/options.d.ts';

  function prepareProject(): string {
    const folder = copyTo(folderForCompiler(), 'typescript-types');
    const { status } = run(folder, 'node_modules/sentry-options/dist/cli.js', 'generate-types', '--out', GENERATED);
    expect(status).toBe(0);
    return folder;
  }

  it('The example compiles with newly generated declarations and prints what its README shows', () => {
    const folder = prepareProject();
    expect(readFileSync(join(folder, GENERATED), 'utf8')).toBe(
      readFileSync(join(EXAMPLES, 'typescript-types', GENERATED), 'utf8'),
    );
    expect(tsc(folder)).toEqual(PASSED);
    expect(run(folder, 'dist/main.js')).toEqual({ status: 0, output: readShownOutput('typescript-types') });
  });

  it('The example does not compile with a wrong key', () => {
    const folder = prepareProject();
    const program = join(folder, 'src/main.ts');
    writeFileSync(program, readFileSync(program, 'utf8').replace("shop.get('page-size')", "shop.get('page-sise')"));
    const { status, stdout } = tsc(folder);
    expect(status).not.toBe(0);
    expect(stdout).toMatch(/^src\/main\.ts\(8,\d+\): error TS2345: .*"page-sise"/m);
  });
});
