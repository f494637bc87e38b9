/** docs/operations.md and the messages in the code: each is quoted there, and nothing that no code says. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { HOLE, literalsIn } from '../support/literals.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const read = (path: string): string => readFileSync(join(root, path), 'utf8');

/** What says nothing in a service, or has a page of its own. */
const ELSEWHERE = [
  // Commands, whose output is their own.
  'src/cli/',
  // For a service's tests.
  'src/testing/',
  'workers/crash.ts',
  // What cannot be sent is dropped without a word.
  'workers/telemetry/client.ts',
  'workers/telemetry/dns-lookup.ts',
  'workers/telemetry/transport.ts',
  // Told to OpenFeature as the detail of an evaluation.
  'src/openfeature/',
  // The reasons of an evaluation, which docs/flags.md lists.
  'src/features/evaluation.ts',
  // No messages: what instruments measure, the words of a printed status, code that is generated.
  'src/metrics.ts',
  'src/status/format.ts',
  'src/codec/generated/',
  'src/schema/ajv.ts',
];

/** A text with a run of this many words says something; shorter ones are names, keys, and parts of other messages. */
const WORDS = /(?:[^\s\0]+ ){2}[^\s\0]/;

/** States of a parser, which are long enough to be taken for messages. */
const NO_MESSAGES = new Set(['value or end', 'key or end', 'comma or end']);

interface Message {
  readonly file: string;
  readonly text: string;
  /** Finds the message with whatever was put into it. */
  readonly pattern: RegExp;
}

/** Blanks and line ends are one, and backticks none: a page breaks lines, and quotes by them. */
function normal(text: string): string {
  return text.replaceAll('`', '').replace(/\s+/g, ' ').trim();
}

function messages(): Message[] {
  const tracked = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', 'src', 'workers'], {
    cwd: root,
    encoding: 'utf8',
  });
  const files = tracked
    .split('\n')
    .filter((file) => file.endsWith('.ts') && !ELSEWHERE.some((path) => file.startsWith(path)));
  return files.flatMap((file) =>
    literalsIn(read(file))
      .filter((text) => WORDS.test(text) && !NO_MESSAGES.has(text))
      .map((text) => ({ file, text: text.replaceAll(HOLE, '…'), pattern: patternOf(text) })),
  );
}

function patternOf(text: string): RegExp {
  const pieces = text.split(HOLE).map((piece) => normal(`x${piece}x`).slice(1, -1));
  return new RegExp(pieces.map((piece) => piece.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')).join('.*?'), 's');
}

const page = read('docs/operations.md');
const section = page.slice(page.indexOf('\n## Messages'));
/** Indented blocks, and the messages that tables begin their rows with. */
const blocks = [...section.matchAll(/(?:^ {4}.*\n)+/gm)].map(([block]) => block);
const rows = [...section.matchAll(/^\| ((?:[^|]|\\\|)*) \|/gm)].map(([, cell]) => cell as string);
const quotedInRows = rows.flatMap((cell) => spansIn(cell));

/** What stands between backticks, also doubled ones, which quote a text that has backticks itself. */
function spansIn(text: string): string[] {
  return [...text.matchAll(/(`+)(.+?)\1(?!`)/gs)].map((match) => match[2] as string);
}

describe('the operations page', () => {
  const known = messages();

  it('quotes each message of the code', () => {
    // At least as many as there were when this was written: a scan that finds none would be content.
    expect(known.length).toBeGreaterThan(100);
    const quotes = [...blocks, ...spansIn(section.replaceAll(/(?:^ {4}.*\n)+/gm, '\n'))].map(normal);
    const missing = known.filter(({ pattern }) => !quotes.some((quote) => pattern.test(quote)));
    expect(missing.map(({ file, text }) => `${file}: ${text}`)).toEqual([]);
  });

  it('quotes none that no code has', () => {
    const levels = /^(error|warning|info|debug): /;
    const quotes = [...blocks, ...quotedInRows.filter((text) => WORDS.test(text.replaceAll('…', HOLE)))].map((text) =>
      normal(text).replace(levels, ''),
    );
    expect(quotes.length).toBeGreaterThan(60);
    expect(quotes.filter((quote) => !known.some(({ pattern }) => pattern.test(quote)))).toEqual([]);
  });
});
