/** `sentry-options run`: a program with the values that would be deployed. */
import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { temporaryDirectory } from '../support/base.js';
import { runCli } from '../support/run-cli.js';
import { ValuesTree } from '../support/values-tree.js';

const INDEX = fileURLToPath(new URL('../../dist/index.js', import.meta.url));
const READ = `const { close, init, options } = await import(${JSON.stringify(INDEX)}); init();
  console.log(options('shop').get('text'), options('shop').get('integer')); await close();`;

describe('run', () => {
  it('A program reads the values of the target over those of default, and its exit code is that of the command', async () => {
    const tree = new ValuesTree();
    tree.values('text: all\ninteger: 1');
    tree.write('values/shop/eu/values.yaml', 'options: {text: eu}\n');
    const temporary = temporaryDirectory();
    const script = `${READ} process.exitCode = 7;`;
    const program = ['--', process.execPath, '--input-type=module', '-e', script];
    const outcome = await tree.run('run', ['--target', 'eu', ...program], { env: { TMPDIR: temporary } });
    expect(outcome).toMatchObject({ code: 7, stdout: 'eu 1\n', stderr: '' });
    expect(readdirSync(temporary)).toEqual([]);
  });

  it('A signal ends the program, and nothing is left', async () => {
    const tree = new ValuesTree();
    tree.values('text: all');
    const temporary = temporaryDirectory();
    // Written before the signal, so that the program is there.
    const script = 'process.on("SIGTERM", () => process.exit(3)); setInterval(() => {}, 1000); console.log("up")';
    const outcome = await tree.run('run', ['--target', 'default', '--', process.execPath, '-e', script], {
      env: { TMPDIR: temporary },
      onStart: (child) => child.stdout?.once('data', () => child.kill('SIGTERM')),
    });
    expect(outcome).toMatchObject({ code: 3, stdout: 'up\n' });
    expect(readdirSync(temporary)).toEqual([]);
  });

  it.each<[string, readonly string[], string]>([
    [
      'an unknown target',
      ['--target', 'us', '--', 'true'],
      "ERROR sentry-options: Target 'us' not found in any namespace; there are values of default\n",
    ],
    [
      'a program that is missing',
      ['--target', 'default', '--', 'no-such-program'],
      'ERROR sentry-options: Cannot run no-such-program: there is no such program in PATH\n',
    ],
    ['a value that is invalid', ['--target', 'default', '--', 'true'], 'text 1 is not of type "string"; quote it: "1"'],
  ])('It runs nothing with %s', async (what, options, message) => {
    const tree = new ValuesTree();
    tree.values(what.startsWith('a value') ? 'text: 1' : 'text: all');
    const { code, stderr } = await tree.run('run', options);
    expect([code, stderr]).toEqual([what === 'a program that is missing' ? 127 : 1, expect.stringContaining(message)]);
  });

  it.each([
    ['a program that does not exist', './nothing', 127],
    ['a file that is not executable', 'schemas/shop/schema.json', 126],
  ])('The exit code of %s is that of a shell', async (_, program, code) => {
    const tree = new ValuesTree();
    tree.values('text: all');
    const outcome = await tree.run('run', ['--target', 'default', '--', program]);
    expect(outcome).toMatchObject({ code, stderr: expect.stringContaining(`Cannot run ${program}: `) });
  });

  it.each(['--silent', '-x'])(
    'An option of the program needs -- before the program, as the usage says: %s',
    async (option) => {
      const { code, stderr } = await runCli(['run', '--target', 'eu', 'npm', 'test', option]);
      expect([code, stderr.split('\n').slice(0, 4)]).toEqual([
        2,
        [
          `error: unexpected argument '${option}' found`,
          '',
          `  tip: to pass '${option}' to the program, put '--' before the program`,
          '',
        ],
      ]);
      // Before the program, it is an option of the command.
      expect((await runCli(['run', '--targt', 'eu', '--', 'npm'])).stderr).toContain("argument exists: '--target'");
    },
  );

  it('Without a program, the usage shows the form', async () => {
    const { code, stderr } = await runCli(['run', '--target', 'eu']);
    expect([code, stderr]).toEqual([2, expect.stringContaining('--target <TARGET> -- <program> [arguments…]')]);
  });
});
