/** What README.md says: its commands and programs are run word by word, and its tables compared with the code. */
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import * as library from 'sentry-options';
import { describe, expect, it, onTestFinished } from 'vitest';
import { temporaryDirectory } from '../support/base.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const read = (path: string): string => readFileSync(join(root, path), 'utf8');
const readme = read('README.md');
/** Nothing of the test runner's reaches a program, and its `node` is the one that runs the tests. */
const env = { PATH: `${dirname(process.execPath)}:${process.env.PATH}`, HOME: process.env.HOME };
/** The folder that README's output was copied from. */
const README_FOLDER = '/home/me/try';

/** A fenced block of code. `caption`: the file that the line before the fence names. */
interface Block {
  readonly section: string;
  readonly language: string;
  readonly caption: string | undefined;
  readonly text: string;
}

const blocks: readonly Block[] = [...readme.matchAll(/(?:^`(\S+)`:\n\n)?^```(\w*)\n([\s\S]*?)^```$/gm)].map(
  (match) => ({
    section: /.*^## (.+?)$/ms.exec(readme.slice(0, match.index))?.[1] ?? '',
    language: match[2] as string,
    caption: match[1],
    text: match[3] as string,
  }),
);

function codeOf(section: string, language: string): string[] {
  return blocks.filter((block) => block.section === section && block.language === language).map(({ text }) => text);
}

/** An empty folder after `npm install sentry-options`. */
function installedFolder(): string {
  const folder = realpathSync(temporaryDirectory());
  mkdirSync(join(folder, 'node_modules'));
  symlinkSync(root, join(folder, 'node_modules/sentry-options'));
  symlinkSync(join(root, 'node_modules/@openfeature'), join(folder, 'node_modules/@openfeature'));
  return folder;
}

/** The same, with the files that the section `Files` shows. */
function folderWithFiles(): string {
  const folder = installedFolder();
  for (const { caption, text } of blocks) {
    if (caption === undefined) continue;
    mkdirSync(dirname(join(folder, caption)), { recursive: true });
    writeFileSync(join(folder, caption), text);
  }
  return folder;
}

/** A shell block that goes on until the test is over, and what it has printed so far. */
class Program {
  readonly stdout: string[] = [];
  readonly stderr: string[] = [];
  readonly #events = new EventEmitter();
  #ended = false;

