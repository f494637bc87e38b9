import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { JsonError, parseJson } from '../../src/files/strict-json.js';

const MIB = 2 ** 20;
/** Far above what any of them takes: only a runaway is to be stopped. */
const HOSTILE = { timeout: 60_000 };

function parse(text: string | Uint8Array) {
  return parseJson(typeof text === 'string' ? Buffer.from(text) : text);
}

function faultOf(text: string | Uint8Array): JsonError {
  try {
    parse(text);
  } catch (error) {
    if (error instanceof JsonError) return error;
    throw error;
  }
  throw new Error('no issue was found');
}

/** `WHAT@LINE:COLUMN` of the issue. */
function issue(text: string | Uint8Array): string {
  const { message, line, column } = faultOf(text);
  const what = /^Failed to parse JSON: (.*) at line (\d+) column (\d+)$/s.exec(message);
  expect(what?.slice(2)).toEqual([String(line), String(column)]);
  return `${what?.[1]}@${line}:${column}`;
}

describe('parseJson', () => {
  it('gives what JSON.parse gives', () => {
    const text = ' {"a":[1,-0,1.5e3,true,null,"\\u00fc😀"],"":{}}\r\n\t';
    expect(parse(text)).toEqual({ value: JSON.parse(text), unsafeIntegers: [] });
    expect(Object.is(parse('-0').value, -0)).toBe(true);
  });

  it('takes the last of duplicate keys', () => {
    expect(parse('{"a":1,"b":2,"a":3}').value).toEqual({ a: 3, b: 2 });
  });

  it('takes __proto__ for a key as any other', () => {
    const value = parse('{"__proto__":{"polluted":1},"constructor":2}').value as object;
    expect(Object.keys(value)).toEqual(['__proto__', 'constructor']);
    expect(Object.getPrototypeOf(value)).toBe(Object.prototype);
    expect(({} as { polluted?: number }).polluted).toBeUndefined();
  });

  it('says where and why a text is no JSON', () => {
    expect(issue('')).toBe('EOF while parsing a value@1:1');
    expect(issue(' \n ')).toBe('EOF while parsing a value@2:2');
    expect(issue('{"a":1')).toBe('EOF while parsing an object@1:7');
    expect(issue('{\n"a":')).toBe('EOF while parsing a value@2:5');
    expect(issue('[1,\n2')).toBe('EOF while parsing a list@2:2');
    expect(issue('[')).toBe('EOF while parsing a list@1:2');
    expect(issue('{"a')).toBe('EOF while parsing a string@1:4');
    expect(issue('"\\')).toBe('EOF while parsing a string@1:3');
    expect(issue('{"a" 1}')).toBe('expected `:`@1:6');
    expect(issue('{"a":1 "b":2}')).toBe('expected `,` or `}`@1:8');
    expect(issue('[1 2]')).toBe('expected `,` or `]`@1:4');
    expect(issue('[1,]')).toBe('trailing comma@1:4');
    expect(issue('{"a":1,}')).toBe('trailing comma@1:8');
    expect(issue('[,1]')).toBe('expected value@1:2');
    expect(issue('[}')).toBe('expected value@1:2');
    expect(issue('{]')).toBe('key must be a string@1:2');
    expect(issue('{1:2}')).toBe('key must be a string@1:2');
    expect(issue("{'a':2}")).toBe('key must be a string@1:2');
    expect(issue('NaN')).toBe('expected value@1:1');
    expect(issue('[-]')).toBe('invalid number@1:2');
    expect(issue('[1.]')).toBe('invalid number@1:2');
    expect(issue('[01]')).toBe('invalid number@1:3');
    expect(issue('{} {}')).toBe('trailing characters@1:4');
    expect(issue('{}]')).toBe('trailing characters@1:3');
    expect(issue('// x\n{}')).toBe('expected value@1:1');
    expect(issue('[1/* x */]')).toBe('expected `,` or `]`@1:3');
    expect(issue('["ab\\q"]')).toBe('invalid escape@1:5');
    expect(issue('["ab\\u12g4"]')).toBe('invalid escape@1:5');
    expect(issue('["a\nb"]')).toBe('control character (\\u0000-\\u001F) found while parsing a string@1:4');
    expect(issue('["a\0b"]')).toBe('control character (\\u0000-\\u001F) found while parsing a string@1:4');
    expect(issue('{}\0')).toBe('trailing characters@1:3');
    expect(issue('\u00a0{}')).toBe('expected value@1:1');
  });

  it('counts columns in UTF-16 units, after the last line feed', () => {
    expect(issue('["ü😀", x]')).toBe('expected value@1:9');
    expect(issue('{\r\n  "a": x}')).toBe('expected value@2:8');
  });

  it('refuses a byte-order mark and invalid UTF-8, with the place', () => {
    expect(issue('\ufeff{}')).toBe('byte-order mark (save the file without one)@1:1');
    expect(issue('{}\ufeff')).toBe('trailing characters@1:3');
    expect(issue(Buffer.from('["a"]x', 'utf16le'))).toMatch(/@1:/);
    expect(issue(Buffer.from([0xff, 0xfe, 0x7b, 0]))).toBe('invalid UTF-8@1:1');
    expect(issue(Buffer.concat([Buffer.from('{\n"ü":"'), Buffer.from([0xc3]), Buffer.from('"}')]))).toBe(
      'invalid UTF-8@2:6',
    );
    // A character that the end of the file cuts, a surrogate, and one written too long.
    expect(issue(Buffer.concat([Buffer.from('"a'), Buffer.from([0xe2, 0x82])]))).toBe('invalid UTF-8@1:3');
    expect(issue(Buffer.from([0x22, 0xed, 0xa0, 0x80, 0x22]))).toBe('invalid UTF-8@1:2');
    expect(issue(Buffer.from([0x22, 0xc0, 0x80, 0x22]))).toBe('invalid UTF-8@1:2');
    expect(parse('"\ufeff"').value).toBe('\ufeff');
  });

  it('refuses what JSON.parse lets through', () => {
    expect(issue('{"a":[1,\n 1e400]}')).toBe('number out of range@2:2');
    expect(issue('-1e309')).toBe('number out of range@1:1');
    expect(issue('1'.repeat(400))).toBe('number out of range@1:1');
    expect(issue('["a","\\ud800"]')).toBe('lone surrogate in a string@1:6');
    expect(issue('["\\udc00\\ud800"]')).toBe('lone surrogate in a string@1:2');
    expect(issue('{"x":{"\\ud83d":1}}')).toBe('lone surrogate in a string@1:7');
    expect(parse('"\\ud83d\\ude00"').value).toBe('😀');
    expect(parse('1e-400').value).toBe(0);
  });

  it('takes 127 containers in one another, and no more', () => {
    const nested = (depth: number) => '['.repeat(depth) + ']'.repeat(depth);
    const objects = (depth: number) => `${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`;
    expect(() => parse(nested(127))).not.toThrow();
    expect(() => parse(objects(127))).not.toThrow();
    expect(issue(nested(128))).toBe('recursion limit exceeded@1:128');
    expect(issue(objects(128))).toBe('recursion limit exceeded@1:636');
    expect(issue(`{"a":${nested(127)}}`)).toBe('recursion limit exceeded@1:132');
    // The first issue of a text is told, also where it is not the reason to look for one.
    expect(issue(`${nested(127).slice(0, -1)}x`)).toBe('expected `,` or `]`@1:254');
  });

  it('shows nothing of the text, and keeps no cause that does', () => {
    const error = faultOf('{"password":"secret"x}');
    expect(error.message).toBe('Failed to parse JSON: expected `,` or `}` at line 1 column 21');
    expect(error.cause).toBeUndefined();
  });

  it('finds a issue in every text that JSON.parse refuses', () => {
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
        const { message, line, column } = faultOf(text);
        expect(message).not.toContain('invalid JSON');
        expect(line).toBeLessThanOrEqual(text.split('\n').length);
        expect(column).toBeLessThanOrEqual((text.split('\n')[line - 1]?.length ?? 0) + 1);
      }),
      { numRuns: 3_000 },
    );
  });
});

