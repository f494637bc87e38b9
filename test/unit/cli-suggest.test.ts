/** Tests what the command line suggests for a name that it does not know. */
import { describe, expect, it } from 'vitest';
import { similarNames, suggestNames, suggestSimilar } from '../../src/cli/terminal/suggest.js';

const MANY = Array.from({ length: 10_000 }, (_, index) => `n${index}`);

describe('suggestNames', () => {
  it('The most similar name is suggested, else the declared names are listed', () => {
    expect(suggestNames('new-iu', ['old', 'new-ui'])).toBe("; did you mean 'new-ui'?");
    expect(suggestNames('x', ['old', 'new-ui'])).toBe('; declared: old, new-ui');
    expect(suggestNames('x', [])).toBe('; none is declared');
  });

  it('Of thousands of names, the first 20 are listed', () => {
    expect(suggestNames('x', MANY)).toBe(`; declared: ${MANY.slice(0, 20).join(', ')} and 9980 more`);
    expect(suggestNames('x', ['a\u001B', 'b'])).toBe('; declared: a\\u001b, b');
  });
});

describe('suggestSimilar', () => {
  it('A name that is like no other has no suggestion: a flag by pattern need not be declared', () => {
    expect(suggestSimilar('new-iu', ['old', 'new-ui'])).toBe("; did you mean 'new-ui'?");
    expect(suggestSimilar('x', MANY)).toBe('');
    expect(suggestSimilar('new-ui', ['new-ui\u001B'])).toBe("; did you mean 'new-ui\\u001b'?");
  });

  it('Names have something in common, and the most similar one comes first', () => {
    expect(similarNames('new-ui', ['max-retries', 'new-id', 'new-iu', 'new-ui'])).toEqual([
      'new-ui',
      'new-iu',
      'new-id',
    ]);
    expect(similarNames('hosts', ['max-retries', 'page-size'])).toEqual([]);
  });

  it('A name that would take too long to compare has no suggestion', () => {
    const [long, longer] = ['x'.repeat(200), 'x'.repeat(201)];
    expect(suggestSimilar(long, [longer, long])).toBe(`; did you mean '${long}'?`);
    expect(suggestSimilar(longer, [long])).toBe('');
    expect(suggestSimilar(long, [longer])).toBe('');
  });
});
