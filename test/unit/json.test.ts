/** Tests the strict JSON parser: its values, the position and cause of each error, and its limits. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { JsonError, parseJson } from '../../src/files/strict-json.js';

const MIB = 2 ** 20;
/** Far above what any of these tests takes: it only stops a runaway. */
const HOSTILE = { timeout: 60_000 };

function parse(text: string | Uint8Array) {
  return parseJson(typeof text === 'string' ? Buffer.from(text) : text);
}

function catchError(text: string | Uint8Array): JsonError {
  try {
    parse(text);
  } catch (error) {
    if (error instanceof JsonError) return error;
    throw error;
  }
  throw new Error('parseJson found no issue');
}

/** Returns the issue of `text` as `WHAT@LINE:COLUMN`. */
function findIssue(text: string | Uint8Array): string {
  const { message, line, column } = catchError(text);
  const what = /^Failed to parse JSON: (.*) at line (\d+) column (\d+)$/s.exec(message);
  expect(what?.slice(2)).toEqual([String(line), String(column)]);
  return `${what?.[1]}@${line}:${column}`;
}

describe('parseJson', () => {
  it('parseJson returns what JSON.parse returns', () => {
    const text = ' {"a":[1,-0,1.5e3,true,null,"\\u00fc😀"],"":{}}\r\n\t';
    expect(parse(text)).toEqual({ value: JSON.parse(text), unsafeIntegers: [] });
    expect(Object.is(parse('-0').value, -0)).toBe(true);
  });

  it('The last of duplicate keys wins', () => {
    expect(parse('{"a":1,"b":2,"a":3}').value).toEqual({ a: 3, b: 2 });
  });

  it('__proto__ is a key like any other', () => {
    const value = parse('{"__proto__":{"polluted":1},"constructor":2}').value as object;
    expect(Object.keys(value)).toEqual(['__proto__', 'constructor']);
    expect(Object.getPrototypeOf(value)).toBe(Object.prototype);
    expect(({} as { polluted?: number }).polluted).toBeUndefined();
  });

  it('The error says where and why a string is not JSON', () => {
    expect(findIssue('')).toBe('EOF while parsing a value@1:1');
    expect(findIssue(' \n ')).toBe('EOF while parsing a value@2:2');
    expect(findIssue('{"a":1')).toBe('EOF while parsing an object@1:7');
    expect(findIssue('{\n"a":')).toBe('EOF while parsing a value@2:5');
    expect(findIssue('[1,\n2')).toBe('EOF while parsing a list@2:2');
    expect(findIssue('[')).toBe('EOF while parsing a list@1:2');
    expect(findIssue('{"a')).toBe('EOF while parsing a string@1:4');
    expect(findIssue('"\\')).toBe('EOF while parsing a string@1:3');
    expect(findIssue('{"a" 1}')).toBe('expected `:`@1:6');
    expect(findIssue('{"a":1 "b":2}')).toBe('expected `,` or `}`@1:8');
    expect(findIssue('[1 2]')).toBe('expected `,` or `]`@1:4');
    expect(findIssue('[1,]')).toBe('trailing comma@1:4');
    expect(findIssue('{"a":1,}')).toBe('trailing comma@1:8');
    expect(findIssue('[,1]')).toBe('expected value@1:2');
    expect(findIssue('[}')).toBe('expected value@1:2');
    expect(findIssue('{]')).toBe('key must be a string@1:2');
    expect(findIssue('{1:2}')).toBe('key must be a string@1:2');
    expect(findIssue("{'a':2}")).toBe('key must be a string@1:2');
    expect(findIssue('NaN')).toBe('expected value@1:1');
    expect(findIssue('[-]')).toBe('invalid number@1:2');
    expect(findIssue('[1.]')).toBe('invalid number@1:2');
    expect(findIssue('[01]')).toBe('invalid number@1:3');
    expect(findIssue('{} {}')).toBe('trailing characters@1:4');
    expect(findIssue('{}]')).toBe('trailing characters@1:3');
    expect(findIssue('// x\n{}')).toBe('expected value@1:1');
    expect(findIssue('[1/* x */]')).toBe('expected `,` or `]`@1:3');
    expect(findIssue('["ab\\q"]')).toBe('invalid escape@1:5');
    expect(findIssue('["ab\\u12g4"]')).toBe('invalid escape@1:5');
    expect(findIssue('["a\nb"]')).toBe('control character (\\u0000-\\u001F) found while parsing a string@1:4');
    expect(findIssue('["a\0b"]')).toBe('control character (\\u0000-\\u001F) found while parsing a string@1:4');
    expect(findIssue('{}\0')).toBe('trailing characters@1:3');
    expect(findIssue('\u00a0{}')).toBe('expected value@1:1');
  });

  it('Columns count UTF-16 code units after the last line feed', () => {
    expect(findIssue('["ü😀", x]')).toBe('expected value@1:9');
    expect(findIssue('{\r\n  "a": x}')).toBe('expected value@2:8');
  });

  it('parseJson rejects a byte-order mark and invalid UTF-8, with their position', () => {
    expect(findIssue('\ufeff{}')).toBe('byte-order mark (save the file without one)@1:1');
    expect(findIssue('{}\ufeff')).toBe('trailing characters@1:3');
    expect(findIssue(Buffer.from('["a"]x', 'utf16le'))).toMatch(/@1:/);
    expect(findIssue(Buffer.from([0xff, 0xfe, 0x7b, 0]))).toBe('invalid UTF-8@1:1');
    expect(findIssue(Buffer.concat([Buffer.from('{\n"ü":"'), Buffer.from([0xc3]), Buffer.from('"}')]))).toBe(
      'invalid UTF-8@2:6',
    );
    // A character that the end of the file truncates, a surrogate, and an overlong encoding.
    expect(findIssue(Buffer.concat([Buffer.from('"a'), Buffer.from([0xe2, 0x82])]))).toBe('invalid UTF-8@1:3');
    expect(findIssue(Buffer.from([0x22, 0xed, 0xa0, 0x80, 0x22]))).toBe('invalid UTF-8@1:2');
    expect(findIssue(Buffer.from([0x22, 0xc0, 0x80, 0x22]))).toBe('invalid UTF-8@1:2');
    expect(parse('"\ufeff"').value).toBe('\ufeff');
  });

  it('parseJson rejects numbers out of range and lone surrogates, which JSON.parse accepts', () => {
    expect(findIssue('{"a":[1,\n 1e400]}')).toBe('number out of range@2:2');
    expect(findIssue('-1e309')).toBe('number out of range@1:1');
    expect(findIssue('1'.repeat(400))).toBe('number out of range@1:1');
    expect(findIssue('["a","\\ud800"]')).toBe('lone surrogate in a string@1:6');
    expect(findIssue('["\\udc00\\ud800"]')).toBe('lone surrogate in a string@1:2');
    expect(findIssue('{"x":{"\\ud83d":1}}')).toBe('lone surrogate in a string@1:7');
    expect(parse('"\\ud83d\\ude00"').value).toBe('😀');
    expect(parse('1e-400').value).toBe(0);
  });

  it('parseJson accepts 127 nested containers, and no more', () => {
    const nested = (depth: number) => '['.repeat(depth) + ']'.repeat(depth);
    const objects = (depth: number) => `${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`;
    expect(() => parse(nested(127))).not.toThrow();
    expect(() => parse(objects(127))).not.toThrow();
    expect(findIssue(nested(128))).toBe('recursion limit exceeded@1:128');
    expect(findIssue(objects(128))).toBe('recursion limit exceeded@1:636');
    expect(findIssue(`{"a":${nested(127)}}`)).toBe('recursion limit exceeded@1:132');
    // The error names the first issue of the string, even if a later issue started the search.
    expect(findIssue(`${nested(127).slice(0, -1)}x`)).toBe('expected `,` or `]`@1:254');
  });

  it('The error shows no part of the string, and has no cause that does', () => {
    const error = catchError('{"password":"secret"x}');
    expect(error.message).toBe('Failed to parse JSON: expected `,` or `}` at line 1 column 21');
    expect(error.cause).toBeUndefined();
  });

  it('parseJson finds an issue in every string that JSON.parse rejects', () => {
    const mutated = fc
      .tuple(fc.json({ maxDepth: 4 }), fc.nat(), fc.nat({ max: 3 }), fc.constantFrom(...'{}[],:"\\eE+-.019 nt\n\0u/*'))
      .map(([text, position, deleted, inserted]) => {
        const at = position % (text.length + 1);
        return text.slice(0, at) + inserted + text.slice(at + deleted);
      });
    fc.assert(
      fc.property(mutated, (text) => {
        let isJson = true;
        try {
          JSON.parse(text);
        } catch {
          isJson = false;
        }
        if (isJson || /[\ud800-\udfff]/u.test(text)) return;
        const { message, line, column } = catchError(text);
        expect(message).not.toContain('invalid JSON');
        expect(line).toBeLessThanOrEqual(text.split('\n').length);
        expect(column).toBeLessThanOrEqual((text.split('\n')[line - 1]?.length ?? 0) + 1);
      }),
      { numRuns: 3_000 },
    );
  });
});

