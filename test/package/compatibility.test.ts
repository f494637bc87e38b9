/** Tests that docs/compatibility.md matches the tests: each difference has a test, and each hostile input has a row. */
import { existsSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { HOSTILE_INPUTS, type HostileInput } from '../threads/hostile-inputs.js';

const PAGE = new URL('../../docs/compatibility.md', import.meta.url);
/** The beginning of the messages in the first table. */
const JSON_ERROR = 'Failed to parse JSON:';

const DIFFERENCES = new URL('../threads/differences.test.ts', import.meta.url);

const page = readFileSync(PAGE, 'utf8');

/** Returns the part of the page below a heading. */
function findSection(heading: string): string {
  return page.split(/^## /m).find((part) => part.startsWith(`${heading}\n`)) ?? '';
}

/** Returns the titles of the tests in a file. */
function readTitles(file: URL): string[] {
  return [...readFileSync(file, 'utf8').matchAll(/^ *it\('(?<title>.*)', /gm)].map(
    (match) => match.groups?.title ?? '',
  );
}

it('Each difference links to an existing test, and each test of differences has a row', () => {
  const rows = findSection('Differences')
    .split('\n')
    .filter((line) => line.startsWith('| ') && !line.startsWith('| here |'));
  const links = rows.map((row) => /\| \[(?<title>[^\]]+)\]\((?<path>[^)]+)\) \|$/.exec(row)?.groups);
  for (const [index, test] of links.entries()) {
    expect(test, rows[index]).toBeDefined();
    const file = new URL(test?.path ?? '', PAGE);
    expect(existsSync(file), test?.path).toBe(true);
    expect(readTitles(file)).toContain(test?.title);
  }
  // Each test of differences has a row.
  expect(links.map((test) => test?.title)).toEqual(expect.arrayContaining(readTitles(DIFFERENCES)));
});

it('Each difference of the command line links to an existing test', () => {
  const rows = findSection('Command line')
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

/** `-u` writes the tables from the inputs. */
it('The tables of hostile files equal the inputs of the tests', async () => {
  const [begin, end] = ['<!-- hostile files: begin -->\n', '<!-- hostile files: end -->\n'];
  const [before, after] = [page.slice(0, page.indexOf(begin)), page.slice(page.indexOf(end))];
  await expect(`${before}${begin}${formatTables()}${after}`).toMatchFileSnapshot(PAGE.pathname);
});

/** Formats a table of rejected files with bad JSON, one of other rejected files, and one of files that are used. */
function formatTables(): string {
  const isJsonError = ({ message }: HostileInput) => message?.startsWith(JSON_ERROR) === true;
  const isUsed = ({ verify }: HostileInput) => verify !== undefined;
  return [
    formatTable(`| rejected | \`${JSON_ERROR}\` |`, HOSTILE_INPUTS.filter(isJsonError)),
    formatTable(
      '| rejected | message |',
      HOSTILE_INPUTS.filter((input) => !isJsonError(input) && !isUsed(input)),
    ),
    formatTable('| used | warning |', HOSTILE_INPUTS.filter(isUsed)),
  ].join('\n');
}

function formatTable(head: string, inputs: readonly HostileInput[]): string {
  const rows = inputs.map((input) => {
    const condition = input.keepWriting === undefined ? '' : ' (used if it pauses)';
    return `| ${input.input}${condition} | ${shortenMessage(input)} |\n`;
  });
  return [`${head}\n`, '|---|---|\n', ...rows].join('');
}

function shortenMessage({ message }: HostileInput): string {
  if (message === undefined) return '';
  const shortened = message
    .replaceAll(/(.)\1{30,}…?/g, '$1$1$1…')
    .replace(/^The values of seer set options .* ignored: (.+)\. This is expected .*$/, '… are ignored: $1. …')
    .replace(/("option-0"), .*, ("option-9")/, '$1, …, $2')
    .replace(JSON_ERROR, '')
    .replace('FILE', '/etc/sentry-options/values/seer/values.json')
    .trim();
  return `\`${shortened}\``;
}
