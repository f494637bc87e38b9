/** The time for hostile text is proportional to its length. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';
import { JsonText } from '../../src/cli/schemas/json-position.js';
import { parseExactJson } from '../../src/cli/yaml/exact-json.js';
import { toJson } from '../../src/cli/yaml/node.js';
import { parseYaml } from '../../src/cli/yaml/parse.js';
import { JsonError, parseJson } from '../../src/files/strict-json.js';
import { WorkCounter } from '../support/count-work.js';
import { type Attack, makeAttacks, makeText } from '../support/hostile-text.js';
import { YAML_KINDS } from '../support/hostile-yaml.js';
import { findExpressions } from '../support/literals.js';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** The maximum time for a string of twice the length, relative to the time for the string. */
const MAX_RATIO = 2.2;
/** The same for a single measurement on a busy machine. A quadratic expression has 4. */
const MAX_MEASURED_RATIO = 3;

/** Returns the processor time of `work` in microseconds, at least 1. */
function measure(work: () => void): number {
  const start = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(start);
  return Math.max(user + system, 1);
}

/** Runs `expression` at all places of `text`. Makes no other string, whose time would vary. */
function search(expression: RegExp, text: string): void {
  const everywhere =
    expression.sticky || expression.global ? expression : new RegExp(expression, `${expression.flags}g`);
  everywhere.lastIndex = 0;
  // An empty match does not move on.
  while (everywhere.test(text)) if (text.length === everywhere.lastIndex++) break;
}

/** The lengths at which an expression is tried: small steps first, because an exponential one would never end. */
const LENGTHS = [16, 24, 32, 40, 48, 64, 96, 150, 300, 4_000];

/** The lengths of long strings. */
const [SHORTEST, LONGEST] = [15_625, 1_000_000];

/** How often a ratio is measured before it counts. */
const MAX_RUNS = 6;

/** A time, in microseconds, that a machine measures exactly enough. */
const MEASURABLE = 3_000;

/** Returns an attack for which the time grows faster than the length, and how much; undefined if there is none. */
function findWeakness(expression: RegExp): { readonly attack: Attack; readonly ratio: number } | undefined {
  let slowest: { readonly attack: Attack; readonly time: number } | undefined;
  for (const length of LENGTHS) {
    for (const attack of makeAttacks(expression)) {
      const text = makeText(attack, length);
      const time = measure(() => search(expression, text));
      if (length === LENGTHS.at(-1) && time > (slowest?.time ?? -1)) slowest = { attack, time };
      if (time < MEASURABLE) continue;
      const ratio = compare(expression, attack, length, 2);
      if (ratio > MAX_MEASURED_RATIO) return { attack, ratio };
    }
  }
  if (slowest === undefined) return undefined;
  const { attack } = slowest;
  // Step by step: the longest string would take hours if the expression is quadratic.
  for (let length = SHORTEST; length < LONGEST; length *= 4) {
    const ratio = compare(expression, attack, length, 2);
    if (ratio > MAX_MEASURED_RATIO) return { attack, ratio };
  }
  const doublings = Math.log2(LONGEST / SHORTEST);
  const ratio = compare(expression, attack, LONGEST, 2 ** doublings) ** (1 / doublings);
  return ratio > MAX_RATIO ? { attack, ratio } : undefined;
}

/** Finds a weakness three times: one that is none, on a machine that is busy with other work, does not repeat. */
function confirmWeakness(expression: RegExp): ReturnType<typeof findWeakness> {
  let weakness = findWeakness(expression);
  for (let repeat = 0; repeat < 2 && weakness !== undefined; repeat++) weakness = findWeakness(expression);
  return weakness;
}

/** Returns the ratio of the times for a string of `length` characters and for one that is shorter by `factor`. */
function compare(expression: RegExp, attack: Attack, length: number, factor: number): number {
  const [part, whole] = [makeText(attack, length / factor), makeText(attack, length)];
  return compareTimes(
    () => search(expression, part),
    () => search(expression, whole),
    factor,
  );
}

/** Returns the ratio of the times of `long` and `short`, which is about `factor`; 1 if both are short. */
function compareTimes(short: () => void, long: () => void, factor: number): number {
  let [shortTime, longTime] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
  for (let run = 1; ; run++) {
    // In turns, because the machine may be slow for a while.
    shortTime = Math.min(shortTime, measure(short));
    longTime = Math.min(longTime, measure(long));
    if (longTime < MEASURABLE) return 1;
    if (run > 1 && (longTime <= factor * 1.1 * shortTime || run === MAX_RUNS)) return longTime / shortTime;
  }
}

const sources = execFileSync('git', ['ls-files', 'src', 'workers'], { cwd: root, encoding: 'utf8' })
  .split('\n')
  .filter((file) => file.endsWith('.ts'))
  .map((file) => [file, readFileSync(`${root}/${file}`, 'utf8')] as const);