describe('parseJson: unsafe integers', () => {
  const listUnsafe = (text: string) =>
    parse(text).unsafeIntegers.map(({ path, literal }) => `${path.join('/')}=${literal}`);

  it('Unsafe integers are listed with their path and their literal', () => {
    expect(listUnsafe('9007199254740993')).toEqual(['=9007199254740993']);
    expect(listUnsafe('{"a":[1,{"b c":-9007199254740992}],"d":123456789012345678901234567890}')).toEqual([
      'a/1/b c=-9007199254740992',
      'd=123456789012345678901234567890',
    ]);
    expect(listUnsafe('{ "a\\n\\"" : [ 9007199254740992 ] }')).toEqual(['a\n"/0=9007199254740992']);
    expect(listUnsafe('{"__proto__":{"__proto__":9007199254740992}}')).toEqual([
      '__proto__/__proto__=9007199254740992',
    ]);
  });

  it('Fractions, exponents, digits in strings and safe integers are not listed', () => {
    expect(listUnsafe('[9007199254740993.0, 1e300, 9007199254740993e0, "9007199254740993", 1E+21]')).toEqual([]);
    expect(listUnsafe('[9007199254740991, -9007199254740991, 1e300]')).toEqual([]);
    expect(listUnsafe('{"9007199254740993":"9007199254740993,","x":1e300}')).toEqual([]);
  });

  it('Unsafe integers under a key that a later key overwrites are not listed', () => {
    expect(listUnsafe('{"a":9007199254740993,"a":1,"b":1e300}')).toEqual([]);
    expect(listUnsafe('{"a":9007199254740993,"a":9007199254740995}')).toEqual(['a=9007199254740995']);
    expect(listUnsafe('{"a":{"x":9007199254740993},"a":{"x":9007199254740993.0}}')).toEqual([]);
    expect(listUnsafe('{"a":{"x":9007199254740993},"a":{"y":9007199254740993}}')).toEqual(['a/y=9007199254740993']);
    expect(listUnsafe('{"a":[9007199254740993],"a":"x","b":[1e300]}')).toEqual([]);
    expect(listUnsafe('{"a":1,"a":{"x":[9007199254740993]}}')).toEqual(['a/x/0=9007199254740993']);
    expect(listUnsafe('{"a":9007199254740993,"\\u0061":null,"b":1e300}')).toEqual([]);
  });

  it('Unsafe integers are listed for each option, however many another option has', () => {
    const many = `[${'9007199254740993,'.repeat(5_000)}1]`;
    const places = listUnsafe(`{"options":{"a":${many},"b":{"c":${many}},"d":9007199254740993}}`);
    expect(places).toHaveLength(2_001);
    expect(places.at(-1)).toBe('options/d=9007199254740993');
    const map = Object.fromEntries(Array.from({ length: 5_000 }, (_, i) => [`k${i}`, 'X']));
    const text = JSON.stringify({ options: { a: map, b: map, c: 'X' } }).replaceAll('"X"', '9007199254740993');
    expect(listUnsafe(text)).toHaveLength(2_001);
  });
});

