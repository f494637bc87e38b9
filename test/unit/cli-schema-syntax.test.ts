/** Tests what the command line says of a schema that is not JSON, and where: at the mistake, not where the parser stopped. */
import { describe, expect, it } from 'vitest';
import { adviseOnSyntax } from '../../src/cli/schemas/json-syntax.js';
import { JsonError, parseJson } from '../../src/files/strict-json.js';

function advise(text: string): string {
  try {
    parseJson(Buffer.from(text));
  } catch (error) {
    if (!(error instanceof JsonError)) throw error;
    const { advice, at } = adviseOnSyntax(text, error.message, error);
    return at === undefined ? advice : `${at.line}:${at.column} ${advice}`;
  }
  throw new Error('The text is JSON');
}

describe('adviseOnSyntax', () => {
  it.each([
    ['', '; the file is empty'],
    [' \n', '; the file is empty'],
    ['{"a": 1,\n}', '1:8 ; remove the comma in line 1'],
    ['{"a": [1, 2,]}', '1:12 ; remove the comma in line 1'],
    ['{\r\n  "a": 1,\r\n\r\n}', '2:9 ; remove the comma in line 2'],
    ['{\n  "a": 1\n  "b": 2\n}', '2:9 ; a comma is missing in line 2'],
    ['{"a": 1 "b": 2}', '1:8 ; a comma is missing in line 1'],
    ['[{} {}]', '1:4 ; a comma is missing in line 1'],
    ['["a"\n"b"]', '1:5 ; a comma is missing in line 1'],
    ['{"a": "say "hi" now"}', ''],
    ['{"a": "say "", now"}', ''],
    ['{"a": 1 b: 2}', ''],
    ['{\n  "a": {\n    "b": {"c": 1,\n    "d": 2\n  }\n}', '3:10 ; the { in line 3 is not closed'],
    ['{\n  "a": [\n    1\n}\n', ''],
    ['{\n  "a": {\n    "b": "}"\n}\n', '2:8 ; the { in line 2 is not closed'],
    ['{"a": [1', '1:7 ; the [ in line 1 is not closed'],
    ['{\n  "a": "x', '2:8 ; the " in line 2 is not closed'],
    ['{\n||||||| x\n}', '; resolve the merge conflict of git'],
    ['{\n=======\r\n}', '; resolve the merge conflict of git'],
  ])('The advice has the place of the mistake: %j', (text, advice) => {
    expect(advise(text)).toBe(advice);
  });
});