describe('unsafe integers', () => {
  const unsafe = (text: string) =>
    parse(text).unsafeIntegers.map(({ path, literal }) => `${path.join('/')}=${literal}`);

  it('are listed with their place, as they were written', () => {
    expect(unsafe('9007199254740993')).toEqual(['=9007199254740993']);
    expect(unsafe('{"a":[1,{"b c":-9007199254740992}],"d":123456789012345678901234567890}')).toEqual([
      'a/1/b c=-9007199254740992',
      'd=123456789012345678901234567890',
    ]);
    expect(unsafe('{ "a\\n\\"" : [ 9007199254740992 ] }')).toEqual(['a\n"/0=9007199254740992']);
    expect(unsafe('{"__proto__":{"__proto__":9007199254740992}}')).toEqual(['__proto__/__proto__=9007199254740992']);
  });

  it('are not numbers with a fraction or an exponent, nor digits in strings, nor what a number can hold', () => {
    expect(unsafe('[9007199254740993.0, 1e300, 9007199254740993e0, "9007199254740993", 1E+21]')).toEqual([]);
    expect(unsafe('[9007199254740991, -9007199254740991, 1e300]')).toEqual([]);
    expect(unsafe('{"9007199254740993":"9007199254740993,","x":1e300}')).toEqual([]);
  });

  it('count only where they are in effect', () => {
    expect(unsafe('{"a":9007199254740993,"a":1,"b":1e300}')).toEqual([]);
    expect(unsafe('{"a":9007199254740993,"a":9007199254740995}')).toEqual(['a=9007199254740995']);
    expect(unsafe('{"a":{"x":9007199254740993},"a":{"x":9007199254740993.0}}')).toEqual([]);
    expect(unsafe('{"a":{"x":9007199254740993},"a":{"y":9007199254740993}}')).toEqual(['a/y=9007199254740993']);
    expect(unsafe('{"a":[9007199254740993],"a":"x","b":[1e300]}')).toEqual([]);
    expect(unsafe('{"a":1,"a":{"x":[9007199254740993]}}')).toEqual(['a/x/0=9007199254740993']);
    expect(unsafe('{"a":9007199254740993,"\\u0061":null,"b":1e300}')).toEqual([]);
  });

  it('are listed for each option, however many another one has', () => {
    const many = `[${'9007199254740993,'.repeat(5_000)}1]`;
    const places = unsafe(`{"options":{"a":${many},"b":{"c":${many}},"d":9007199254740993}}`);
    expect(places).toHaveLength(2_001);
    expect(places.at(-1)).toBe('options/d=9007199254740993');
    const map = Object.fromEntries(Array.from({ length: 5_000 }, (_, i) => [`k${i}`, 'X']));
    const text = JSON.stringify({ options: { a: map, b: map, c: 'X' } }).replaceAll('"X"', '9007199254740993');
    expect(unsafe(text)).toHaveLength(2_001);
  });
});