describe('parseJson: hostile files', () => {
  it('A file of 100 000 levels or more is rejected at the limit', HOSTILE, () => {
    expect(findIssue('['.repeat(100_000))).toBe('recursion limit exceeded@1:128');
    expect(findIssue('['.repeat(100_000) + ']'.repeat(100_000))).toBe('recursion limit exceeded@1:128');
    expect(findIssue('{"a":'.repeat(100_000))).toBe('recursion limit exceeded@1:636');
    expect(findIssue('['.repeat(4 * MIB) + ']'.repeat(4 * MIB))).toBe('recursion limit exceeded@1:128');
  });

  it('A file in which a lenient parser would recurse ever deeper is rejected at the first issue', HOSTILE, () => {
    expect(findIssue('[},'.repeat(2 * MIB))).toBe('expected value@1:2');
    expect(findIssue('[{"a":'.repeat(60) + '[},'.repeat(MIB))).toBe('expected value@1:362');
  });

  it('A file of 8 MiB is parsed or rejected', HOSTILE, () => {
    const count = Math.floor((8 * MIB) / 3) - 1;
    expect((parse(`[${'{},'.repeat(count)}{}]`).value as []).length).toBe(count + 1);
    expect(findIssue(`[${'{},'.repeat(count)}]`)).toBe(`trailing comma@1:${3 * count + 2}`);
    expect(findIssue(`"${'a'.repeat(8 * MIB - 1)}`)).toBe(`EOF while parsing a string@1:${8 * MIB + 1}`);
    expect(findIssue('\n'.repeat(8 * MIB))).toBe(`EOF while parsing a value@${8 * MIB + 1}:1`);
    expect(findIssue(Buffer.concat([Buffer.alloc(8 * MIB - 1, ' '), Buffer.from([0xff])]))).toBe(
      `invalid UTF-8@1:${8 * MIB}`,
    );
  });
});

describe('a text that is decoded in pieces', () => {
  const PIECE = 2 ** 19;

  it.each(['é', '€', '💥', '\ufeff'])('%j may be at any place around the end of a piece', (character) => {
    for (let before = PIECE - 6; before < PIECE + 2; before++) {
      const text = 'x'.repeat(before) + character.repeat(3);
      expect(parseJson(Buffer.from(JSON.stringify(text))).value === text, `${before}`).toBe(true);
    }
  });

  it('Bytes that are not UTF-8 at the end of a piece are found in their place', () => {
    for (let at = PIECE - 4; at < PIECE + 4; at++) {
      for (const bytes of [[0xc3], [0x80, 0x80, 0x80, 0x80], [0xe2, 0x82]]) {
        const text = Buffer.from(JSON.stringify('x'.repeat(PIECE + 100)));
        text.set(bytes, at);
        expect(() => parseJson(text)).toThrow(`invalid UTF-8 at line 1 column ${at + 1}`);
      }
    }
  });
});
