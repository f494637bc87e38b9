/** How the command line treats streams, signals and existing files. */
import { spawn, spawnSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  watch,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { CLI, runCli } from '../support/run-cli.js';
import { hasScript } from '../support/terminal.js';
import { ValuesTree } from '../support/values-tree.js';

const CONFIG_MAP = ['--output-format', 'configmap', '--namespace', 'shop', '--target', 'default'];
const ESCAPE = '\u001B[';

/** Creates a tree whose ConfigMap is several times as large as the buffer of a pipe. */
function largeTree(): ValuesTree {
  const tree = new ValuesTree();
  tree.values(`text: "${'x'.repeat(900_000)}"`);
  return tree;
}

/** Runs a shell script in which `$CLI` is the command line. */
function shell(script: string, cwd: string) {
  const { PATH = '', HOME = '' } = process.env;
  const env = { PATH, HOME, CLI: `${process.execPath} ${CLI}`, NO_COLOR: '', TERM: 'xterm' };
  return spawnSync('bash', ['-c', script], { cwd, env, encoding: 'utf8', timeout: 55_000 });
}

function mayMount(): boolean {
  return spawnSync('unshare', ['-rm', 'sh', '-c', 'mount -t tmpfs none /mnt'], { stdio: 'ignore' }).status === 0;
}

describe('stderr', () => {
  it('Messages have no colors unless stderr is a terminal', async () => {
    const { stderr } = await runCli(['validate-schema', '--schemas', 'nowhere']);
    expect(stderr).toMatch(/^ERROR sentry-options: Schema error in nowhere:\n/);
  });

  it.runIf(hasScript())(
    'Messages have colors on a terminal, but not with NO_COLOR (skipped without util-linux)',
    () => {
      const { directory } = new ValuesTree();
      const onTerminal = (before: string): string =>
        shell(`script -qec "${before} $CLI validate-schema --schemas nowhere" /dev/null`, directory).stdout;
      expect(onTerminal('')).toContain(`${ESCAPE}31mERROR${ESCAPE}0m`);
      expect(onTerminal('NO_COLOR=1')).toContain('ERROR sentry-options: Schema error');
      expect(onTerminal('NO_COLOR=1')).not.toContain(ESCAPE);
      expect(onTerminal('TERM=dumb')).not.toContain(ESCAPE);
    },
  );

  it('A closed stderr, or one without a reader, does not change the exit code', () => {
    const tree = new ValuesTree();
    tree.values('integer: x');
    expect(shell('$CLI validate-values --schemas schemas --root values 2>&-', tree.directory).status).toBe(1);
    const piped = '{ $CLI validate-values --schemas schemas --root values; echo $? >&3; } 3>code 2>&1 | true; cat code';
    expect(shell(piped, tree.directory).stdout).toBe('1\n');
  });
});

describe('stdout', () => {
  const write = `$CLI write --schemas schemas --root values ${CONFIG_MAP.join(' ')}`;

  it('A slow reader of stdout gets all data, and a reader that closes the pipe is no error', () => {
    const { directory } = largeTree();
    expect(shell(`${write} | { sleep 0.5; wc -c; }`, directory).stdout.trim()).toMatch(/^900[23]\d\d$/);
    const gone = shell(`{ ${write}; echo $? >&3; } 3>code | head -c 20; echo; cat code`, directory);
    expect(gone.stdout).toBe('apiVersion: v1\nkind:\n0\n');
    expect(gone.stderr).toMatch(
      /^ INFO .* Successfully generated ConfigMap name=sentry-options-shop schemas=1 files=1\n INFO .*--server-side.*\n$/,
    );
  });

  it.runIf(existsSync('/dev/full'))('A full stdout is an error (skipped without /dev/full)', () => {
    const { status, stderr } = shell(`${write} > /dev/full`, largeTree().directory);
    expect(status).toBe(1);
    expect(stderr).toMatch(/^ERROR sentry-options: stdout cannot be written to \(ENOSPC/);
    const help = shell('$CLI usage --help > /dev/full', largeTree().directory);
    expect([help.status, help.stderr]).toEqual([1, expect.stringMatching(/^ERROR .*\(ENOSPC[^\n]*\n$/)]);
  });

  it('A reader that closes the pipe before the help is written is no error', () => {
    const { directory } = new ValuesTree();
    const gone = shell('{ { $CLI usage --help; echo $? >&3; } 3>code | true; } && cat code', directory);
    expect([gone.stdout, gone.stderr]).toEqual(['0\n', '']);
    const missing = shell('{ { $CLI; echo $? >&3; } 3>code 2>&1 | true; } && cat code', directory);
    expect([missing.stdout, missing.stderr]).toEqual(['2\n', '']);
  });

  it('Requested help goes to stdout, and help for a missing command to stderr', async () => {
    const asked = await runCli(['write', '--help']);
    expect([asked.code, asked.stderr]).toEqual([0, '']);
    expect(asked.stdout).toMatch(/^Usage: sentry-options write .*\n[\s\S]*\nExamples:\n {2}\$ sentry-options write /);
    const missing = await runCli([]);
    expect([missing.code, missing.stdout]).toEqual([2, '']);
    expect(missing.stderr).toMatch(/^Usage: sentry-options /);
  });
});

describe('wrong usage', () => {
  it.each([
    [['write', '--root', '--schemas', 'x'], "a value is required for '--root <ROOT>'"],
    [['write', '--schemas', '-x', '--root', 'x'], "if '-x' is the value, write '--schemas=-x'"],
    [
      ['validate-schema', '--schemas', 'x', '--quiet', '--quiet'],
      "the argument '--quiet' cannot be used multiple times",
    ],
    [['validate-schema', '--foo', '--help'], "unexpected argument '--foo' found"],
    [['validate-schema', '--schemas', 'x', '--version'], "unexpected argument '--version' found"],
    [['--quiet=1', 'validate-schema', '--schemas', 'x'], "tip: a similar argument exists: '--quiet'"],
    [['wirte'], "tip: a similar subcommand exists: 'write'"],
    [['help', 'lnit'], "unknown command 'lnit'"],
    [['write', '--output-format', 'yaml'], '[possible values: json, configmap]'],
    [['write', '--format', 'configmap'], "tip: write '--output-format configmap'"],
    [['test', '--json'], "tip: write '--format json'"],
    [['write', '-o', 'x'], "tip: some similar arguments exist: '--out', '--output-format'"],
    [['validate-values', 'a', 'b'], "unexpected argument 'a' found\n\n  tip: write '--schemas a --root b'"],
    [['validate-values', '--schemas', 'a', 'b'], "tip: write '--root b'"],
    [['run', '--inspect', 'node'], "tip: to pass '--inspect' to the program, write it after the program"],
  ])('Wrong usage is reported with exit code 2: %j', async (args, message) => {
    const { code, stdout, stderr } = await runCli(args);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toContain(message);
    expect(stderr).toMatch(/\nUsage: sentry-options .*\n\nFor more information, try '--help'\.\n$/);
  });
});

describe('a file that is written', () => {
  const write = async (tree: ValuesTree, out: string) => {
    return await tree.run('write', [...CONFIG_MAP, '--out', out, '--quiet']);
  };

  it('write replaces a file atomically, keeps its mode, and follows its symbolic link', async () => {
    const tree = new ValuesTree();
    tree.values('integer: 1');
    tree.write('real/old.yaml', 'old');
    chmodSync(join(tree.directory, 'real/old.yaml'), 0o640);
    symlinkSync('real/old.yaml', join(tree.directory, 'link.yaml'));
    const { ino } = statSync(join(tree.directory, 'link.yaml'));
    expect(await write(tree, 'link.yaml')).toMatchObject({ code: 0, stderr: '' });
    const stat = statSync(join(tree.directory, 'real/old.yaml'));
    expect([stat.mode & 0o777, stat.ino === ino]).toEqual([0o640, false]);
    expect(lstatSync(join(tree.directory, 'link.yaml')).isSymbolicLink()).toBe(true);
    expect(readFileSync(join(tree.directory, 'link.yaml'), 'utf8')).toContain('"integer":1');
    expect(readdirSync(join(tree.directory, 'real'))).toEqual(['old.yaml']);
  });

  it('write writes to a pipe or a device, and does not replace it', () => {
    const tree = new ValuesTree();
    tree.values('integer: 1');
    const command = `$CLI write --schemas schemas --root values ${CONFIG_MAP.join(' ')} --quiet --out`;
    expect(shell(`${command} /dev/stdout | cat`, tree.directory).stdout).toContain('"integer":1');
    expect(shell(`mkfifo pipe && { ${command} pipe & cat pipe; } && ls`, tree.directory).stdout).toMatch(
      /"integer":1[\s\S]*\npipe\nschemas\nvalues\n$/,
    );
  });

  it('write changes no file if another file cannot be written', async () => {
    const tree = new ValuesTree();
    tree.values('integer: 1');
    tree.write('values/shop/eu/a.yaml', 'options: {}\n');
    tree.write('out/sentry-options-shop-default.json', 'old');
    mkdirSync(join(tree.directory, 'out/sentry-options-shop-eu.json'));
    const { code, stderr } = await tree.run('write', ['--out', 'out']);
    expect(code).toBe(1);
    expect(stderr).toBe('ERROR sentry-options: out/sentry-options-shop-eu.json cannot be written (is a directory)\n');
    expect(readFileSync(join(tree.directory, 'out/sentry-options-shop-default.json'), 'utf8')).toBe('old');
    expect(readdirSync(join(tree.directory, 'out')).sort()).toEqual([
      'sentry-options-shop-default.json',
      'sentry-options-shop-eu.json',
    ]);
  });

  it.runIf(mayMount())(
    'A file that cannot be replaced is written in place, with a warning (skipped without permission to mount)',
    () => {
      const tree = new ValuesTree();
      tree.values('integer: 1');
      for (const name of [
        'mounted.yaml',
        'sealed/mounted.yaml',
        'types.d.ts',
        'all/sentry-options-shop-default.json',
      ]) {
        tree.write(`out/${name}`, 'a longer text than what is written.'.repeat(100));
        tree.write(`source/${name}`, 'old'.repeat(1_000));
      }
      const script = `
        for name in mounted.yaml sealed/mounted.yaml types.d.ts all/sentry-options-shop-default.json; do
          mount --bind source/$name out/$name
        done
        mount --bind out/sealed out/sealed && mount -o remount,bind,ro out/sealed
        mount --bind source/sealed/mounted.yaml out/sealed/mounted.yaml
        write="$CLI write --schemas schemas --root values"
        $write ${CONFIG_MAP.join(' ')} --out out/mounted.yaml
        $write ${CONFIG_MAP.join(' ')} --out out/sealed/mounted.yaml
        $write --out out/all
        $CLI generate-types --schemas schemas --out out/types.d.ts
        ls -A out out/sealed out/all`;
      const { stdout, stderr, status } = shell(`unshare -rm bash -ec '${script}'`, tree.directory);
      expect([status, stdout.split(/\s+/).filter((name) => name.startsWith('.'))]).toEqual([0, []]);
      const warnings = stderr.split('\n').filter((line) => line.includes('WARN'));
      expect(warnings).toEqual(
        [
          'out/mounted.yaml was written in place, because it cannot be replaced (EBUSY',
          'out/sealed/mounted.yaml was written in place, because it cannot be replaced (EROFS',
          'out/all/sentry-options-shop-default.json was written in place, because it cannot be replaced (EBUSY',
          'out/types.d.ts was written in place, because it cannot be replaced (EBUSY',
        ].map((text) => expect.stringContaining(text)),
      );
      const read = (name: string): string => readFileSync(join(tree.directory, 'source', name), 'utf8');
      expect(read('mounted.yaml')).toMatch(/^apiVersion: v1\n[\s\S]*\}'\n$/);
      expect(read('sealed/mounted.yaml')).toMatch(/^apiVersion: v1\n[\s\S]*\}'\n$/);
      expect(JSON.parse(read('all/sentry-options-shop-default.json'))).toMatchObject({ options: { integer: 1 } });
      expect(read('types.d.ts')).toMatch(/^\/\/ Made by[\s\S]*\n\}\n$/);
    },
  );

  it('A file can have the longest name that a file can have', async () => {
    const tree = new ValuesTree();
    tree.values('integer: 1');
    const name = `${'x'.repeat(250)}.yaml`;
    expect(await write(tree, name)).toMatchObject({ code: 0, stderr: '' });
    expect(existsSync(join(tree.directory, name))).toBe(true);
  });

  it('Ctrl-C leaves all files or none, at any moment', async () => {
    const tree = new ValuesTree();
    for (let target = 0; target < 40; target++) {
      tree.write(
        `values/shop/${target === 0 ? 'default' : `t${target}`}/a.yaml`,
        `options: {text: "${'x'.repeat(20_000)}"}\n`,
      );
    }
    const out = join(tree.directory, 'out');
    const ends = new Set<string>();
    // At many moments of the run, and as soon as the directory exists.
    for (let delay = 0; delay < 25; delay++) {
      const child = spawn(
        process.execPath,
        [CLI, 'write', '--schemas', 'schemas', '--root', 'values', '--out', 'out'],
        {
          cwd: tree.directory,
          stdio: 'ignore',
        },
      );
      const ended = new Promise<string>((resolve) =>
        child.on('close', (code, signal) => resolve(String(signal ?? code))),
      );
      const watcher =
        delay % 2 === 0 ? undefined : watch(tree.directory, (_event, name) => name === 'out' && child.kill('SIGINT'));
      if (watcher === undefined) setTimeout(() => child.kill('SIGINT'), 40 + delay * 12);
      ends.add(await ended);
      watcher?.close();
      const names = existsSync(out) ? readdirSync(out) : [];
      expect([0, 40]).toContain(names.length);
      for (const name of names) {
        expect(name).toMatch(/^sentry-options-shop-\w+\.json$/);
        expect(() => JSON.parse(readFileSync(join(out, name), 'utf8'))).not.toThrow();
      }
      spawnSync('rm', ['-rf', out]);
    }
    expect(ends).toContain('SIGINT');
  });
});

it('The command runs through the symbolic link that npm creates', () => {
  const { directory } = new ValuesTree();
  symlinkSync(CLI, join(directory, 'sentry-options'));
  writeFileSync(join(directory, 'package.json'), '{"name": "another", "version": "9.9.9"}');
  const { stdout, status } = shell('./sentry-options --version', directory);
  expect([status, stdout]).toEqual([0, expect.stringMatching(/^sentry-options \d+\.\d+\.\d+\n$/)]);
});