describe('hostile files', () => {
  it('of 100 000 levels and more are refused at the limit', HOSTILE, () => {
    expect(issue('['.repeat(100_000))).toBe('recursion limit exceeded@1:128');
    expect(issue('['.repeat(100_000) + ']'.repeat(100_000))).toBe('recursion limit exceeded@1:128');
    expect(issue('{"a":'.repeat(100_000))).toBe('recursion limit exceeded@1:636');
    expect(issue('['.repeat(4 * MIB) + ']'.repeat(4 * MIB))).toBe('recursion limit exceeded@1:128');
  });

  it('that a lenient parser would go deeper and deeper into are refused at the first issue', HOSTILE, () => {
    expect(issue('[},'.repeat(2 * MIB))).toBe('expected value@1:2');
    expect(issue('[{"a":'.repeat(60) + '[},'.repeat(MIB))).toBe('expected value@1:362');
  });

  it('of 8 MiB are parsed or refused', HOSTILE, () => {
    const count = Math.floor((8 * MIB) / 3) - 1;
    expect((parse(`[${'{},'.repeat(count)}{}]`).value as []).length).toBe(count + 1);
    expect(issue(`[${'{},'.repeat(count)}]`)).toBe(`trailing comma@1:${3 * count + 2}`);
    expect(issue(`"${'a'.repeat(8 * MIB - 1)}`)).toBe(`EOF while parsing a string@1:${8 * MIB + 1}`);
    expect(issue('\n'.repeat(8 * MIB))).toBe(`EOF while parsing a value@${8 * MIB + 1}:1`);
    expect(issue(Buffer.concat([Buffer.alloc(8 * MIB - 1, ' '), Buffer.from([0xff])]))).toBe(
      `invalid UTF-8@1:${8 * MIB}`,
    );
  });
});
