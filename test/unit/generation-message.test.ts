/** Tests the message of a reload: what it names, its bounds, and that it stays on one line. */
import { expect, it } from 'vitest';
import { describeGeneration } from '../../workers/report/generation-message.js';

const names = (count: number, prefix: string) => Array.from({ length: count }, (_, index) => `${prefix}${index}`);

it.each<[string, Record<string, readonly string[]>]>([
  ['shop/page-size (1 option)', { shop: ['page-size'] }],
  ['shop/a, shop/b (2 options)', { shop: ['a', 'b'] }],
  ['a/x, b/y (2 options of 2 namespaces)', { a: ['x'], b: ['y'] }],
  ['shop/a (1 option)', { other: [], shop: ['a'] }],
  [
    'a/k0, a/k1, a/k2, b/x, c/z0 and 4 more (9 options of 3 namespaces)',
    { a: names(3, 'k'), b: ['x'], c: names(5, 'z') },
  ],
  ['shop (no option changed)', { shop: [] }],
  ['n0, n1, n2, n3, n4 and 2 more (no option changed)', Object.fromEntries(names(7, 'n').map((name) => [name, []]))],
  ['no option changed', {}],
])('The message of a reload is: Generation 7 is live: %s', (expected, changes) => {
  expect(describeGeneration(7, new Map(Object.entries(changes)))).toBe(`Generation 7 is live: ${expected}`);
});

it('Names of any number and length give one line of a limited length', () => {
  const evil = `\n[sentry-options] error: forged\u001b[31m\u202e${'x'.repeat(10_000)}`;
  const message = describeGeneration(2, new Map([['shop', [evil, ...names(100_000, evil)]]]));
  expect(message).toContain('shop/\\u000a[sentry-options] error: forged\\u001b[31m\\u202e');
  expect(message).toMatch(/ and 99996 more \(100001 options\)$/);
  expect(message).not.toMatch(/\p{Cc}/u);
  expect(message.length).toBeLessThan(1_000);
});
