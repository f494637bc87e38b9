/**
 * Runs the transcripts of the pages: writes their files, runs their commands, and compares the output. The commands of
 * a block `terminal` run on a terminal, if the machine has util-linux.
 * `npx vitest run test/package/cli-transcripts.test.ts -u` updates the output in the pages.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { createProgram } from '../../src/cli/program.js';
import { blocksOf, pages } from '../support/pages.js';
import { GIT_ENVIRONMENT } from '../support/repository.js';
import { CLI } from '../support/run-cli.js';
import { hasScript } from '../support/terminal.js';

const CLI_PAGE = new URL('../../docs/cli.md', import.meta.url);
const START_PAGE = new URL('../../docs/getting-started.md', import.meta.url);
const cliPage = readFileSync(CLI_PAGE, 'utf8');

/** The folder that a page shows instead of the temporary one. */
const SHOWN_FOLDER = '/home/me/shop';
/** The mark that the script prints after each command. */
const END = '\u0001end\u0001';

/** Milliseconds for all commands of a page, one after the other: a hundred processes, on a machine that is busy. */
const MAX_TIME = 240_000;

/** A fenced block of a page: a file if the line before it is a path, or a transcript. */
const BLOCK = /(?:^`(?<path>\S+)`:\n\n)?^```(?<language>\w*)\n(?<text>[\s\S]*?)^```$/gm;

it('Each transcript of docs/cli.md matches the output, with one folder for each section', {
  timeout: MAX_TIME,
}, async () => {
  const [introduction = '', ...sections] = cliPage.split(/^(?=## )/m);
  // The files of the introduction are in each folder.
  const shared = [...introduction.matchAll(BLOCK)].filter(({ groups }) => groups?.path !== undefined);
  const files = new Map(shared.map(({ groups }) => [groups?.path as string, groups?.text as string]));
  const rerunSections = sections.map((section) => rerun(section, files));
  await expect([introduction, ...rerunSections].join('')).toMatchFileSnapshot(CLI_PAGE.pathname);
});

it('Each transcript of docs/getting-started.md matches the output, with one folder for the page', async () => {
  await expect(rerun(readFileSync(START_PAGE, 'utf8'))).toMatchFileSnapshot(START_PAGE.pathname);
});

it('No other page has a transcript', () => {
  const others = pages().filter((page) => blocksOf(page).some(({ language }) => language === 'console'));
  expect(others).toEqual(['docs/cli.md', 'docs/getting-started.md']);
});

it('Each command has a section with a transcript in docs/cli.md', () => {
  const sections = cliPage.split(/^## /m).filter((section) => section.includes('```console'));
  const titles = sections.map((section) => /^`(.+)`$/m.exec(section.split('\n')[0] ?? '')?.[1]);
  const names = createProgram()
    .commands.map((command) => command.name())
    .filter((name) => name !== 'help');
  expect(titles).toEqual(expect.arrayContaining(names));
});

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
  symlinkSync(CLI, join(home, 'bin/sentry-options'));
  symlinkSync(process.execPath, join(home, 'bin/node'));
  const write = (path: string, text: string): void => {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  };
  for (const [path, text] of files) write(path, text);
  return section.replace(BLOCK, (block, path: string | undefined, language: string, text: string) => {
    if (path !== undefined) write(path, text);
    if (language !== 'console' && (language !== 'terminal' || !hasScript())) return block;
    return `\`\`\`${language}\n${transcript(text, home, folder, language === 'terminal')}\`\`\``;
  });
}

/** Runs the commands of a block in one shell, and returns each with its output. */
function transcript(text: string, home: string, folder: string, isTerminal: boolean): string {
  const commands = [...text.matchAll(/^\$ ((?:[^\\\n]|\\[\s\S])*)$/gm)].map((match) => match[1] as string);
  const run = (command: string): string =>
    isTerminal ? `script -qec '${command.replaceAll("'", "'\\''")}' /dev/null < /dev/null` : command;
  const script = commands.map((command) => `${run(command)}\nstatus=$?; printf '${END}'; (exit $status)\n`).join('');
  const { stdout } = spawnSync('bash', ['-c', `exec 2>&1\n${script}`], {
    cwd: folder,
    env: {
      ...GIT_ENVIRONMENT,
      // With fixed dates, the same commits have the same SHAs.
      GIT_AUTHOR_DATE: '2026-01-21T18:00:00Z',
      GIT_COMMITTER_DATE: '2026-01-21T18:00:00Z',
      HOME: home,
      SHELL: '/bin/sh',
      PATH: `${join(home, 'bin')}:${process.env.PATH}`,
    },
    encoding: 'utf8',
    timeout: 60_000,
  });
  const outputs = stdout.replaceAll('\r\n', '\n').split(END);
  return commands.map((command, index) => `$ ${command}\n${normalize(outputs[index] ?? '', folder)}`).join('');
}

/** Replaces what changes with each run by fixed examples. */
function normalize(output: string, folder: string): string {
  return output
    .replaceAll(folder, SHOWN_FOLDER)
    .replaceAll(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}\+00:00/g, '2026-01-21T18:30:00.123456789+00:00')
    .replaceAll(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z/g, '2026-01-21T18:30:00.123Z')
    .replaceAll(/[\d.]+ m?s(?= ago)/g, '12 ms')
    .replaceAll(/(?<=, in )[\d.]+ m?s/g, '1.5 ms')
    .replaceAll(/(?<= elapsed_ms=)\d+/g, '87')
    .replaceAll(process.versions.node, '20.20.2');
}