  constructor(commands: string, cwd: string) {
    const child = spawn('bash', ['-e', '-c', commands], {
      cwd,
      env,
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const [stream, lines] of [
      [child.stdout, this.stdout],
      [child.stderr, this.stderr],
    ] as const) {
      createInterface({ input: stream }).on('line', (line) => {
        lines.push(line);
        this.#events.emit('news');
      });
    }
    child.on('close', () => {
      this.#ended = true;
      this.#events.emit('news');
    });
    // The shell and what it started: they are a process group of their own.
    onTestFinished(() => void (this.#ended || process.kill(-(child.pid as number), 'SIGKILL')));
  }

  /** Resolves at the line that makes `isReached` true. */
  async until(isReached: () => boolean): Promise<void> {
    while (!isReached()) {
      if (this.#ended) throw new Error(`The program ended:\n${[...this.stdout, ...this.stderr].join('\n')}`);
      await once(this.#events, 'news');
    }
  }
}

/** Runs a program to its end. */
function runScript(name: string, cwd: string): { status: number | null; stdout: string; stderr: string } {
  return spawnSync(process.execPath, [name], { cwd, env, encoding: 'utf8', timeout: 50_000 });
}

describe('the first five minutes', () => {
  const commands = codeOf('Five minutes', 'sh');
  const outputs = codeOf('Five minutes', 'text');

  it('are what happens, word by word', async () => {
    expect(codeOf('Install', 'sh')).toEqual(['npm install sentry-options\n']);
    const [declare, start, edit, spoil] = commands as [string, string, string, string];
    const [printed, complaint] = outputs as [string, string];
    expect([commands.length, outputs.length]).toEqual([4, 2]);
    const folder = installedFolder();
    const shell = (text: string) => execFileSync('bash', ['-e', '-c', text], { cwd: folder, env });

    shell(declare);
    const program = new Program(start, folder);
    await program.until(() => program.stdout.length >= 2);
    shell(edit);
    await program.until(() => program.stdout.includes('true'));
    expect([...program.stdout.slice(0, 2), program.stdout.at(-1), ''].join('\n')).toBe(printed);

    shell(spoil);
    const expected = complaint.replaceAll(README_FOLDER, folder).trimEnd().split('\n');
    await program.until(() => program.stderr.length >= expected.length);
    expect(program.stderr).toEqual(expected);
    const before = program.stdout.length;
    await program.until(() => program.stdout.length >= before + 2);
    expect(program.stdout.join()).toMatch(/^(false,)+true(,true)+$/);

    const restarted = spawnSync('bash', ['-e', '-c', start], { cwd: folder, env, encoding: 'utf8' });
    expect(restarted.status).toBe(1);
    expect(restarted.stderr).toContain('ValuesError: Failed to load values from');
    expect(restarted.stderr).toContain(expected.slice(1).join('\n'));
  });
});

describe('the programs', () => {
  const programs = blocks
    .filter(({ language }) => language === 'js')
    .map(({ section, text }) => ({ section, text, file: /^\/\/ (\S+\.mjs)\n/.exec(text)?.[1] }));
  const entries = programs.filter(({ file }) => file === undefined || file === 'main.mjs');

  it.each(entries)('of $section print what their comments say', ({ section, text, file = 'program.mjs' }) => {
    const folder = folderWithFiles();
    writeFileSync(join(folder, file), text);
    const parts = programs.filter((program) => program.section === section && program.file !== undefined);
    for (const part of parts) writeFileSync(join(folder, part.file as string), part.text);
    const { status, stdout, stderr } = runScript(file, folder);
    expect({ status, stderr: section === 'Testing' ? '' : stderr }).toEqual({ status: 0, stderr: '' });

    const all = [text, ...parts.filter((part) => part.text !== text).map((part) => part.text)].join('\n');
    const expected = [...all.matchAll(/console\.log\(.*\); \/\/ (.+)$/gm)].map((match) => match[1]);
    const lines = stdout.trimEnd().split('\n');
    // Threads print in any order.
    if (expected.length > 0) expect(parts.length > 0 ? lines.sort() : lines).toEqual(expected);
  });

  it('leave no block unread', () => {
    const parts = programs.filter((program) => !entries.includes(program));
    for (const { section } of parts) expect(entries.map((entry) => entry.section)).toContain(section);
    expect(new Set(blocks.map(({ language }) => language))).toEqual(new Set(['sh', 'text', 'json', 'js', 'ts']));
  });

  it('get the status that README shows, but for the times', () => {
    const folder = folderWithFiles();
    writeFileSync(join(folder, 'status.mjs'), codeOf('Status', 'js')[0] as string);
    const { stdout } = runScript('status.mjs', folder);
    const withoutTimes = (text: string) =>
      text
        .replaceAll(README_FOLDER, folder)
        .replace(/"(appliedAt|lastPollAt|heartbeatAt)": "[-\d]+T[:.\d]+Z"/g, '"$1": "…"')
        .replace(/"(reloadMs|delaySecs)": [\d.]+/g, '"$1": …');
    expect(withoutTimes(stdout)).toBe(withoutTimes(codeOf('Status', 'json')[0] as string));
  });

  it('compile, where they are TypeScript', () => {
    const folder = temporaryDirectory();
    const library = join(folder, 'node_modules/sentry-options');
    const tsc = (...args: string[]) => {
      const { status, stdout } = spawnSync(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), ...args], {
        cwd: folder,
        encoding: 'utf8',
      });
      expect({ status, stdout }).toEqual({ status: 0, stdout: '' });
    };
    // The declarations as they are published, and not those that an earlier build may have left in dist/.
    tsc('-p', join(root, 'tsconfig.build.json'), '--outDir', join(library, 'dist/types'));
    cpSync(join(root, 'package.json'), join(library, 'package.json'));
    symlinkSync(join(root, 'node_modules/@types'), join(folder, 'node_modules/@types'));
    const programs = blocks.filter(({ language }) => language === 'ts');
    expect(programs.length).toBeGreaterThan(0);
    const files = programs.map(({ text }, index) => {
      writeFileSync(join(folder, `program-${index}.mts`), text);
      return `program-${index}.mts`;
    });
    tsc('--strict', '--noEmit', '--module', 'nodenext', '--target', 'es2023', '--types', 'node', ...files);
  });
});

describe('the tables', () => {
  const section = (title: string) => readme.split(/^## /m).find((part) => part.startsWith(`${title}\n`)) ?? '';
  const firstCells = (title: string) => [...section(title).matchAll(/^\| `(\w+)` \|/gm)].map((match) => match[1]);

  it('of the configuration name every setting and environment variable, and nothing else', () => {
    let message = '';
    try {
      library.openOptions({ 'no such setting': true } as object);
    } catch (error) {
      message = (error as Error).message;
    }
    const settings = /There are: (.+)\.$/.exec(message)?.[1]?.split(', ') ?? [];
    const variables = read('src/config.ts').match(/(?<=env\.)SENTRY_OPTIONS_\w+/g) ?? [];
    expect(settings.length * variables.length).toBeGreaterThan(0);
    expect(firstCells('Configuration').sort()).toEqual([...settings, ...new Set(variables)].sort());
  });

  it('of the errors name every class and code, and nothing else', () => {
    const classes = Object.keys(library).filter((name) => name.endsWith('Error') && name !== 'OptionsError');
    expect(firstCells('Errors').sort()).toEqual(classes.sort());
    const union = /export type ErrorCode =([^;]+);/.exec(read('src/errors.ts'))?.[1] ?? '';
    const codes = [...union.matchAll(/'(\w+)'/g)].map((match) => match[1]);
    const told = [...section('Errors').matchAll(/^\|[^|]*\| `([A-Z_]+)` \|/gm)].map((match) => match[1]);
    expect(told.sort()).toEqual(codes.sort());
  });
});

describe('the documents', () => {
  const documents = [
    ...['README.md', 'CONTRIBUTING.md', 'CHANGELOG.md'],
    ...readdirSync(join(root, 'docs'), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.md'))
      .map((name) => `docs/${name}`),
  ];

  it.each(documents)('%s has no dead links and no commands that are not there', (document) => {
    const text = read(document);
    for (const [, target = ''] of text.matchAll(/\]\((?!https?:)([^)#]*)(?:#[^)]*)?\)/g)) {
      expect([target, existsSync(join(root, dirname(document), target))]).toEqual([target, true]);
    }
    const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
    for (const [, script] of text.matchAll(/npm run ([\w:]+)/g)) expect(Object.keys(scripts)).toContain(script);
  });
});
