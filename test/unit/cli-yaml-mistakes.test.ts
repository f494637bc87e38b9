/** Tests what the command line says of mistakes in the syntax of a YAML file, and where. */
import { describe, expect, it } from 'vitest';
import { parseYaml } from '../../src/cli/yaml/parse.js';

/** Returns the issues of a text, each with its line and column. */
function findIssues(text: string): readonly string[] {
  const { issues, positionOf } = parseYaml(Buffer.from(text));
  return issues.map(({ message, offset }) => {
    const { line, column } = positionOf(offset);
    return `${line}:${column} ${message}`;
  });
}

const indented = (spaces: string, meant: string) =>
  `the line is indented by ${spaces}, which fits no line above; indent it by ${meant}`;

describe('an indentation', () => {
  it.each([
    ['  a: 1\n   b: 2', `3:4 ${indented('3 spaces', '2')}`],
    ['  a: 1\n b: 2', `3:2 ${indented('1 space', '2')}`],
    ['  a: hello\n    b: 2', `3:5 ${indented('4 spaces', '2')}`],
    ['  m:\n    x: 1\n   y: 2', `4:4 ${indented('3 spaces', '2 or 4')}`],
    ['  m:\n    n:\n      x: 1\n     y: 2\n  z: 3', `5:6 ${indented('5 spaces', '4 or 6')}`],
    ['  l:\n    - a\n   - b', `4:4 ${indented('3 spaces', '4')}`],
    ['  l:\n  - a: 1\n   b: 2', `4:4 ${indented('3 spaces', '2 or 4')}`],
    ['  l:\n    - a: 1\n     - b: 2', `4:6 ${indented('5 spaces', '4')}`],
    ['  l:\n    - a: 1\n     b: 2', `4:6 ${indented('5 spaces', '6')}`],
    ['  a: |\n    x\n   y', `4:4 ${indented('3 spaces', '4')}`],
    ['  a: "x"\n   b: 2', `3:4 ${indented('3 spaces', '2')}`],
    ['  m:\n    x: "x"\n   y: 2', `4:4 ${indented('3 spaces', '2 or 4')}`],
    ["  l:\n    - 'x'\n   - y", `4:4 ${indented('3 spaces', '4')}`],
    ['\ta: 1', '2:1 the line is indented by a tab; use spaces'],
    ['  b: 1\n  - a', '3:3 an entry of a list is beside keys; indent it below the key that it belongs to'],
    ['  - a\n  b: 1', '3:3 a key is beside the entries of a list; correct its indentation'],
  ])('The message has the line that fits no other, and what fits: %j', (lines, message) => {
    expect(findIssues(`options:\n${lines}\n`)).toEqual([message]);
  });

  it.each([
    ['   a: 1\n  b: 2', `3:3 ${indented('2 spaces', '3, or line 2 by 2')}`],
    ['   a: 1\n  b: 2\n  c: 3', `3:3 ${indented('2 spaces', '3, or line 2 by 2')}`],
    ['   a:\n     x: 1\n  b: 2\n  c: 3', `4:3 ${indented('2 spaces', '3, or line 2 by 2')}`],
    ['  a: 1\n    b: 2\n\n    c: 3', `3:5 ${indented('4 spaces', '2, or line 2 by 4')}`],
    ['  l:\n     - a\n    - b\n    - c', `4:5 ${indented('4 spaces', '5, or line 3 by 4')}`],
    ['  l:\n     - a\n    b: 1\n    c: 2', `4:5 ${indented('4 spaces', '2')}`],
    ['   a: 1\n   b: 2\n  c: 3\n  d: 4', `4:3 ${indented('2 spaces', '3')}`],
    ['  l:\n    - a: 1\n     b: 2\n     c: 3', `4:6 ${indented('5 spaces', '6')}`],
  ])('If the first line of a block may be the wrong one, the message has both: %j', (lines, message) => {
    expect(findIssues(`options:\n${lines}\n`)).toEqual([message]);
  });

  it.each([
    [
      '  a: 1\nb: 2\n  c: 3',
      '3:1 the line is indented by 0 spaces, and the one below by 2; indent both by 2, or both by 0',
    ],
    [
      '  f:\n    a: 1\n  b: {\n x: 2}\n\n    # comment\n    c: 3\n    d: 4',
      '4:3 the line is indented by 2 spaces, and the one below by 4; indent both by 4, or both by 2',
    ],
    [
      'a: 1\n  b:\n    c: 3\n  d: 4',
      '2:1 the line is indented by 0 spaces, and the one below by 2; indent both by 2, or both by 0',
    ],
    [
      '  f:\n  a: 1\n    b: 2',
      '3:3 the line is indented by 2 spaces, and the one below by 4; indent both by 4, or both by 2',
    ],
    ['  f:\n    a: 1\n  b: 2\n  c: 3\n    d: 4', `6:5 ${indented('4 spaces', '2')}`],
  ])('If a line was moved to the left, the message has that one, not the one below: %j', (lines, message) => {
    expect(findIssues(`options:\n${lines}\n`)).toEqual([message]);
  });

  it('A line that is not valid comes after many that are', () => {
    const valid =
      '  a:\n    - x: 1\n      y: |2-\n          deep\n        text\n    -\n      - [1,\n 2]\n  # comment\n\n  b: {\n }\n';
    expect(findIssues(`options:\n${valid}  c: 1\n`)).toEqual([]);
    expect(findIssues(`options:\n${valid}   c: 1\n`)).toEqual([`14:4 ${indented('3 spaces', '2')}`]);
  });
});

