/** Parsing and writing YAML: the types of scalars, the forms of floats and strings, and the positions of issues. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { emitText } from '../../src/cli/yaml/emit.js';
import { findBeginning, toJson } from '../../src/cli/yaml/node.js';
import { parseYaml } from '../../src/cli/yaml/parse.js';
import { formatFloat } from '../../src/cli/yaml/scalar.js';

/** Parses `yaml`, and returns it as JSON, or its issues. */
function read(yaml: string): string {
  const { root, issues, positionOf } = parseYaml(Buffer.from(yaml));
  if (issues.length === 0) return root === undefined ? 'nothing' : toJson(root);
  return issues
    .map(({ path, message, offset }) => {
      const { line, column } = positionOf(offset);
      return `${line}:${column} ${path.join('.')} ${message}`;
    })
    .join('\n');
}

describe('a scalar', () => {
  it.each([
    ['null', '[null, Null, NULL, ~, nUll]', '[null,null,null,null,"nUll"]'],
    [
      'a boolean',
      '[true, True, TRUE, false, False, FALSE, yes, tRue]',
      '[true,true,true,false,false,false,"yes","tRue"]',
    ],
    ['an integer', '[0, -0, +5, 0x1F, -0x1F, 0o17, 0b101, 0x0000000000000000001]', '[0,0,5,31,-31,15,5,1]'],
    [
      'an exact integer',
      '[18446744073709551615, -9223372036854775808, 9007199254740993]',
      '[18446744073709551615,-9223372036854775808,9007199254740993]',
    ],
    [
      'a float',
      '[1.0, 1., .5, -.5, +.5, 1e3, 1E-3, 00.5, 1e-400, -0.0]',
      '[1.0,1.0,0.5,-0.5,0.5,1000.0,0.001,0.5,0.0,-0.0]',
    ],
    [
      'a string',
      '[017, -07, 1_000, 0X1F, 0B1, 0o8, 0xg, --5, +-5, 1:30, 1e, e3, ., 1e400, 2026-02-03]',
      '["017","-07","1_000","0X1F","0B1","0o8","0xg","--5","+-5","1:30","1e","e3",".","1e400","2026-02-03"]',
    ],
    ['the type of its tag', '[!!str 5, !!int "5", !!float 5, !!bool "true", !!null ~]', '["5",5,5.0,true,null]'],
    [
      'a string with another tag',
      '[!!binary 5, !!other true, !<tag:example.org,2000:x> 1, !!timestamp 2026-02-03]',
      '["5","true","1","2026-02-03"]',
    ],
  ])('A scalar can be %s', (_, yaml, json) => {
    expect(read(yaml)).toBe(json);
  });

  it('A scalar in quotes is a string, and a collection can have any standard tag', () => {
    expect(read(`["1", 'true', "~", !!map {a: 1}, !!set {b: }, !!int [1]]`)).toBe(
      '["1","true","~",{"a":1},{"b":null},[1]]',
    );
  });

  it.each([
    ['!!int five', '1:7  the tag requires an integer; got "five"'],
    ['!!bool 1', '1:8  the tag requires a boolean; got "1"'],
    ['!!null ""', '1:8  the tag requires null; got ""'],
    ['!!float x', '1:9  the tag requires a float; got "x"'],
    ['a: "\\ud800"', '1:4 a the string has a lone surrogate'],
  ])('A scalar cannot be %s', (yaml, issue) => {
    expect(read(yaml)).toBe(issue);
  });
});

