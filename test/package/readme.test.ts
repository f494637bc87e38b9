/** What README.md says of the first five minutes, and the pages' tables and output that are compared with the code. */
import { execFileSync, spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as library from 'sentry-options';
import { describe, expect, it } from 'vitest';
import { CLEAN_ENVIRONMENT as env, installedFolder, writeFiles } from '../support/folder.js';
import { blocksOf, read } from '../support/pages.js';
import { Program } from '../support/program.js';

/** The folder that the pages' output was copied from. */
const SHOWN_FOLDER = '/home/me/try';

function codeOf(page: string, section: string, language: string): string[] {
  return blocksOf(page)
    .filter((block) => block.section === section && block.language === language)
    .map(({ text }) => text);
}

describe('the first five minutes', () => {
  const commands = codeOf('README.md', 'Five minutes', 'sh');
  const outputs = codeOf('README.md', 'Five minutes', 'text');

  it('are what happens, word by word', async () => {
    expect(codeOf('README.md', 'Install', 'sh')).toEqual(['npm install sentry-options\n']);
    const [declare, start, edit, spoil] = commands as [string, string, string, string];
    const [printed, complaint] = outputs as [string, string];
    expect([commands.length, outputs.length]).toEqual([4, 2]);
    const folder = installedFolder();
    const shell = (text: string) => execFileSync('bash', ['-e', '-c', text], { cwd: folder, env });

    shell(declare);
    const program = new Program('bash', ['-e', '-c', start], { cwd: folder, env });
    await program.until(() => program.stdout.length >= 2);
    shell(edit);
    await program.until(() => program.stdout.includes('true'));
    expect([...program.stdout.slice(0, 2), program.stdout.at(-1), ''].join('\n')).toBe(printed);

    shell(spoil);
    const expected = complaint.replaceAll(SHOWN_FOLDER, folder).trimEnd().split('\n');
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

const PAGE = 'docs/monitoring.md';

it('a status is what the page on monitoring shows, but for the times', () => {
  const folder = installedFolder();
  writeFiles(folder, blocksOf('README.md'));
  writeFileSync(join(folder, 'status.mjs'), codeOf(PAGE, 'Status', 'js')[0] as string);
  const { stdout } = spawnSync(process.execPath, ['status.mjs'], {
    cwd: folder,
    env,
    encoding: 'utf8',
    timeout: 50_000,
  });
  const withoutTimes = (text: string) =>
    text
      .replaceAll(SHOWN_FOLDER, folder)
      .replace(/"(appliedAt|lastPollAt|heartbeatAt)": "[-\d]+T[:.\d]+Z"/g, '"$1": "…"')
      .replace(/"(reloadMs|delaySecs)": [\d.]+/g, '"$1": …');
  expect(withoutTimes(stdout)).toBe(withoutTimes(codeOf(PAGE, 'Status', 'json')[0] as string));
});

describe('the tables', () => {
  const section = (title: string) =>
    read('docs/reference.md')
      .split(/^## /m)
      .find((part) => part.startsWith(`${title}\n`)) ?? '';
  const firstCells = (title: string) => [...section(title).matchAll(/^\| `(\w+)` \|/gm)].map((match) => match[1]);

  it('of the configuration name every setting and environment variable, and nothing else', () => {
    let message = '';
    try {
      library.openOptions({ 'no such setting': true } as object);
    } catch (error) {
      message = (error as Error).message;
    }
    const settings = /There are: (.+)\.$/.exec(message)?.[1]?.split(', ') ?? [];
    const variables =
      `${read('src/config/config.ts')}${read('src/config/base-directory.ts')}`.match(/(?<=env\.)SENTRY_OPTIONS_\w+/g) ??
      [];
    expect(settings.length * variables.length).toBeGreaterThan(0);
    expect(firstCells('Configuration').sort()).toEqual([...settings, ...new Set(variables)].sort());
  });

  it('of the errors name every class and code, and nothing else', () => {
    const classes = Object.keys(library).filter((name) => name.endsWith('Error') && name !== 'OptionsError');
    expect(firstCells('Errors').sort()).toEqual(classes.sort());
    const union = /export type ErrorCode =([^;]+);/.exec(read('src/common/errors.ts'))?.[1] ?? '';
    const codes = [...union.matchAll(/'(\w+)'/g)].map((match) => match[1]);
    const told = [...section('Errors').matchAll(/^\|[^|]*\| `([A-Z_]+)` \|/gm)].map((match) => match[1]);
    expect(told.sort()).toEqual(codes.sort());
  });
});
