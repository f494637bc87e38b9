/** `docs/compatibility.md` says what the tests do: each difference has its test, and each hostile input its row. */
import { existsSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { HOSTILE_INPUTS, type HostileInput } from '../threads/hostile-inputs.js';

const PAGE = new URL('../../docs/compatibility.md', import.meta.url);
const DIFFERENCES = new URL('../threads/differences.test.ts', import.meta.url);

const page = readFileSync(PAGE, 'utf8');

/** The part of the page below a heading. */
function section(heading: string): string {
  return page.split(/^## /m).find((part) => part.startsWith(`${heading}\n`)) ?? '';
}

/** The titles of the tests in a file. */
function titles(file: URL): string[] {
  return [...readFileSync(file, 'utf8').matchAll(/^ *it\('(?<title>.*)', /gm)].map(
    (match) => match.groups?.title ?? '',
  );
}

it('each difference names a test that there is', () => {
  const rows = section('Differences')
    .split('\n')
    .filter((line) => line.startsWith('| ') && !line.startsWith('| here |'));
  const named = rows.map((row) => /\| \[(?<title>[^\]]+)\]\((?<path>[^)]+)\) \|$/.exec(row)?.groups);
  for (const [index, test] of named.entries()) {
    expect(test, rows[index]).toBeDefined();
    const file = new URL(test?.path ?? '', PAGE);
    expect(existsSync(file), test?.path).toBe(true);
    expect(titles(file)).toContain(test?.title);
  }
  // And none is left out.
  expect(named.map((test) => test?.title)).toEqual(expect.arrayContaining(titles(DIFFERENCES)));
});

it('each difference of the command line names a test that there is', () => {
  const rows = section('Command line')
    .split('\n')
    .filter((line) => line.startsWith('| ') && !line.startsWith('| here |'));
  expect(rows.length).toBeGreaterThan(0);
  for (const row of rows) {
    const { title = '', path = '' } = /\| \[(?<title>[^\]]+)\]\((?<path>[^)]+)\) \|$/.exec(row)?.groups ?? {};
    const file = new URL(path, PAGE);
    expect([row, path !== '' && existsSync(file)]).toEqual([row, true]);
    expect(readFileSync(file, 'utf8')).toContain(title);
  }
});

/** `-u` writes the table: it is made of the inputs. */
it('the table of hostile inputs is that of the tests', async () => {
  const [before, after] = section('Hostile files').split(/^\|.*\n(?:\|.*\n)*/m);
  const rows = HOSTILE_INPUTS.map((input) => `| ${input.input} | ${outcome(input)} | ${shortenMessage(input)} |\n`);
  const table = [
    '| a values file that is, or holds | what becomes of it | what is said |\n',
    '|---|---|---|\n',
    ...rows,
  ].join('');
  const expected = page.replace(section('Hostile files'), () => before + table + after);
  await expect(expected).toMatchFileSnapshot(PAGE.pathname);
});

function outcome({ verify, keepWriting }: HostileInput): string {
  if (verify !== undefined) return 'used';
  return keepWriting === undefined ? 'refused' : 'refused, unless it holds still for once';
}

function shortenMessage({ message }: HostileInput): string {
  if (message === undefined) return '';
  const shortened = message.replaceAll(/(.)\1{30,}…?/g, '$1$1$1…');
  return `\`${shortened.replace('FILE', '/etc/sentry-options/values/seer/values.json')}\``;
}
