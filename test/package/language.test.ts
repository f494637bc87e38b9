/** The language: words that the project replaces by those of the field, in sources, tests and pages. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** Each word with what to write instead. */
const REPLACED: readonly (readonly [RegExp, string])[] = [
  [/\brefus(?:e[sd]?|al|als|ing)\b/i, 'reject'],
  [/\b(?:is|are|was|were) told\b/i, 'report, log, or name who does it'],
  [/\b(?:is|are) looked at\b/i, 'read, check or probe'],
  [/\bglances?\b/i, 'probe'],
  [/\bin (?:the|its) place of\b/i, 'replace, override'],
  [/\bmend(?:s|ed)?\b/i, 'fix'],
  [/\bhears? of\b/i, 'receive'],
  [/\btroubles?\b/i, 'issue, error'],
  [/\bcatalogue\b/i, 'catalog'],
  [/\bcolour(?:s|ed)?\b/i, 'color'],
  [/\bbehaviours?\b/i, 'behavior'],
];

/** Decisions quote the old names; vectors and the changelog have them, and lock files have none of our words. */
const EXEMPT =
  /^test\/(?:vectors|package\/language\.test\.ts)|^docs\/decisions\/|CHANGELOG|lock\.json$|^LICENSE|generated\//;

it('Sources, tests and pages use the words of the field', () => {
  const files = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], {
    cwd: root,
    encoding: 'utf8',
  })
    .split('\n')
    .filter((file) => /\.(?:ts|mts|mjs|js|md|rs|fbs|ya?ml)$/.test(file) && !EXEMPT.test(file));
  expect(files.length).toBeGreaterThan(300);
  const found = files.flatMap((file) =>
    readFileSync(join(root, file), 'utf8')
      .split('\n')
      .flatMap((line, index) =>
        REPLACED.filter(([word]) => word.test(line)).map(
          ([word, instead]) => `${file}:${index + 1}: ${word.exec(line)?.[0]}; write ${instead}`,
        ),
      ),
  );
  expect(found).toEqual([]);
});

it('The glossary defines each word once', () => {
  const glossary = readFileSync(join(root, 'docs/glossary.md'), 'utf8');
  const words = [...glossary.matchAll(/^\| (\*\*[^|]+?) \|/gm)].map(([, word]) => word);
  expect(words.length).toBeGreaterThan(40);
  expect(words.filter((word, index) => words.indexOf(word) !== index)).toEqual([]);
});