describe('regular expressions', () => {
  it.each([/^\d+\.?\d*$/, /^(?:a|ab|b)*$/, / \(at (.+)\)$/, /^\s*(?:search|domain)/m])(
    'The test finds the ambiguity of %s',
    (expression) => {
      expect(findWeakness(expression)?.ratio).toBeGreaterThan(MAX_MEASURED_RATIO);
    },
  );

  it('No source makes an expression at run time', () => {
    expect(sources.filter(([, text]) => /\bRegExp\(/.test(text)).map(([file]) => file)).toEqual([]);
  });

  it('The time of each expression is proportional to the length of the text', () => {
    const weak: string[] = [];
    for (const [file, text] of sources) {
      const patterns = [...text.matchAll(/pattern: '((?:[^'\\]|\\.)*)'/g)].map(
        ([, source = '']) => new RegExp(source.replaceAll('\\\\', '\\'), 'u'),
      );
      for (const expression of [...findExpressions(text), ...patterns]) {
        const weakness = confirmWeakness(expression);
        if (weakness !== undefined) weak.push(`${file}: ${expression} ${JSON.stringify(weakness)}`);
      }
    }
    expect(weak).toEqual([]);
  });
});

/** Lengths that show a quadratic part even if it is a small one. */
const [SHORT, LONG] = [2_000, 4_000];

/** Returns those of `kinds` for which the work grows faster than the length, each with its ratio. */
function findSlowKinds(
  kinds: Readonly<Record<string, (length: number) => string>>,
  work: (text: string) => void,
  maxRatio = MAX_RATIO,
): readonly string[] {
  const counter = new WorkCounter();
  onTestFinished(() => counter.close());
  const count = (length: number, make: (length: number) => string): number => counter.count(() => work(make(length)));
  const slow: string[] = [];
  for (const [name, make] of Object.entries(kinds)) {
    let ratio = Number.POSITIVE_INFINITY;
    // Again if it is too large: a function that is compiled meanwhile loses some counts.
    for (let tries = 3; tries > 0 && ratio > maxRatio; tries--) ratio = count(LONG, make) / count(SHORT, make);
    if (ratio > maxRatio) slow.push(`${name}: ${ratio}`);
  }
  return slow;
}

/** Does with a document what a command does: finds the position of each issue, and formats the values. */
function readYaml(text: string): void {
  const { root, issues, positionOf } = parseYaml(Buffer.from(text));
  for (const { offset } of issues) positionOf(offset);
  if (root !== undefined) toJson(root);
}

const JSON_KINDS: Readonly<Record<string, (length: number) => string>> = {
  'integers that a number cannot hold': (n) => `[${'12345678901234567890,'.repeat(n / 21)}1]`,
  'an integer': (n) => '1'.repeat(n),
  'such integers in members': (n) =>
    `{${Array.from({ length: n / 30 }, (_, index) => `"k${index}": {"a": 12345678901234567890},`).join('')}"z": 1}`,
  'a key again and again': (n) => `{${'"a": 12345678901234567890,'.repeat(n / 26)}"z": 1}`,
  'spaces after keys': (n) => `{"a"${' '.repeat(n)}: 12345678901234567890}`,
  'open lists': (n) => '['.repeat(n),
  'open objects': (n) => '{"a":'.repeat(n / 5),
  'an open string': (n) => `"${'\\\\'.repeat(n / 2)}`,
  escapes: (n) => `["${'\\u0041'.repeat(n / 6)}", 12345678901234567890]`,
  'a lone surrogate at the end': (n) => `[${'"x",'.repeat(n / 4)}"\\ud800"]`,
  'a fault at the end': (n) => `[${'1,\n'.repeat(n / 3)}x`,
  'trailing characters': (n) => `1${' '.repeat(n)}1`,
  'many deep lists': (n) => `[${`${'['.repeat(100)}${']'.repeat(100)},`.repeat(n / 200)}x`,
  'a point': (n) => `1.${'1'.repeat(n)}.`,
};

describe('YAML', () => {
  it('The work for each kind of YAML is proportional to its length', () => {
    expect(findSlowKinds(YAML_KINDS, readYaml)).toEqual([]);
  });

  it.each([
    'digits and a letter',
    'spaces in a plain scalar',
    'an open single quote',
    'escapes in double quotes',
    'a long comment',
    'a block',
  ])('The time for a large file that is one token is proportional to its length: %s', (name) => {
    const make = YAML_KINDS[name] as (length: number) => string;
    for (let length = LONGEST / 64; length < LONGEST; length *= 8) {
      const [short, long] = [make(length / 8), make(length)];
      const ratio = compareTimes(
        () => readYaml(short),
        () => readYaml(long),
        8,
      );
      expect(ratio ** (1 / 3)).toBeLessThan(MAX_MEASURED_RATIO);
    }
  });
});

describe('JSON', () => {
  it('The work for each kind of JSON is proportional to its length', () => {
    const read = (text: string): void => {
      try {
        parseJson(Buffer.from(text));
      } catch (error) {
        if (!(error instanceof JsonError)) throw error;
        return;
      }
      parseExactJson(text);
    };
    expect(findSlowKinds(JSON_KINDS, read)).toEqual([]);
  });

  it('The work to find the positions of all members is proportional to their number', () => {
    const members = (length: number): string =>
      `{${Array.from({ length: length / 4 }, (_, index) => `"${index}":\n1,\n`).join('')}"z": 1}`;
    // Each position also takes a binary search for its line: the ratio is a little more than 2.
    const find = (text: string): void => {
      const json = new JsonText(text);
      for (const name of Object.keys(JSON.parse(text))) json.findPosition([name]);
    };
    expect(findSlowKinds({ members }, find, 2.5)).toEqual([]);
  });
});
