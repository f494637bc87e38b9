/** What the command line suggests for a name that nothing has. */
import { expect, it } from 'vitest';
import { suggestNames } from '../../src/cli/terminal/suggest.js';

it('A message lists the first of many names: there may be thousands of flags by pattern', () => {
  const names = Array.from({ length: 5_000 }, (_, index) => `flag-${index}`);
  expect(suggestNames('x', names)).toBe(`; declared: ${names.slice(0, 20).join(', ')} and 4980 more`);
  expect(suggestNames('x', ['a\u001B', 'b'])).toBe('; declared: a\\u001b, b');
  expect(suggestNames('x', [])).toBe('; none is declared');
});