describe('a quote or a bracket', () => {
  it.each([
    ['  a: "hello\n  b: 2\n  c: 3', '2:6 the quote " that begins here is not closed'],
    ['  a: "hello\n  b: "x"\n  c: 3', '2:6 the quote " that begins here is not closed'],
    ['  a: "x\\"\n  b: 1', '2:6 the quote " that begins here is not closed'],
    ["  b: 1\n  a: 'hello\n", "3:6 the quote ' that begins here is not closed"],
    ["  a: 'x''\n  b: 1", "2:6 the quote ' that begins here is not closed"],
    ['  a: [1, 2\n  b: 2', '2:6 the "[" that begins here is not closed'],
    ['  a: {x: [1, 2}\n  b: 2', '2:10 the "[" that begins here is not closed'],
    ['  a: {x: 1\n  b: 2', '2:6 the "{" that begins here is not closed'],
    ['  a: [', '2:6 the "[" that begins here is not closed'],
    ['  a: [1]]', '2:9 the "]" has no opening bracket before it'],
    ['  a: {"x": 1 "y": 2}', '2:12 a comma is missing between two entries'],
    ['  a: [\n   - x\n  ]', '3:4 within brackets, commas separate the entries of a list, and no "- "'],
    [
      "  a: 'it's'",
      "2:10 there is text after the closing quote; put all of the value in quotes, and write '' for a quote within",
    ],
    [
      '  a: "x" y',
      '2:10 there is text after the closing quote; put all of the value in quotes, and write \\" for a quote within',
    ],
    ['  a: "C:\\dir"', '2:9 \\d is no escape; write \\\\d, or put the value in single quotes'],
  ])('The message has the place where it begins: %j', (lines, message) => {
    expect(findIssues(`options:\n${lines}\n`)).toEqual([message]);
  });
});

const COLON = 'the value has a colon and a space in it, so it must be in quotes';
const TEMPLATE = 'the line is part of a template; write what the template generates';
const LEFT_OVER = 'the line is left over from a merge conflict of git; remove it, and check the lines around it';

describe('a key and a value', () => {
  it.each([
    ['  a: b: c', `2:6 ${COLON}; or, if a key begins there, put it into a line of its own below, indented deeper`],
    ['  a: 1 of 2: c', `2:6 ${COLON}`],
    ['  a: [NEW] Shop', '2:12 there is text after the "]"; put all of the value in quotes, or remove the text'],
    ['  a: {x: 1} y\n  b: 2', '2:13 there is text after the "}"; put all of the value in quotes, or remove the text'],
    ['  a:\n    - x\n    -y', '4:5 a space is missing after the "-" of an entry'],
    ['  a:\n    - x\n    -y\n    - z', '4:5 a space is missing after the "-" of an entry'],
    ['  a: |\n\n  Hello\n  World', '4:3 the text of the "|" above must be indented deeper than its key'],
    ['  a: >-\nHello', '3:1 the text of the ">" above must be indented deeper than its key'],
    ['  // x\n  a: 1', '2:3 a comment begins with "#"'],
    ['  a: 1\n  /* x */', '3:3 a comment begins with "#"'],
    ['  {{- if .Values.x }}\n  a: 1', `2:3 ${TEMPLATE}`],
    ['  a: 1\n{{ toYaml .Values.options }}', `3:1 ${TEMPLATE}`],
    ['  {% if x %}\n  a: 1', `2:3 ${TEMPLATE}`],
    ['  a:1\n  b: 2', '2:3 a space is missing after the colon'],
    ['  a 1\n  b: 2', '2:3 a colon is missing: each line must be "key: value", or "- entry" of a list'],
    ['  a\n    b: 2', '2:3 a colon is missing: each line must be "key: value", or "- entry" of a list'],
    ['  c: 1\n  a # what\n    b: 2', '3:3 a colon is missing: each line must be "key: value", or "- entry" of a list'],
    ['  a: @x', '2:6 a value that begins with "@" must be in quotes'],
    ['  a: `x`', '2:6 a value that begins with "`" must be in quotes'],
    ['  a: %x', '2:6 a value that begins with "%" must be in quotes'],
    ['  a: >= 3', '2:7 a value that begins with "|" or ">" must be in quotes, unless its text is in the next lines'],
    ['  a: - x', '2:6 a list begins in the line below its key; a text that begins with "- " or "? " must be in quotes'],
    ['  a: "x"#c', '2:9 a space is missing before "#", which begins a comment; or put the value in quotes'],
    [
      '  a: *.example.com',
      '2:6 the alias *.example.com has no anchor before it in this file; quote it if it is a text',
    ],
    [
      '  a: {{ x }}',
      '2:7 the key must be a string, a number or a boolean; got a mapping. Quote the value if it is a template',
    ],
    ['<<<<<<< HEAD\n  a: 1\n=======\n  a: 2\n>>>>>>> x', '2:1 a merge conflict of git begins here; resolve it'],
    ['  a: 1\n=======\n  a: 2\n>>>>>>> x', `3:1 ${LEFT_OVER}`],
    ['  a: 1\n=======', `3:1 ${LEFT_OVER}`],
    ['  a: 1\r\n=======\r', `3:1 ${LEFT_OVER}`],
    ['>>>>>>> x\n  a: 1', `2:1 ${LEFT_OVER}`],
    ['  a: 1\n||||||| x\n  a: 0', `3:1 ${LEFT_OVER}`],
  ])('The message says what to write: %j', (lines, message) => {
    expect(findIssues(`options:\n${lines}\n`)).toEqual([message]);
  });
});
