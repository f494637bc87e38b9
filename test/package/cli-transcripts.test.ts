/**
 * What the pages show of a terminal is what happens: their files are written and their commands run, and their output
 * compared. `npx vitest run test/package/cli-transcripts.test.ts -u` writes the output anew.
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

const CLI_PAGE = new URL('../../docs/cli.md', import.meta.url);
const START_PAGE = new URL('../../docs/getting-started.md', import.meta.url);
const cliPage = readFileSync(CLI_PAGE, 'utf8');

/** The folder that the page's output is shown for. */
const SHOWN_FOLDER = '/home/me/shop';
/** Printed after each command; nothing else prints it. */
const END = '\u0001end\u0001';

/** A fenced block of the page: a file, where a line before names it, or what a terminal shows. */
const BLOCK = /(?:^`(?<path>\S+)`:\n\n)?^```(?<language>\w*)\n(?<text>[\s\S]*?)^```$/gm;

it('every transcript of the command line is what happens, each section in a folder of its own', async () => {
  const sections = cliPage.split(/^(?=## )/m).map(rerun);
  await expect(sections.join('')).toMatchFileSnapshot(CLI_PAGE.pathname);
});

it('every transcript of the first steps is what happens, from the first one to the last', async () => {
  await expect(rerun(readFileSync(START_PAGE, 'utf8'))).toMatchFileSnapshot(START_PAGE.pathname);
});

it('no other page has one', () => {
  const others = pages().filter((page) => blocksOf(page).some(({ language }) => language === 'console'));
  expect(others).toEqual(['docs/cli.md', 'docs/getting-started.md']);
});

it('every command has a section with a transcript', () => {
  const sections = cliPage.split(/^## /m).filter((section) => section.includes('```console'));
  const titles = sections.map((section) => /^`(.+)`$/m.exec(section.split('\n')[0] ?? '')?.[1]);
  const names = createProgram()
    .commands.map((command) => command.name())
    .filter((name) => name !== 'help');
  expect(titles).toEqual(expect.arrayContaining(names));
});

/** A part of a page with the output that its commands have now, in a folder of its own. */
function rerun(section: string): string {
  const home = realpathSync(mkdtempSync(join(tmpdir(), 'sentry-options-test-')));
  onTestFinished(() => rmSync(home, { recursive: true, force: true }));
  const folder = join(home, 'shop');
  mkdirSync(join(home, 'bin'));
  mkdirSync(folder);
  symlinkSync(CLI, join(home, 'bin/sentry-options'));
  symlinkSync(process.execPath, join(home, 'bin/node'));
  return section.replace(BLOCK, (block, path: string | undefined, language: string, text: string) => {
    if (path !== undefined) {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), text);
    }
    return language === 'console' ? `\`\`\`console\n${transcript(text, home, folder)}\`\`\`` : block;
  });
}

/** The commands of a block, in one shell, each with what it prints. */
function transcript(text: string, home: string, folder: string): string {
  const commands = [...text.matchAll(/^\$ ((?:[^\\\n]|\\[\s\S])*)$/gm)].map((match) => match[1] as string);
  const script = commands.map((command) => `${command}\nstatus=$?; printf '${END}'; (exit $status)\n`).join('');
  const { stdout } = spawnSync('bash', ['-c', `exec 2>&1\n${script}`], {
    cwd: folder,
    env: {
      ...GIT_ENVIRONMENT,
      // The same commits have the same names.
      GIT_AUTHOR_DATE: '2026-01-21T18:00:00Z',
      GIT_COMMITTER_DATE: '2026-01-21T18:00:00Z',
      HOME: home,
      PATH: `${join(home, 'bin')}:${process.env.PATH}`,
    },
    encoding: 'utf8',
    timeout: 60_000,
  });
  const outputs = stdout.split(END);
  return commands.map((command, index) => `$ ${command}\n${shown(outputs[index] ?? '', folder)}`).join('');
}

/** What is another each time is shown as it may be. */
function shown(output: string, folder: string): string {
  return output
    .replaceAll(folder, SHOWN_FOLDER)
    .replaceAll(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}\+00:00/g, '2026-01-21T18:30:00.123456789+00:00')
    .replaceAll(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z/g, '2026-01-21T18:30:00.123Z')
    .replaceAll(/[\d.]+ m?s(?= ago)/g, '12 ms')
    .replaceAll(/(?<=, in )[\d.]+ m?s/g, '1.5 ms')
    .replaceAll(process.versions.node, '20.20.2');
}
