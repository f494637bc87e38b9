/**
 * Compares our answers with those of the Rust command line: the same files (except for the time), the same stdout, the
 * same exit code, and our message contains every name, place and value that the other message quotes.
 */
import { describe, expect, it } from 'vitest';
import { type Answer, type CliCase, cliCases, replay } from './cli-cases.js';

/** An intended difference from the Rust command line. Each member that is set replaces the expected one. */
export interface CliDifference {
  readonly why: string;
  readonly exit?: number;
  readonly stdout?: string;
  readonly written?: CliCase['written'];
  /** Strings that our message must contain, instead of the names, places and values of the other message. */
  readonly contains?: readonly string[];
  /** Names, places and values of the other message that ours does not contain; it must contain all the rest. */
  readonly lacks?: readonly string[];
}

/**
 * Defines a test for each case of `topic`, and one that counts the cases.
 *
 * @param differences by the name of the case; a difference fails if its case does not exist, or if the answers are
 *   equal
 */
export function replayTopic(
  topic: string,
  {
    differences = {},
    concurrent = false,
    env = {},
  }: {
    differences?: Record<string, CliDifference>;
    concurrent?: boolean;
    /** Environment variables of all cases. */
    env?: Readonly<Record<string, string>>;
  } = {},
): void {
  const cases = cliCases(topic);
  describe(topic, { concurrent }, () => {
    it('Each difference belongs to a case', ({ expect }) => {
      expect(cases.map(({ name }) => name)).toEqual(expect.arrayContaining(Object.keys(differences)));
      const different = Object.keys(differences).length;
      console.log(
        `${topic}: ${cases.length} cases, ${cases.length - different} equal, ${different} different on purpose`,
      );
    });
    it.each(cases)('The answer matches that of the Rust command line: $name', async (testCase) => {
      const answer = await replay({ ...testCase, env: { ...env, ...testCase.env } });
      compare({ ...answer, stderr: withoutReports(answer.stderr, testCase) }, testCase, differences[testCase.name]);
    });
  });
}

/** Removes what our `check-option-usage` says that it read, and what may be wrong. The other is silent. */
function withoutReports(stderr: string, { args }: CliCase): string {
  return args.includes('check-option-usage') ? stderr.replace(/^ (?:INFO|WARN) .*\n/gm, '') : stderr;
}

function compare(ours: Answer, rust: CliCase, difference: CliDifference | undefined): void {
  if (difference === undefined) {
    expectSame(ours, rust);
    return;
  }
  expect(() => expectSame(ours, rust), 'the answers are equal; remove the difference').toThrow();
  expectSame(ours, { ...rust, ...difference }, difference);
}

function expectSame(ours: Answer, rust: CliCase, { contains, lacks = [] }: Partial<CliDifference> = {}): void {
  expect(ours.exit, ours.stderr).toBe(rust.exit === 101 ? 1 : rust.exit);
  expectWritten(ours.written, rust.written);
  if (isHelp(rust)) expect(ours.stdout).toMatch(/^(Usage: )?sentry-options /);
  else expect(ours.stdout).toBe(rust.stdout);
  if (contains !== undefined) {
    for (const text of contains) expect(ours.stderr).toContain(text);
    return;
  }
  const candidates = [rust.stderr, ...(rust.stderr_or ?? [])].map((stderr) => missing(ours, stderr));
  const fewest = candidates.reduce((a, b) => (b.length < a.length ? b : a));
  expect(fewest, ours.stderr).toEqual(lacks);
  // The levels must match. After an error ours continues, so it may print more warnings.
  if (rust.exit === 101) return;
  const levels = (stderr: string): string[] => ['ERROR', ' WARN', ' INFO'].filter((level) => hasLevel(level, stderr));
  const expected = levels(plain(rust.stderr));
  if (rust.exit === 0) expect(levels(ours.stderr)).toEqual(expected);
  else expect(levels(ours.stderr)).toEqual(expect.arrayContaining(expected));
}

function hasLevel(level: string, stderr: string): boolean {
  return stderr.split('\n').some((line) => line.startsWith(`${level} `));
}

function isHelp({ args, exit }: CliCase): boolean {
  return exit === 0 && (args[0] === 'help' || ['--help', '-h', '--version', '-V'].includes(args.at(-1) ?? ''));
}

/** Returns the names, places and values of the other message that ours does not contain. */
function missing(ours: Answer, rust: string): string[] {
  return [...new Set(quoted(plain(rust)))].filter((text) => !ours.stderr.includes(text));
}

const ANSI = new RegExp(`${String.fromCodePoint(27)}\\[\\d*m`, 'g');

function plain(text: string): string {
  return text.replaceAll(ANSI, '');
}

/** Returns the names, places and values that the other message quotes. */
function quoted(message: string): string[] {
  if (/^\nthread /.test(message)) return [];
  const text = message
    .split('\n')
    .filter((line) => !/^(Usage: |For more information|Commands:|Options:)/.test(line))
    .join('\n');
  const found: string[] = [];
  const take = (pattern: RegExp): void => {
    for (const match of text.matchAll(pattern)) found.push(match[1] as string);
  };
  // 'limit', "limit", `17`
  take(/'([^'\n]*\w[^'\n]*)'(?!\w)/g);
  take(/("(?:[^"\\\n]|\\.)*")/g);
  take(/`([^`\n]+)`/g);
  // options.limit: duplicate entry
  take(/: ((?:options)[^\s:]*): (?=invalid|duplicate)/g);
  // key=limit
  take(/(?<=\s)\w+=(?!Schema )(\S+)$/gm);
  // values/shop/default/a.yaml
  take(/((?:[\w.{}-]+\/)+[\w.{}:-]*[\w}])/g);
  // An issue: its place and its message.
  take(/^\t(.+)$/gm);
  // --schemas <SCHEMAS>
  take(/^ +(--[a-z-]+ <[A-Z_]+>)$/gm);
  return found.filter((text) => text !== '--help' && text !== 'I/O' && text !== ' or ');
}

function expectWritten(ours: Answer['written'], rust: CliCase['written']): void {
  expect(Object.keys(ours).sort()).toEqual(Object.keys(rust).sort());
  for (const [path, expected] of Object.entries(rust)) {
    const text = ours[path] as string;
    if (typeof expected === 'string') expect(text, path).toBe(expected);
    // `{TIME}` stands for a time of 35 characters.
    else expect(Buffer.byteLength(text.replaceAll('{TIME}', 'T'.repeat(35))), path).toBe(expected.bytes);
  }
}
