/**
 * Runs the cases of `test/vectors/cli/`, command lines with the answers of the Rust command line, each in a directory
 * of its own. test/vectors/README.md describes their form.
 */
import { execFileSync } from 'node:child_process';
import {
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect } from 'vitest';
import { runCliInServer } from './cli-server.js';
import { GIT_ENVIRONMENT } from './repository.js';

type Content =
  | string
  | { readonly link: string }
  | { readonly base64: string }
  | { readonly before: string; readonly repeat: string; readonly times: number; readonly after: string };

interface Commit {
  readonly repo?: string;
  readonly write: Readonly<Record<string, Content>>;
  readonly delete: readonly string[];
}

/** One command line, and the answer of the Rust command line. */
export interface CliCase {
  readonly name: string;
  readonly files: Readonly<Record<string, Content>>;
  readonly commits?: readonly Commit[];
  readonly origin?: boolean;
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  readonly args: readonly string[];
  readonly exit: number;
  readonly stdout: string;
  readonly stderr: string;
  readonly stderr_or?: readonly string[];
  readonly written: Readonly<Record<string, string | { readonly bytes: number }>>;
}

/** Our answer, with the placeholders of the case for paths, commits and times. */
export interface Answer {
  readonly exit: number | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly written: Readonly<Record<string, string>>;
}

/** Reads the cases of a topic. */
export function cliCases(topic: string): readonly CliCase[] {
  return JSON.parse(readFileSync(new URL(`../vectors/cli/${topic}.json`, import.meta.url), 'utf8')).cases;
}

/** Runs a case in a new directory, in a process that runs many, and returns our answer. */
export async function replay(testCase: CliCase): Promise<Answer> {
  // Not `temporaryDirectory()`, which is removed when "the test" ends: of concurrent tests, vitest does not know which.
  const directory = mkdtempSync(join(tmpdir(), 'sentry-options-test-'));
  try {
    return await replayIn(directory, testCase);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

async function replayIn(directory: string, testCase: CliCase): Promise<Answer> {
  const commits = makeCommits(directory, testCase);
  const replacements: [RegExp, string][] = [
    [/(?<![A-Z_])DIR(?![A-Z_])/g, directory],
    [/\{BASE\}/g, commits[0] ?? ''],
    [/\{HEAD\}/g, commits.at(-1) ?? ''],
  ];
  const fill = (text: string): string =>
    replacements
      .reduce((result, [pattern, value]) => result.replace(pattern, value), text)
      .replace(/\{COMMIT:(\d+)\}/g, (_, index) => commits[Number(index)] ?? '');
  writeTree(directory, testCase.files, fill);
  const before = readTree(directory);
  const begin = Date.now();
  const { code, stdout, stderr } = await runCliInServer(testCase.args.map(fill), {
    cwd: join(directory, testCase.cwd ?? '.'),
    env: { NO_COLOR: '1', ...testCase.env },
  });
  const written = Object.entries(readTree(directory)).filter(([path, text]) => before[path] !== text);
  const normalize = (text: string): string => {
    let result = text.replaceAll(directory, 'DIR').replaceAll(TIMES, (time) => checkTime(time, begin));
    for (const [index, sha] of commits.entries()) result = result.replaceAll(sha, `{COMMIT:${index}}`);
    return result.replaceAll(TEMPORARY, '{TMP}').replaceAll(/(?<= elapsed_ms=)\d+(?=\s)/g, '{MS}');
  };
  return {
    exit: code,
    stdout: normalize(stdout),
    stderr: normalize(stderr),
    written: Object.fromEntries(written.map(([path, text]) => [path, normalize(text)])),
  };
}

/** The time of the run in RFC 3339 with nine decimals, as both command lines write it. */
const TIMES = /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}\+00:00/g;
const TEMPORARY = new RegExp(`${tmpdir()}/[-\\w.]+`, 'g');

function checkTime(time: string, begin: number): string {
  expect(Date.parse(time)).toBeGreaterThanOrEqual(begin);
  expect(Date.parse(time)).toBeLessThanOrEqual(Date.now());
  return '{TIME}';
}

/** Creates the commits, and returns their SHAs. */
function makeCommits(directory: string, { commits = [], origin = true }: CliCase): string[] {
  const known = new Set<string>();
  return commits.map(({ repo = '.', write, delete: deleted }) => {
    const folder = join(directory, repo);
    const git = (...args: string[]): string =>
      execFileSync('git', args, { cwd: folder, encoding: 'utf8', env: GIT_ENVIRONMENT });
    if (!known.has(repo)) {
      known.add(repo);
      mkdirSync(folder, { recursive: true });
      git('init', '-q', '-b', 'main');
      if (origin && repo === '.') git('remote', 'add', 'origin', '.');
    }
    writeTree(folder, write, (text) => text);
    for (const path of deleted) rmSync(join(folder, path), { recursive: true });
    git('add', '-A');
    git('commit', '-q', '--allow-empty', '-m', 'a commit');
    return git('rev-parse', 'HEAD').trim();
  });
}

function writeTree(directory: string, files: CliCase['files'], fill: (text: string) => string): void {
  for (const [path, content] of Object.entries(files)) {
    const target = join(directory, path);
    if (path.endsWith('/')) {
      mkdirSync(target, { recursive: true });
      continue;
    }
    mkdirSync(dirname(target), { recursive: true });
    if (typeof content === 'string') writeFileSync(target, fill(content));
    else if ('link' in content) symlinkSync(fill(content.link), target);
    else if ('base64' in content) writeFileSync(target, Buffer.from(content.base64, 'base64'));
    else writeFileSync(target, content.before + content.repeat.repeat(content.times) + content.after);
  }
}

/** Reads the files below `directory`, by path, except git's own. An empty directory is an entry that ends with `/`. */
function readTree(directory: string, prefix = ''): Record<string, string> {
  const found: Record<string, string> = {};
  const names = readdirSync(directory).filter((name) => name !== '.git');
  if (names.length === 0 && prefix !== '') found[prefix] = '';
  for (const name of names) {
    const path = join(directory, name);
    const stat = lstatSync(path);
    if (stat.isDirectory()) Object.assign(found, readTree(path, `${prefix}${name}/`));
    else if (stat.isFile()) found[prefix + name] = readFileSync(path, 'utf8');
  }
  return found;
}
