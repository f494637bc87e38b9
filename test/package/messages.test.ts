/** Tests that docs/operations.md quotes each message in the code, and no others. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { findLiterals, HOLE } from '../support/literals.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const read = (path: string): string => readFileSync(join(root, path), 'utf8');

/** Sources without messages in a service, or whose messages have their own page. */
const ELSEWHERE = [
  // Commands, which log nothing in a service.
  'src/cli/',
  // Runs only in a service's tests.
  'src/testing/',
  'workers/crash.ts',
  // Telemetry that cannot be sent is dropped silently.
  'workers/telemetry/client.ts',
  'workers/telemetry/dns-lookup.ts',
  'workers/telemetry/transport.ts',
  // Answers to requests, which docs/inspect.md describes.
  'workers/inspect/answers/',
  'workers/inspect/page/',
  'workers/inspect/respond.ts',
  'workers/inspect/routes.ts',
  // Answers to clients, which docs/ofrep.md describes.
  'src/ofrep/failures.ts',
  // OpenFeature receives these as details of an evaluation.
  'src/openfeature/',
  // The reasons of an evaluation, which docs/flags.md lists.
  'src/features/evaluation.ts',
  // No messages: descriptions of instruments, the words of a formatted status, generated code.
  'src/metrics.ts',
  'src/status/measurements.ts',
  'src/status/format.ts',
  'src/codec/generated/',
  'src/schema/ajv.ts',
];

/** A string with three words in a row is a message; shorter ones are names, keys, and parts of other messages. */
const WORDS = /(?:[^\s\0]+ ){2}[^\s\0]/;

/** Parser states that are long enough to look like messages. */
const NO_MESSAGES = new Set(['value or end', 'key or end', 'comma or end']);

interface Message {
  readonly file: string;
  readonly text: string;
  /** Matches the message with any interpolated values. */
  readonly pattern: RegExp;
}

/** Collapses whitespace and removes backticks, since a page wraps lines and quotes with backticks. */
function normalize(text: string): string {
  return text.replaceAll('`', '').replace(/\s+/g, ' ').trim();
}

function collectMessages(): Message[] {
  const tracked = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', 'src', 'workers'], {
    cwd: root,
    encoding: 'utf8',
  });
  const files = tracked
    .split('\n')
    .filter((file) => file.endsWith('.ts') && !ELSEWHERE.some((path) => file.startsWith(path)));
  return files.flatMap((file) =>
    findLiterals(read(file))
      .filter((text) => WORDS.test(text) && !NO_MESSAGES.has(text))
      .map((text) => ({ file, text: text.replaceAll(HOLE, '…'), pattern: makePattern(text) })),
  );
}

function makePattern(text: string): RegExp {
  const pieces = text.split(HOLE).map((piece) => normalize(`x${piece}x`).slice(1, -1));
  return new RegExp(pieces.map((piece) => piece.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')).join('.*?'), 's');
}

const page = read('docs/operations.md');
const section = page.slice(page.indexOf('\n## Messages'));
/** Indented blocks, and the messages in the first cells of tables. */
const blocks = [...section.matchAll(/(?:^ {4}.*\n)+/gm)].map(([block]) => block);
const rows = [...section.matchAll(/^\| ((?:[^|]|\\\|)*) \|/gm)].map(([, cell]) => cell as string);
const quotedInRows = rows.flatMap((cell) => findSpans(cell));

/** Returns the code spans, also those in double backticks, which quote backticks. */
function findSpans(text: string): string[] {
  return [...text.matchAll(/(`+)(.+?)\1(?!`)/gs)].map((match) => match[2] as string);
}

describe('docs/operations.md', () => {
  const known = collectMessages();

  it('The page quotes each message of the code', () => {
    // A lower bound, since a scan that finds no messages would pass.
    expect(known.length).toBeGreaterThan(100);
    const quotes = [...blocks, ...findSpans(section.replaceAll(/(?:^ {4}.*\n)+/gm, '\n'))].map(normalize);
    const missing = known.filter(({ pattern }) => !quotes.some((quote) => pattern.test(quote)));
    expect(missing.map(({ file, text }) => `${file}: ${text}`)).toEqual([]);
  });

  it('The page quotes no message that the code lacks', () => {
    const levels = /^(error|warning|info|debug): /;
    const quotes = [...blocks, ...quotedInRows.filter((text) => WORDS.test(text.replaceAll('…', HOLE)))].map((text) =>
      normalize(text).replace(levels, ''),
    );
    expect(quotes.length).toBeGreaterThan(60);
    expect(quotes.filter((quote) => !known.some(({ pattern }) => pattern.test(quote)))).toEqual([]);
  });
});
