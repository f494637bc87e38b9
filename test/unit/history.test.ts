/** Tests the list of the last reloads in `status()`. */
import { describe, expect, it } from 'vitest';
import { ReloadHistory } from '../../workers/report/reload-history.js';

const TIME = { at: '2026-01-21T18:31:00.123Z', reloadMs: 1.5 };

describe('ReloadHistory', () => {
  it('A reload names the first ten namespaces and options, truncates long names, and counts all', () => {
    const history = new ReloadHistory();
    const many = Array.from({ length: 11 }, (_, i): [string, string[]] => [`n${i + 1}`, i === 1 ? ['a', 'b'] : ['a']]);
    const { reloads } = history.published(2, new Map([['n0', []], ...many]), TIME);
    expect(reloads).toEqual([
      {
        ...TIME,
        generation: 2,
        namespaces: ['n0', 'n1', 'n2', 'n3', 'n4', 'n5', 'n6', 'n7', 'n8', 'n9'],
        namespaceCount: 12,
        keys: ['n1/a', 'n2/a', 'n2/b', 'n3/a', 'n4/a', 'n5/a', 'n6/a', 'n7/a', 'n8/a', 'n9/a'],
        keyCount: 12,
        error: null,
      },
    ]);
    const record = history.published(3, new Map([['a', ['x'.repeat(2_000)]]]), TIME);
    expect(Buffer.byteLength(record.reloads[1]?.keys[0] as string)).toBe(1024);
  });

  it('The history keeps the last ten reloads, the newest last, and counts the rejected ones', () => {
    const history = new ReloadHistory();
    for (let generation = 2; generation <= 13; generation++) {
      history.published(generation, new Map(), TIME);
    }
    const { reloads, rejectedReloads } = history.rejected('seen', `bad ${'ü'.repeat(1_000)}`, TIME);
    expect(rejectedReloads).toBe(1);
    expect(reloads.map(({ generation }) => generation)).toEqual([5, 6, 7, 8, 9, 10, 11, 12, 13, null]);
    expect(reloads.at(-1)?.error).toMatch(/^bad ü+…$/);
    expect(Buffer.byteLength(reloads.at(-1)?.error as string)).toBeLessThanOrEqual(1024);
  });
});
