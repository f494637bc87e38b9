/** The functions that all messages share: truncation at its edges, lists, positions. */
import { describe, expect, it } from 'vitest';
import { escapeControlChars, joinFirst, truncate, truncateBytes } from '../../src/common/text.js';
import { findPosition } from '../../src/files/text-position.js';

describe('truncate', () => {
  it.each([
    ['a string of the maximum length', 'abc', 'abc'],
    ['a string that is one character longer', 'abcd', 'abc…'],
    ['characters of two UTF-16 units, at the maximum length', '😀😀😀', '😀😀😀'],
    ['characters of two UTF-16 units, one too many', '😀😀😀😀', '😀😀😀…'],
    ['an empty string', '', ''],
  ])('truncate to 3 characters handles %s', (_name, text, expected) => {
    expect(truncate(text, 3)).toBe(expected);
  });

  it('truncate handles a string of 8 MiB', () => {
    expect(truncate('x'.repeat(8 * 2 ** 20), 100)).toBe(`${'x'.repeat(100)}…`);
  });
});

describe('truncateBytes', () => {
  it.each([
    ['a string of the maximum size', 'abcdef', 'abcdef'],
    ['a string that is one byte longer', 'abcdefg', 'abc…'],
    ['a character that the limit would split', 'ab😀😀', 'ab…'],
  ])('truncateBytes to 6 bytes handles %s', (_name, text, expected) => {
    expect(truncateBytes(text, 6)).toBe(expected);
    expect(Buffer.byteLength(truncateBytes(text, 6))).toBeLessThanOrEqual(6);
  });
});

describe('joinFirst', () => {
  it('joinFirst counts the items that it does not list, and only if there are any', () => {
    expect([joinFirst(['a', 'b'], 2), joinFirst(['a', 'b'], 3)]).toEqual(['a, b', 'a, b and 1 more']);
  });
});

describe('escapeControlChars', () => {
  it('escapeControlChars escapes what ends a line or turns its direction', () => {
    expect(escapeControlChars('a\n\u001b\u2028\u202eb')).toBe('a\\u000a\\u001b\\u2028\\u202eb');
  });

  it('escapeControlChars escapes every control character, and every one that changes the direction of text', () => {
    const codes = [[0, 0x1f], [0x7f, 0x9f], [0x61c], [0x200e, 0x200f], [0x2028, 0x202e], [0x2066, 0x2069], [0xfeff]];
    const escaped = new Set(
      codes.flatMap(([first = 0, last = first]) => Array.from({ length: last - first + 1 }, (_, add) => first + add)),
    );
    const wrong = Array.from({ length: 0x10000 }, (_, code) => code).filter((code) => {
      const text = String.fromCharCode(code);
      return (escapeControlChars(text) !== text) !== escaped.has(code);
    });
    expect(wrong).toEqual([]);
  });
});

describe('findPosition', () => {
  it.each([
    [0, { line: 1, column: 1 }],
    [2, { line: 1, column: 3 }],
    [3, { line: 2, column: 1 }],
    [5, { line: 2, column: 3 }],
  ])('findPosition converts the offset %i', (offset, expected) => {
    expect(findPosition('ab\ncd', offset)).toEqual(expected);
  });
});