describe('a key', () => {
  it('A key that is a number or a boolean becomes a string, and of two equal names the later one counts', () => {
    expect(read('x: {1: a, 1.0: b, 1e3: c, true: d, "1": e, 0x10: f}')).toBe(
      '{"x":{"1":"e","1.0":"b","1000.0":"c","16":"f","true":"d"}}',
    );
  });

  it.each([
    ['x: {~: 1}', '1:5 x the key must be a string, a number or a boolean; got null'],
    ['x: {[a]: 1}', '1:5 x the key must be a string, a number or a boolean; got a list'],
    [
      'x: {{a: b}: 1}',
      '1:5 x the key must be a string, a number or a boolean; got a mapping. Quote the value if it is a template',
    ],
    [
      'x:\n  a: 1\n  b: {c: 1, c: 2}\n  a: 3',
      '3:13 x.b duplicate key "c"; the first one is in line 3\n4:3 x duplicate key "a"; the first one is in line 2',
    ],
    ['x: {16: 1, 0x10: 2}', '1:12 x duplicate key 16; the first one is in line 1'],
    ['definitions: {~: 1, null: 2}', '1:21 definitions duplicate key null; the first one is in line 1'],
    [
      'definitions: {? [1, {a: 2}] : 1, ? [1.0, {a: 2}] : 2, ? [1, {a: 2}] : 3}',
      '1:57 definitions duplicate key [1,{"a":2}]; the first one is in line 1',
    ],
    ['definitions: {<<: 1, x: {<<: 2}, <<: 3}', '1:34 definitions duplicate key "<<"; the first one is in line 1'],
    ['options: {a: 1, a: 2}\noptions: {}', '1:17 options duplicate key "a"; the first one is in line 1'],
    ['x: {a:[1], b:, c: 1}', '1:7 x a space is missing after the colon\n1:14 x a space is missing after the colon'],
  ])('A key is rejected in %s', (yaml, issue) => {
    expect(read(yaml)).toBe(issue);
  });

  it('Keys are sorted by code point, and __proto__ is an ordinary key', () => {
    expect(read('{"\uFB03": 1, "😀": 2, __proto__: {a: 1}, constructor: 3, a: 4, B: 5, "": 6, 10: 7, 9: 8}')).toBe(
      '{"":6,"10":7,"9":8,"B":5,"__proto__":{"a":1},"a":4,"constructor":3,"ﬃ":1,"😀":2}',
    );
  });
});

