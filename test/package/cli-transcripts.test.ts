/**
 * Runs the transcripts of the pages: writes their files, runs their commands, and compares the output. The commands of
 * a block `terminal` run on a terminal, if the machine has util-linux.
 * `npx vitest run test/package/cli-transcripts.test.ts -u` updates the output in the pages.
 */
import { spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { createProgram } from '../../src/cli/program.js';
import { blocksOf, pages, root } from '../support/pages.js';
import { GIT_ENVIRONMENT } from '../support/repository.js';
import { CLI } from '../support/run-cli.js';
import { hasScript } from '../support/terminal.js';

const CLI_PAGE = new URL('../../docs/cli.md', import.meta.url);
const START_PAGE = new URL('../../docs/getting-started.md', import.meta.url);
const ON_CALL_PAGE = new URL('../../docs/on-call.md', import.meta.url);
const PULL_REQUEST_PAGE = new URL('../../docs/pull-request.md', import.meta.url);
const cliPage = readFileSync(CLI_PAGE, 'utf8');

/** The folder that a page shows instead of the temporary one. */
const SHOWN_FOLDER = '/home/me/shop';
/** The mark that the script prints after each command. */
const END = '\u0001end\u0001';

/** Milliseconds for all commands of a page, one after the other: a hundred processes, on a machine that is busy. */
const MAX_TIME = 240_000;

/** A service that transcripts start: it reads once, and waits. Signal USR2 blocks its main thread. */
const SERVER = `import { init, options } from 'sentry-options';

init({ pollInterval: 100 });
options('shop').get('max-retries');
setInterval(() => {}, 60_000);
process.on('SIGUSR2', () => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0));
`;
/** The pid that a page shows, and takes, for the first service of a transcript; the next one has the next. */
const FIRST_PID = 4127;
const SHOWN_PID = /\b41[23]\d\b/g;
/** Keeps the pid of a service that was just started, and waits until it can be asked. */
const SETTLE = `
pids+=($!); echo $! >> "$HOME/pids"
until [ -S "$TMPDIR/sentry-options-$UID/$!.sock" ] || ! kill -0 $!; do sleep 0.05; done`;

/** A fenced block of a page: a file if the line before it is a path, or a transcript. */
const BLOCK = /(?:^`(?<path>\S+)`:\n\n)?^```(?<language>\w*)\n(?<text>[\s\S]*?)^```$/gm;

it('Each transcript of docs/cli.md matches the output, with one folder for each section', {
  timeout: MAX_TIME,
}, async () => {
  const [introduction = '', ...sections] = cliPage.split(/^(?=## )/m);
  const rerunSections = sections.map((section) => rerun(section, sharedFiles()));
  await expect([introduction, ...rerunSections].join('')).toMatchFileSnapshot(CLI_PAGE.pathname);
});

it('Each transcript of docs/getting-started.md matches the output, with one folder for the page', async () => {
  await expect(rerun(readFileSync(START_PAGE, 'utf8'))).toMatchFileSnapshot(START_PAGE.pathname);
});

it('Each transcript of docs/on-call.md matches the output, with one folder for the page', {
  timeout: MAX_TIME,
}, async () => {
  await expect(rerun(readFileSync(ON_CALL_PAGE, 'utf8'), sharedFiles())).toMatchFileSnapshot(ON_CALL_PAGE.pathname);
});

it('Each transcript of docs/pull-request.md matches the output, with one folder for the page', {
  timeout: MAX_TIME,
}, async () => {
  const page = readFileSync(PULL_REQUEST_PAGE, 'utf8');
  await expect(rerun(page, sharedFiles())).toMatchFileSnapshot(PULL_REQUEST_PAGE.pathname);
});

it('Each question of docs/on-call.md is answered in at most three commands', () => {
  const sections = readFileSync(ON_CALL_PAGE, 'utf8').split(/^## /m);
  const questions = sections.filter((section) => /^.*\?\n/.test(section));
  expect(questions.length).toBeGreaterThanOrEqual(6);
  for (const question of questions) expect(question.match(/^\$ /gm)?.length).toBeLessThanOrEqual(3);
});

it('No other page has a transcript', () => {
  const others = pages().filter((page) => blocksOf(page).some(({ language }) => language === 'console'));
  expect(others).toEqual(['docs/cli.md', 'docs/getting-started.md', 'docs/on-call.md', 'docs/pull-request.md']);
});

it('Each command has a section with a transcript in docs/cli.md', () => {
  const sections = cliPage.split(/^## /m).filter((section) => section.includes('```console'));
  const titles = sections.map((section) => /^`(.+)`$/m.exec(section.split('\n')[0] ?? '')?.[1]);
  const names = createProgram()
    .commands.map((command) => command.name())
    .filter((name) => name !== 'help');
  expect(titles).toEqual(expect.arrayContaining(names));
});

/** Returns the files that the introduction of docs/cli.md shows. */
function sharedFiles(): ReadonlyMap<string, string> {
  const [introduction = ''] = cliPage.split(/^(?=## )/m);
  const shown = [...introduction.matchAll(BLOCK)].filter(({ groups }) => groups?.path !== undefined);
  return new Map(shown.map(({ groups }) => [groups?.path as string, groups?.text as string]));
}

/**
 * Runs the transcripts of a part of a page in a new folder, and returns the part with the new output.
 *
 * @param files files to write first, by path
 */
function rerun(section: string, files: ReadonlyMap<string, string> = new Map()): string {
  const home = realpathSync(mkdtempSync(join(tmpdir(), 'sentry-options-test-')));
  onTestFinished(() => rmSync(home, { recursive: true, force: true }));
  const folder = join(home, 'shop');
  mkdirSync(join(home, 'bin'));
  mkdirSync(folder);
  mkdirSync(join(home, 'tmp'));
  if (section.includes('node server.mjs')) {
    mkdirSync(join(home, 'node_modules'));
    symlinkSync(root, join(home, 'node_modules/sentry-options'));
    writeFileSync(join(folder, 'server.mjs'), SERVER);
  }
  symlinkSync(CLI, join(home, 'bin/sentry-options'));
  symlinkSync(process.execPath, join(home, 'bin/node'));
  const write = (path: string, text: string): void => {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  };
  for (const [path, text] of files) write(path, text);
  const result = section.replace(BLOCK, (block, path: string | undefined, language: string, text: string) => {
    if (path !== undefined) write(path, text);
    if (language !== 'console' && (language !== 'terminal' || !hasScript())) return block;
    return `\`\`\`${language}\n${transcript(text, { home, folder, isTerminal: language === 'terminal' })}\`\`\``;
  });
  for (const pid of readPids(home)) end(Number(pid));
  return result;
}

/** Returns the pids of the services that the blocks so far have started. */
function readPids(home: string): readonly string[] {
  const file = join(home, 'pids');
  return existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n') : [];
}

/** Ends a service, unless it has ended. */
function end(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // A transcript killed it.
  }
}

/** Where a block runs. */
interface Place {
  readonly home: string;
  readonly folder: string;
  readonly isTerminal: boolean;
}

/** Runs the commands of a block in one shell, and returns each with its output. */
function transcript(text: string, { home, folder, isTerminal }: Place): string {
  const commands = [...text.matchAll(/^\$ ((?:[^\\\n]|\\[\s\S])*)$/gm)].map((match) => match[1] as string);
  const run = (command: string): string =>
    isTerminal ? `script -qec '${command.replaceAll("'", "'\\''")}' /dev/null < /dev/null` : command;
  const script = commands
    .map((command) => {
      const line = command.replaceAll(SHOWN_PID, (pid) => `\${pids[${Number(pid) - FIRST_PID}]}`);
      if (!/^SENTRY_OPTIONS_INSPECT=.* &$/.test(line))
        return `${run(line)}\nstatus=$?; printf '${END}'; (exit $status)\n`;
      // It must not hold the pipe open for which the test waits.
      return `${line.slice(0, -1)} > /dev/null 2>&1 &${SETTLE}\nprintf '${END}'\n`;
    })
    .join('');
  const begin = `exec 2>&1; pids=(${readPids(home).join(' ')})\n`;
  const { stdout } = spawnSync('bash', ['-c', begin + script], {
    cwd: folder,
    env: {
      ...GIT_ENVIRONMENT,
      // With fixed dates, the same commits have the same SHAs.
      GIT_AUTHOR_DATE: '2026-01-21T18:00:00Z',
      GIT_COMMITTER_DATE: '2026-01-21T18:00:00Z',
      HOME: home,
      SHELL: '/bin/sh',
      TMPDIR: join(home, 'tmp'),
      PATH: `${join(home, 'bin')}:${process.env.PATH}`,
    },
    encoding: 'utf8',
    timeout: 60_000,
  });
  const outputs = stdout.replaceAll('\r\n', '\n').split(END);
  const pids = readPids(home);
  return commands.map((command, index) => `$ ${command}\n${normalize(outputs[index] ?? '', folder, pids)}`).join('');
}

/** Replaces what changes with each run by fixed examples. */
function normalize(output: string, folder: string, pids: readonly string[]): string {
  return (
    normalizePids(output, pids)
      .replaceAll(folder, SHOWN_FOLDER)
      .replaceAll(join(dirname(folder), 'tmp'), '/tmp')
      .replaceAll(/(?<=\/tmp\/sentry-options-)\d+/g, '1000')
      .replaceAll(`on ${hostname()}, since`, 'on shop-1, since')
      // Only those of a running process vary.
      .replaceAll(/(?<=^process [^$]*^polls +)\d+/gm, '34')
      // Of processes that started at about the same time.
      .replaceAll(/(?<= counted for | in )[\d.]+ m?s(?: to [\d.]+ m?s)?(?=$|:)/gm, '42 s')
      .replaceAll(/(?<=blocked for )[\d.]+ m?s/g, '4.2 s')
      .replaceAll(/(?<=http:\/\/127\.0\.0\.1:)\d+\/[0-9a-f]{32}/g, '40123/0123456789abcdef0123456789abcdef')
      .replaceAll(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}\+00:00/g, '2026-01-21T18:30:00.123456789+00:00')
      .replaceAll(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z/g, '2026-01-21T18:30:00.123Z')
      .replaceAll(/[\d.]+ m?s(?= ago)/g, '12 ms')
      .replaceAll(/(?<=, in |\) {2}(?:rejected|generation \d+) in )[\d.]+ m?s/g, '1.5 ms')
      .replaceAll(/(?<= elapsed_ms=)\d+/g, '87')
      .replaceAll(process.versions.node, '20.20.2')
  );
}

/** Replaces the pids of services by those that pages show, and keeps the columns of tables. */
function normalizePids(output: string, pids: readonly string[]): string {
  let text = output;
  for (const [index, pid] of pids.entries()) {
    const shown = String(FIRST_PID + index);
    text = text.replaceAll(new RegExp(`\\b${pid}\\b(?: {2,})?`, 'g'), (found) =>
      found === pid ? shown : shown.padEnd(found.length),
    );
  }
  return text;
}
