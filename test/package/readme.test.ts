/** Tests the first five minutes in README.md, and tables and output on pages that must match the code. */
import { execFileSync, spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as library from 'sentry-options';
import { describe, expect, it } from 'vitest';
import { CLEAN_ENVIRONMENT as env, installedFolder, writeFiles } from '../support/folder.js';
import { blocksOf, read } from '../support/pages.js';
import { Program } from '../support/program.js';

/** The directory in the output that the pages show. */
const SHOWN_FOLDER = '/home/me/try';

function findCode(page: string, section: string, language: string): string[] {
  return blocksOf(page)
    .filter((block) => block.section === section && block.language === language)
    .map(({ text }) => text);
}

describe('the first five minutes in README', () => {
  const commands = findCode('README.md', 'Five minutes', 'sh');
  const outputs = findCode('README.md', 'Five minutes', 'text');

  it('The commands of the first five minutes print exactly what README shows', async () => {
    expect(findCode('README.md', 'Install', 'sh')).toEqual(['npm install sentry-options\n']);
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

it('A status equals the one in docs/monitoring.md, except for the times', () => {
  const folder = installedFolder();
  writeFiles(folder, blocksOf('README.md'));
  writeFileSync(join(folder, 'status.mjs'), findCode(PAGE, 'Status', 'js')[0] as string);
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
  expect(withoutTimes(stdout)).toBe(withoutTimes(findCode(PAGE, 'Status', 'json')[0] as string));
});

describe('docs/reference.md', () => {
  const findSection = (title: string) =>
    read('docs/reference.md')
      .split(/^## /m)
      .find((part) => part.startsWith(`${title}\n`)) ?? '';
  const readFirstCells = (title: string) =>
    [...findSection(title).matchAll(/^\| `(\w+)` \|/gm)].map((match) => match[1]);

  it('The table of the configuration lists all settings and environment variables and no others', () => {
    let message = '';
    try {
      library.init({ 'no such setting': true } as object);
    } catch (error) {
      message = (error as Error).message;
    }
    const settings = /Known settings: (.+)\.$/.exec(message)?.[1]?.split(', ') ?? [];
    const variables =
      `${read('src/config/config.ts')}${read('src/config/base-directory.ts')}`.match(/(?<=env\.)SENTRY_OPTIONS_\w+/g) ??
      [];
    expect(settings.length * variables.length).toBeGreaterThan(0);
    expect(readFirstCells('Configuration').sort()).toEqual([...settings, ...new Set(variables)].sort());
  });

  it('The table of errors lists all classes and codes and no others', () => {
    const classes = Object.keys(library).filter((name) => name.endsWith('Error') && name !== 'OptionsError');
    expect(readFirstCells('Errors').sort()).toEqual(classes.sort());
    const union = /export type ErrorCode =([^;]+);/.exec(read('src/common/errors.ts'))?.[1] ?? '';
    const codes = [...union.matchAll(/'(\w+)'/g)].map((match) => match[1]);
    const listed = [...findSection('Errors').matchAll(/^\|[^|]*\| `([A-Z_]+)` \|/gm)].map((match) => match[1]);
    expect(listed.sort()).toEqual(codes.sort());
  });
});
