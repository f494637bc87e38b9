/** What the program `test/fixtures/sentry-requests.mjs` needs, and what its events must have. */
import { alwaysOff, alwaysOn } from 'sentry-options/testing';
import { expect } from 'vitest';
import { Base, patternSchema } from './base.js';

/** Makes a base directory with the flags that the program evaluates: some on, some off; others are not set. */
export function makeRequestBase(): Base {
  const base = new Base({});
  base.writeSchema('seer', patternSchema());
  const names = ['flag', 'many'].flatMap((kind) =>
    Array.from({ length: 130 }, (_, index) => `feature.${kind}-${index}`),
  );
  base.writeValues(
    'seer',
    Object.fromEntries(names.map((name, index) => [name, index % 3 ? alwaysOn() : alwaysOff()])),
  );
  return base;
}

/** Expects `count` errors, each with the flags that its request evaluated, and as many transactions without any. */
// biome-ignore lint/suspicious/noExplicitAny: events as they arrive.
export function expectOwnFlags(events: readonly any[], count: number): void {
  const errors = events.filter(({ exception }) => exception !== undefined);
  expect(new Set(errors.map(({ exception }) => exception.values[0].value)).size).toBe(count);
  for (const { contexts, extra } of errors) {
    const flags = contexts.flags.values.map((each: { flag: string; result: boolean }) => `${each.flag}=${each.result}`);
    expect(flags).toEqual(extra.expected);
    expect(contexts.sentry_options).toMatchObject({
      generation: 1,
      health: 'ok',
      values: { seer: expect.any(String) },
    });
  }
  // The first request of each thread evaluated more than an event may carry.
  const sizes = errors.map(({ contexts }) => contexts.flags.values.length);
  expect(sizes.filter((size) => size === 100)).toHaveLength(2);
  const transactions = events.filter(({ type }) => type === 'transaction');
  expect(transactions.length).toBe(count);
  expect(transactions.filter(({ contexts }) => 'flags' in contexts || 'sentry_options' in contexts)).toEqual([]);
}