describe('a document', () => {
  it.each([
    ['is empty', '# a comment', 'nothing'],
    ['begins with a byte order mark', '\uFEFFa: 1', '{"a":1}'],
    ['has CRLF line ends', 'a: |\r\n  b\r\n  c\r\nd: 1\r\n', '{"a":"b\\nc\\n","d":1}'],
    ['has CR line ends', 'a: |\r  b\r  c\rd: "x\r  y"  # z\re:\r- 1\r\r\n- 2', '{"a":"b\\nc\\n","d":"x y","e":[1,2]}'],
    ['ends within a block', 'a: |\n  b\n  c', '{"a":"b\\nc"}'],
    ['ends within a folded block', 'a: >+\n  b\n  c', '{"a":"b c"}'],
    ['has less indented brackets', 'a:\n  b: [\n  1,\n2\n]\n  c: {\n"d": 3}', '{"a":{"b":[1,2],"c":{"d":3}}}'],
    ['has less indented quotes', 'a:\n  b: "c\nd"\n  e: \'f\n\n g\'', '{"a":{"b":"c d","e":"f\\ng"}}'],
    ['has aliases', 'a: &x {b: 1}\nc: [*x, *x]\nd: &x 2\ne: *x', '{"a":{"b":1},"c":[{"b":1},{"b":1}],"d":2,"e":2}'],
    ['has a duplicate key at the top level', 'a: 1\na: 2', '{"a":2}'],
  ])('A document is parsed that %s', (_, yaml, json) => {
    expect(read(yaml)).toBe(json);
  });

  it.each([
    ['a:\n\tb: 1', /^2:1 /],
    ['a:\n  b: 1\n c: 2', /^3:2 /],
    ['a: 1\rb: [', /^2:\d+ /],
    ['a: [b', /^1:\d+ /],
    ['a: b: c', /^1:4 /],
    ['a: "b', /^1:4 .*quote/],
    ['a: 1\n---\nb: 1', /^2:1 {2}the file must have one document; got more than one: remove the line ---$/],
    ['a: [*, b]', /^1:5 {2}a value that begins with "\*" must be in quotes$/],
    ['a: *b', /^1:4 a the alias \*b has no anchor before it in this file; quote it if it is a text$/],
    ['a: &b [*b]', /^1:8 a\.0 recursion limit exceeded: the alias \*b refers to a value that contains it$/],
    ['a: 1\nb: x\u0000y', /^2:5 {2}the character U\+0000 is not allowed/],
    ['a: \u007f', /^1:4 {2}the character U\+007F is not allowed/],
  ])('An invalid document is rejected with the position: %j', (yaml, issue) => {
    expect(read(yaml)).toMatch(issue);
  });

  it('Aliases resolve as the specification says, with anchors of the same names at any depth', () => {
    const name = fc.constantFrom('a', 'b', 'c');
    const { node } = fc.letrec<{ node: string; list: string; map: string }>((tie) => ({
      node: fc.oneof(
        { depthSize: 'small', withCrossShrink: true },
        { weight: 3, arbitrary: name.map((alias) => `*${alias} `) },
        { weight: 2, arbitrary: fc.tuple(name, fc.nat(9)).map(([anchor, value]) => `&${anchor} ${value}`) },
        tie('list'),
        tie('map'),
      ),
      list: fc
        .tuple(fc.option(name), fc.array(tie('node'), { maxLength: 4 }))
        .map(([anchor, items]) => `${anchor === null ? '' : `&${anchor} `}[${items.join(', ')}]`),
      map: fc
        .tuple(fc.option(name), fc.array(tie('node'), { maxLength: 4 }))
        .map(
          ([anchor, items]) =>
            `${anchor === null ? '' : `&${anchor} `}{${items.map((item, index) => `k${index}: ${item}`).join(', ')}}`,
        ),
    }));
    let resolved = 0;
    fc.assert(
      fc.property(fc.array(node, { minLength: 1, maxLength: 8 }), (nodes) => {
        const yaml = `[${nodes.join(', ')}]`;
        let expected: string;
        try {
          expected = JSON.stringify(parse(yaml));
        } catch {
          // An alias without an anchor above it, or of a value that contains it.
          expected = 'none';
        }
        const { root, issues } = parseYaml(Buffer.from(yaml));
        expect(root === undefined || issues.length > 0 ? 'none' : toJson(root)).toBe(expected);
        if (expected !== 'none' && yaml.includes('*')) resolved++;
      }),
      { numRuns: 200 },
    );
    expect(resolved).toBeGreaterThan(5);
  });

  it('A document that is not UTF-8 is rejected with the position', () => {
    const { issues, positionOf } = parseYaml(Buffer.concat([Buffer.from('a: 1\nb: é'), Buffer.from([0xff])]));
    expect(issues.map(({ message, offset }) => [message, positionOf(offset)])).toEqual([
      ['invalid UTF-8', { line: 2, column: 5 }],
    ]);
  });

  it('findBeginning returns only the beginning of a large value', () => {
    const { root } = parseYaml(Buffer.from(`[{b: 1.0, a: [${'1.0, '.repeat(1_000)}]}, ${'x, '.repeat(1_000)}]`));
    const { json, value } = findBeginning(root as NonNullable<typeof root>, 30);
    expect(json.startsWith('[{"a":[1.0,1.0,1.0')).toBe(true);
    expect(json.length).toBeLessThan(100);
    expect(JSON.stringify(value).startsWith('[{"a":[1,1,1')).toBe(true);
  });
});

it('formatFloat keeps the value and its type', () => {
  fc.assert(
    fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
      const text = formatFloat(value);
      expect(Number(text)).toBe(value);
      expect(text).toMatch(/^-?\d+(\.\d+)?(e-?\d+)?$/);
      expect(text).toMatch(/[.e]/);
    }),
  );
});

