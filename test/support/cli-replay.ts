/**
 * Whether ours answers as the family's command line: the same files (but for the time), the same data on stdout, the
 * same exit code, and every name, place and value that the other's message quotes is in ours.
 */
import { describe, expect, it } from 'vitest';
import { type Answer, type CliCase, cliCases, replay } from './cli-cases.js';

/** Where ours answers otherwise, on purpose: what it answers, in place of what the family's does. */
export interface CliDifference {
  readonly why: string;
  readonly exit?: number;
  readonly stdout?: string;
  readonly written?: CliCase['written'];
  /** What ours has to say, in place of the names, places and values of the other's message. */
  readonly said?: readonly string[];
  /** Names, places and values of the other's message that ours has not, all else being there. */
  readonly unsaid?: readonly string[];
}

/**
 * Makes a test of each case of `topic`, and one that counts them.
 *
 * @param differences by the name of the case; one that there is not is a failure, as is one that makes no difference
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
    /** Variables for all cases. */
    env?: Readonly<Record<string, string>>;
  } = {},
): void {
  const cases = cliCases(topic);
  describe(`${topic}, as the family's command line has it`, { concurrent }, () => {
    it('has a case for each difference', ({ expect }) => {
      expect(cases.map(({ name }) => name)).toEqual(expect.arrayContaining(Object.keys(differences)));
      const different = Object.keys(differences).length;
      console.log(`${topic}: ${cases.length} cases, ${cases.length - different} the same, ${different} on purpose not`);
    });
    it.each(cases)('$name', async (testCase) => {
      compare(await replay({ ...testCase, env: { ...env, ...testCase.env } }), testCase, differences[testCase.name]);
    });
  });
}

function compare(ours: Answer, theirs: CliCase, difference: CliDifference | undefined): void {
  if (difference === undefined) {
    expectSame(ours, theirs);
    return;
  }
  expect(() => expectSame(ours, theirs), 'the difference makes none').toThrow();
  expectSame(ours, { ...theirs, ...difference }, difference);
}

function expectSame(ours: Answer, theirs: CliCase, { said, unsaid = [] }: Partial<CliDifference> = {}): void {
  expect(ours.exit, ours.stderr).toBe(theirs.exit === 101 ? 1 : theirs.exit);
  expectWritten(ours.written, theirs.written);
  if (isHelp(theirs)) expect(ours.stdout).toMatch(/^(Usage: )?sentry-options /);
  else expect(ours.stdout).toBe(theirs.stdout);
  if (said !== undefined) {
    for (const text of said) expect(ours.stderr).toContain(text);
    return;
  }
  const candidates = [theirs.stderr, ...(theirs.stderr_or ?? [])].map((stderr) => missing(ours, stderr));
  const fewest = candidates.reduce((a, b) => (b.length < a.length ? b : a));
  expect(fewest, ours.stderr).toEqual(unsaid);
  // An error is one for both, and so is a warning; but ours goes on after an error, and may have more to warn of.
  if (theirs.exit === 101) return;
  const levels = (stderr: string): string[] => ['ERROR', ' WARN', ' INFO'].filter((level) => isSaid(level, stderr));
  const expected = levels(plain(theirs.stderr));
  if (theirs.exit === 0) expect(levels(ours.stderr)).toEqual(expected);
  else expect(levels(ours.stderr)).toEqual(expect.arrayContaining(expected));
}

function isSaid(level: string, stderr: string): boolean {
  return stderr.split('\n').some((line) => line.startsWith(`${level} `));
}

function isHelp({ args, exit }: CliCase): boolean {
  return exit === 0 && (args[0] === 'help' || ['--help', '-h', '--version', '-V'].includes(args.at(-1) ?? ''));
}

/** The names, places and values of the other's message that ours does not have. */
function missing(ours: Answer, theirs: string): string[] {
  return [...new Set(quoted(plain(theirs)))].filter((text) => !ours.stderr.includes(text));
}

const ANSI = new RegExp(`${String.fromCodePoint(27)}\\[\\d*m`, 'g');

function plain(text: string): string {
  return text.replaceAll(ANSI, '');
}

/** What a message of the other quotes. */
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
  // a issue: its place and its text, without the words about where
  take(/^\t(.+)$/gm);
  // --schemas <SCHEMAS>
  take(/^ +(--[a-z-]+ <[A-Z_]+>)$/gm);
  return found.filter((text) => text !== '--help' && text !== 'I/O' && text !== ' or ');
}

function expectWritten(ours: Answer['written'], theirs: CliCase['written']): void {
  expect(Object.keys(ours).sort()).toEqual(Object.keys(theirs).sort());
  for (const [path, expected] of Object.entries(theirs)) {
    const text = ours[path] as string;
    if (typeof expected === 'string') expect(text, path).toBe(expected);
    // The times have been blanked.
    else expect(Buffer.byteLength(text.replaceAll('{TIME}', 'T'.repeat(35))), path).toBe(expected.bytes);
  }
}
