/** Tests what the command line says of mistakes in a file of values that is valid YAML: one line for each, with what to do. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { Output } from '../../src/cli/terminal/output.js';
import { readValuesFile } from '../../src/cli/values/file.js';
import { compileSchema } from '../../src/schema/namespace-schema.js';
import { temporaryDirectory } from '../support/base.js';
import { option } from '../support/values-tree.js';

const compiled = compileSchema(
  'shop',
  'schema.json',
  Buffer.from(
    JSON.stringify({
      version: '1.0',
      type: 'object',
      properties: {
        motd: option('string', ''),
        hosts: option('array', [], { items: { type: 'string' } }),
        'feature.x': { $ref: '#/definitions/Feature' },
      },
    }),
  ),
);
if ('issues' in compiled) throw new Error(JSON.stringify(compiled.issues));
const { schema } = compiled;

/** Returns the issues of a file, one line for each, without the name of the file. */
function findIssues(text: string): readonly string[] {
  const path = join(temporaryDirectory(), 'values.yaml');
  writeFileSync(path, text);
  const file = { path, namespace: 'shop', target: 'default' };
  const settings = { isForNode: true, isStrict: true };
  const { issues } = readValuesFile(file, schema, new Output({ isQuiet: true }), settings);
  return issues.flatMap((issue) => issue.replaceAll(`(${path}:`, '(').replaceAll(path, 'FILE').split('\n\t'));
}

const KEYS = "Invalid YAML structure in FILE: expected only top-level keys 'options' and optional 'definitions', found";
const UNDECLARED = 'In file FILE: Value error for shop:';

describe('a file that has no options', () => {
  it.each([
    [
      '',
      `expected top-level key 'options', found []; if it has no options, write 'options: {}' or delete the file (1:1)`,
    ],
    [
      '# motd: x\n',
      "expected top-level key 'options', found []; if it has no options, write 'options: {}' or delete the file (1:1)",
    ],
    [
      '---\n',
      "expected a mapping with the key 'options'; if it has no options, write 'options: {}' or delete the file (1:4)",
    ],
    [
      'definitions: {}\n',
      `expected top-level key 'options', found ["definitions"]; write 'options: {}' if it has none (1:1)`,
    ],
    ['options:\n', "expected 'options' to be a mapping; write 'options: {}' if it has none (1:9)"],
  ])('The message says what to write: %j', (text, message) => {
    expect(findIssues(text)).toEqual([`Invalid YAML structure in FILE: ${message}`]);
  });
});

describe('a key', () => {
  it.each(['options:\nhosts: []\nmotd: x\n', 'options:\nhosts: []\nmotd: x\nother: 1\n'])(
    'Options that are not indented are one issue: %j',
    (text) => {
      const issues = findIssues(text);
      expect(issues).toHaveLength(1);
      expect(issues[0]).toMatch(/found unexpected keys \["hosts", "motd".*; indent options below 'options:' \(2:1\)$/);
    },
  );

  it.each([
    [
      '{\n  // x\n  "options": {}\n}\n',
      `${KEYS} unexpected keys ["// x \\"options\\""]; a comment begins with "#" (2:3)`,
    ],
    [
      'options:\n\u00a0\u00a0motd: x\n',
      `${KEYS} unexpected keys ["\u00a0\u00a0motd"]; it begins with U+00A0, which only looks like a space: replace it by spaces (2:1)`,
    ],
    [
      'options:\n  hosts: []\n\u3000motd: x\n',
      `${KEYS} unexpected keys ["\u3000motd"]; it begins with U+3000, which only looks like a space: replace it by spaces (3:1)`,
    ],
    [
      'options:\n  motd:\u00a0x\n',
      "Invalid YAML structure in FILE: expected 'options' to be a mapping; write each option as 'name: value', with a colon and a space instead of U+00A0 (2:3)",
    ],
  ])('A comment of another language, and what only looks like a space, is said: %j', (text, message) => {
    expect(findIssues(text)).toEqual([message]);
  });

  it('A comment of another language among the options is said, too', () => {
    expect(findIssues('options: {\n  /* x */ "motd": "x"\n}\n')).toEqual([
      UNDECLARED,
      '/* x */ "motd"'.replaceAll('/', '~1').concat(' is not declared in the schema; a comment begins with "#" (2:3)'),
    ]);
  });
});

describe('an entry of a list without its `- `', () => {
  const flag = (segments: string): string =>
    `options:\n  feature.x:\n    segments:\n${segments}    owner: {team: t}\n    created_at: 2026-01-31\n`;
  it('Its first key is the issue, and the others are none', () => {
    const place = 'options.feature.x.segments[0]: duplicate key';
    const segment = '        name: a\n        conditions: []\n';
    expect(findIssues(flag(`      - name: a\n        conditions: []\n${segment}${segment}`))).toEqual([
      'YAML parse error in FILE:',
      `${place} "name"; the first one is in line 4: is "- " missing before this one? (6:9)`,
      `${place} "name"; the first one is in line 4: is "- " missing before this one? (8:9)`,
    ]);
  });

  it('Another key that is there twice, or the first one in the same line, is only a duplicate', () => {
    expect(findIssues(flag('      - name: a\n        rollout: 1\n        rollout: 2\n'))[1]).toMatch(
      /in line 5 \(6:9\)$/,
    );
    expect(findIssues(flag('      - {name: a, name: b}\n'))[1]).toMatch(/in line 4 \(4:19\)$/);
  });
});

describe('a text that YAML reads as null', () => {
  it.each([
    ['  motd: #1 shop', 'motd null is not of type "string"; quote the value, since "#" begins a comment (2:9)'],
    ['  motd: &nbsp;', 'motd null is not of type "string"; quote the value, since "&" begins an anchor (2:15)'],
    ['  hosts:\n    - #a', 'hosts/0 null is not of type "string"; quote the value, since "#" begins a comment (3:7)'],
    ['  motd: # the text', 'motd null is not of type "string"; write a string, or leave it out (2:9)'],
  ])('The message says why: %j', (lines, message) => {
    expect(findIssues(`options:\n${lines}\n`)).toEqual([UNDECLARED, message]);
  });
});
