/**
 * Tests that tables match the tests: in docs/compatibility.md, each difference has a test, and each hostile input has a row;
 * in docs/openfeature.md, each requirement of a provider has a test, or a reason why it has none.
 */
import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { HOSTILE_INPUTS, type HostileInput } from '../threads/hostile-inputs.js';

const PAGE = new URL('../../docs/compatibility.md', import.meta.url);
const OPENFEATURE_PAGE = new URL('../../docs/openfeature.md', import.meta.url);
/** The beginning of the messages in the first table. */
const JSON_ERROR = 'Failed to parse JSON:';

const DIFFERENCES = new URL('../threads/differences.test.ts', import.meta.url);

const page = readFileSync(PAGE, 'utf8');

/** A row of a table whose last cell names the test of what the row says. */
interface Row {
  readonly text: string;
  readonly cells: readonly string[];
  /** Undefined if the last cell is no link. */
  readonly test: { readonly title: string; readonly file: URL } | undefined;
}

/** Returns the rows of all tables below a heading of `url`, without the heads. */
function readRows(url: URL, heading: string): Row[] {
  const section = readFileSync(url, 'utf8')
    .split(/^## /m)
    .find((part) => part.startsWith(`${heading}\n`));
  const lines = (section ?? '').split('\n');
  // The line below a head has dashes only.
  const rows = lines.filter((line, place) => line.startsWith('| ') && !lines[place + 1]?.startsWith('|--'));
  expect(rows.length).toBeGreaterThan(0);
  return rows.map((text) => {
    const cells = text
      .slice(1, -1)
      .split(/ ?(?<!\\)\| ?/)
      .map((cell) => cell.trim());
    const link = /^\[(?<title>[^\]]+)\]\((?<path>[^)]+)\)$/.exec(cells.at(-1) ?? '')?.groups;
    const test = link && { title: link.title ?? '', file: new URL(link.path ?? '', url) };
    return { text, cells, test };
  });
}

/** Returns the titles of the tests in a file, without those of `it.each`. */
function readTitles(file: URL): string[] {
  return [...readFileSync(file, 'utf8').matchAll(/^ *it\('(?<title>.*)', /gm)].map(
    (match) => match.groups?.title ?? '',
  );
}

/** Checks that the test of a row exists: a string in the source, also of `it.each`, begins with its title. */
function expectTest({ text, test }: Row): void {
  expect(test, text).toBeDefined();
  const { title, file } = test as NonNullable<typeof test>;
  expect(existsSync(file), text).toBe(true);
  const source = readFileSync(file, 'utf8');
  expect(
    [`'${title}`, `"${title}`].some((literal) => source.includes(literal)),
    text,
  ).toBe(true);
}

it('Each difference links to an existing test, and each test of differences has a row', () => {
  const rows = readRows(PAGE, 'Differences');
  for (const row of rows) expectTest(row);
  expect(rows.map(({ test }) => test?.title)).toEqual(expect.arrayContaining(readTitles(DIFFERENCES)));
});

it('Each difference of the command line links to an existing test', () => {
  for (const row of readRows(PAGE, 'Command line')) expectTest(row);
});

describe('the requirements of OpenFeature', () => {
  /** Those of the specification's sections about providers; and what else it requires of a provider. */
  const PROVIDERS =
    '2.1.1 2.2.1 2.2.2.1 2.2.3 2.2.4 2.2.5 2.2.6 2.2.7 2.2.8.1 2.2.9 2.2.10 2.3.1 2.3.2 2.3.3 2.4.1 2.4.2.1 2.4.3 2.4.4 ' +
    '2.5.1 2.5.2 2.5.3 2.6.1 2.7.1 2.8.1 2.8.2 2.8.3 2.8.4 2.8.5.1';
  const OTHERS = '4.4.1 5.1.1 5.1.4 5.1.5 6.1.4';
  const rows = readRows(OPENFEATURE_PAGE, 'Requirements');

  it('Each requirement of a provider has a row', () => {
    expect(rows.map(({ cells: [number] }) => number)).toEqual(`${PROVIDERS} ${OTHERS}`.split(' '));
    const levels = new Set(rows.map(({ cells: [, level] }) => level));
    expect(levels).toEqual(new Set(['MUST', 'MUST NOT', 'SHOULD', 'MAY']));
  });

  it('Each requirement links to an existing test, or says why there is none', () => {
    for (const row of rows) {
      if (row.test === undefined) expect(row.cells.at(-1), row.text).toMatch(/^(?:only|the) \w+/);
      else expectTest(row);
    }
  });
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