describe('emitText', () => {
  it.each([
    [
      'plain',
      'abc, 1_000 no 2026-02-03 a:b a#b = << -a ?a :a é 😀',
      'abc, 1_000 no 2026-02-03 a:b a#b = << -a ?a :a é 😀',
    ],
    ['plain if it is a commit', '9f8e7d6c5b4a', '9f8e7d6c5b4a'],
    ['plain if it is a time', '2026-02-03T04:05:06Z', '2026-02-03T04:05:06Z'],
    ['in quotes if YAML 1.1 has it as a boolean', 'no', "'no'"],
    ['in quotes if YAML 1.1 has it as a merge key', '<<', "'<<'"],
    ['in quotes if YAML 1.1 has it as an integer', '123_456', "'123_456'"],
    ['in quotes if YAML 1.1 has it as a number of base 60', '1:30', "'1:30'"],
    ['in quotes if it is a commit that looks like a float', '12e4567', "'12e4567'"],
    ['in double quotes if it has a line break of YAML 1.1', 'a\u2028b', '"a\\Lb"'],
    ['in quotes if it looks like an integer', '1234567', "'1234567'"],
    ['in quotes if it is empty', '', "''"],
    ['in quotes if it is digits after a zero', '0123456', "'0123456'"],
    ['in quotes if it looks like an infinity', '.inf', "'.inf'"],
    ['in quotes if it begins or ends with a space', ' pad ', "' pad '"],
    ['in quotes if it begins with an indicator', '- a', "'- a'"],
    ['in quotes if it contains a comment', 'a #b', "'a #b'"],
    ['in quotes if it contains a colon and a space', 'a: b', "'a: b'"],
    ['in quotes with a doubled quote', "{'", "'{'''"],
    ['in double quotes with escapes', 'tab\there\u007f\u0001\ufeff\u0085', '"tab\\there\\x7F\\x01\\uFEFF\\N"'],
    ['as a block', 'two\nlines', '|-\n      two\n      lines'],
    ['as a block with a final line break', 'two\nlines\n', '|\n      two\n      lines'],
    ['as a block with two final line breaks', 'two\n\n', '|+\n      two\n'],
    ['as a block that begins with a space', ' two\n\nlines', '|2-\n       two\n\n      lines'],
    ['in double quotes if a line ends with a space', 'two \nlines', '"two \\nlines"'],
  ])('A string is written %s', (_, text, yaml) => {
    expect(emitText(text, 4)).toBe(yaml);
  });

  const words = fc.constantFrom(
    ...'~ null NULL true no NO Yes y Y n on OFF = << .inf -.INF +.Inf .NaN 0 -0 1_0 +1_000 0x1F 0X1f 0b1 0B1 017 08 0o17'.split(
      ' ',
    ),
    ...'1:30 1:30.5 -190:20:30 190:20:30.15 1. .5 . -. 1e5 1E+5 12e4567 1.2.3 1_000.5 685_230.15 6.8523015e+5 ._ .0_'.split(
      ' ',
    ),
    ...'--- ... - ? : -a ?a :a <<a =a # a# & * ! | > % @ ` " \' [ ] { } ,'.split(' '),
    ...[
      'a: b',
      'a #b',
      ' a',
      'a ',
      '',
      'a\n',
      '\n',
      '\n\n',
      ' \n',
      'a\n b',
      '\ta',
      'a\tb',
      'a:',
      '\u2028',
      'a\u2029 b\n',
    ],
  );
  const strings = fc.oneof(
    words,
    fc.string({ unit: fc.constantFrom(...'0123456789abcdefxXoOyYnN_.:+-eE~=<'), maxLength: 8 }),
    fc
      .array(
        fc.oneof(
          words,
          fc.constantFrom(...'\n\t :#-?\'"\\[]{}&*!|>%@`,.~0123exXobnrs\r\u0085\u2028\ufeffé😀'),
          fc.string({ unit: 'grapheme' }),
        ),
      )
      .map((parts) => parts.join('').replaceAll(/\p{Surrogate}/gu, '')),
  );
  // Another parser may read a time as a Date; kubectl does not.
  const isTime = (text: string): boolean => /^\d{4}-\d\d?-\d\d?/.test(text);

  it.each(['1.1', '1.2'] as const)('A parser of YAML %s reads the same string', (version) => {
    fc.assert(
      fc.property(strings, (value) => {
        fc.pre(!isTime(value));
        const yaml = `a:\n  b:\n    c: ${emitText(value, 4)}\n    d: e\n`;
        expect(parse(yaml, { version })).toEqual({ a: { b: { c: value, d: 'e' } } });
      }),
      { numRuns: 1_000 },
    );
  });
});
