/** Tests how the command line formats a change of a value. */
import { describe, expect, it } from 'vitest';
import { formatChange } from '../../src/cli/terminal/format.js';

const flag = (rollout: number, rest = '') =>
  `{"owner":{"team":"checkout"},"created_at":"2026-01-21","segments":[{"name":"teams","rollout":${rollout}${rest}}]}`;

describe('formatChange', () => {
  it.each([
    ['7', '9', '7 → 9'],
    ['7', null, '7 → not set'],
    [null, '"x"', 'not set → "x"'],
    [`"${'a'.repeat(80)}"`, '"b"', `"${'a'.repeat(58)}… → "b"`],
  ])('The change from %s to %s is %s', (before, after, text) => {
    expect(formatChange(before, after)).toBe(text);
  });

  it('Long values that begin alike are shown from shortly before the place where they differ', () => {
    expect(formatChange(flag(10), flag(50))).toBe('…":"teams","rollout":10}]} → …":"teams","rollout":50}]}');
    const long = `,"x":"${'y'.repeat(100)}"`;
    const shown = formatChange(flag(10, long), flag(50, long));
    expect(shown).toMatch(/^…":"teams","rollout":10,"x":"y+… → …":"teams","rollout":50,"x":"y+…$/);
    expect(shown.split(' → ').map((part) => part.length)).toEqual([60, 60]);
  });

  it('A value that only grows is shown to its end', () => {
    const list = `[${'1,'.repeat(60)}1`;
    expect(formatChange(`${list}]`, `${list},2]`)).toMatch(/^…[1,]{20}\] → …[1,]{20},2\]$/);
  });

  it('Values that are the same as far as they are known are truncated', () => {
    const text = 'x'.repeat(100);
    expect(formatChange(text, text)).toBe(`${'x'.repeat(59)}… → ${'x'.repeat(59)}…`);
  });
});
