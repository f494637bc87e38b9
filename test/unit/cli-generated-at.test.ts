/** Tests which time `sentry-options write` writes. */
import { expect, it } from 'vitest';
import { determineGeneratedAt } from '../../src/cli/write/generated-at.js';

it('The argument wins over the variable, and the variable over the clock', () => {
  expect(determineGeneratedAt('2026-01-21T18:30:00+01:00', { SOURCE_DATE_EPOCH: 'x' })).toBe(
    '2026-01-21T18:30:00+01:00',
  );
  expect(determineGeneratedAt(undefined, { SOURCE_DATE_EPOCH: '0' })).toBe('1970-01-01T00:00:00.000000000+00:00');
  const before = Date.now();
  for (const environment of [{}, { SOURCE_DATE_EPOCH: '' }]) {
    const now = determineGeneratedAt(undefined, environment);
    expect(now).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}000000\+00:00$/);
    expect(Date.parse(now)).toBeGreaterThanOrEqual(before);
  }
});

it.each(['now', '-1', '1.5', '1e3', '253402300800', '9'.repeat(400), ' 1'])(
  'SOURCE_DATE_EPOCH=%s is an error',
  (text) => {
    expect(() => determineGeneratedAt(undefined, { SOURCE_DATE_EPOCH: text })).toThrow(
      /^SOURCE_DATE_EPOCH must be a number of seconds since 1970; got "/,
    );
  },
);

it.each(['', 'noon', '2026-01-21', '1769020200'])('--generated-at %s is an error that shows the form', (text) => {
  expect(() => determineGeneratedAt(text, {})).toThrow('--generated-at must be a time such as 2026-01-21T18:30:00Z');
});
