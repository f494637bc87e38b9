/** The list of repositories, and its issues. */
import { expect, it } from 'vitest';
import { parseRepositories } from '../../src/cli/fetch/repositories.js';
import { CommandErrors } from '../../src/cli/terminal/errors.js';

function listIssues(text: string | Buffer): readonly string[] {
  try {
    parseRepositories(Buffer.from(text as string));
  } catch (error) {
    if (error instanceof CommandErrors) return error.messages.map((message) => message.replace('JSON error: ', ''));
    throw error;
  }
  return [];
}

it('Repositories are sorted by name, and of duplicate names the last one counts', () => {
  const text =
    '{"repos": {"b": {"url": "1", "path": "p"}, "a": {"url": "2", "path": "q", "sha": null}, "b": {"path": "r", "url": "3"}}}';
  expect(parseRepositories(Buffer.from(text))).toEqual([
    { name: 'a', url: '2', path: 'q' },
    { name: 'b', url: '3', path: 'r' },
  ]);
  expect(parseRepositories(Buffer.from('{"repos": {"__proto__": {"url": "1", "path": "p"}}}'))).toEqual([
    { name: '__proto__', url: '1', path: 'p' },
  ]);
});

// The positions are those that the Rust command line reports.
it.each([
  ['7', 'invalid type: integer `7`, expected an object at line 1 column 1'],
  ['null', 'invalid type: null, expected an object at line 1 column 4'],
  ['[{}]', 'invalid type: sequence, expected an object at line 1 column 0'],
  ['{}', 'missing field `repos` at line 1 column 2'],
  [
    '{"version": 1}',
    'unknown field `version`, expected `repos` at line 1 column 10',
    'missing field `repos` at line 1 column 14',
  ],
  ['{"repos": {}, "repos": {}}', 'duplicate field `repos` at line 1 column 21'],
  ['{"repos": "abc"}', 'invalid type: string "abc", expected a map at line 1 column 15'],
  ['{"repos": {"a": "abc"}}', 'invalid type: string "abc", expected an object at line 1 column 21'],
  ['{"repos": {"a": {"url": "x", "url": "y", "path": "p"}}}', 'duplicate field `url` at line 1 column 34'],
  ['{"repos": {"a": {"url": {"x":1}, "path": "p"}}}', 'invalid type: map, expected a string at line 1 column 24'],
  [
    '{"repos": {"a": {"url": true, "path": "p"}}}',
    'invalid type: boolean `true`, expected a string at line 1 column 28',
  ],
  [
    '{"repos": {"a": {"url": 1.5, "path": "p"}}}',
    'invalid type: floating point `1.5`, expected a string at line 1 column 27',
  ],
  [
    '{"repos": {"a": {"url": "x", "path": "p", "sha": 1}}}',
    'invalid type: integer `1`, expected a string at line 1 column 50',
  ],
  ['{\n "repos": {\n  "a": {\n   "url": "x"\n  }\n }\n}', 'missing field `path` at line 5 column 3'],
  [
    '{"repos": {"a": {"url": "x"}, "b": {"path": null}}}',
    'missing field `path` at line 1 column 28',
    'missing field `url` at line 1 column 49',
    'invalid type: null, expected a string at line 1 column 48',
  ],
  ['{"repos": {}} x', 'Failed to parse JSON: trailing characters at line 1 column 15'],
  ['\ufeff{"repos": {}}', 'Failed to parse JSON: byte-order mark (save the file without one) at line 1 column 1'],
])('An invalid list is rejected with all issues: %s', (text, ...issues) => {
  expect(listIssues(text)).toEqual(issues);
});
