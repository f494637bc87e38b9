/** Tests what the server's page computes about the use of options and flags. */
import { describe, expect, it } from 'vitest';
import { buildReport } from '../../src/cli/usage/judge.js';
import { UsageMerge } from '../../src/cli/usage/merge.js';
import type { FlagUsageAnswer, OptionAnswer, UsageAnswer } from '../../src/status/answers.js';
import { listEntries, search } from '../../workers/inspect/page/search.js';
import {
  describeUse,
  findConstant,
  findUnused,
  isUnused,
  listUses,
  summarizeUse,
} from '../../workers/inspect/page/usage.js';

const AT = '2026-01-01T00:00:00Z';

function flag(name: string, more: Partial<FlagUsageAnswer> = {}): FlagUsageAnswer {
  const none = { on: 0, off: 0, errors: 0, lastEvaluatedAt: null, firstReadAt: null };
  return { namespace: 'shop', flag: name, ...none, isset: true, ...more };
}

function option(key: string, firstReadAt: string | null = null) {
  return { namespace: 'shop', key, firstReadAt };
}

const USAGE: UsageAnswer = {
  since: AT,
  options: [option('read', AT), option('unread')],
  flags: [
    flag('both', { on: 3, off: 4, lastEvaluatedAt: AT }),
    flag('on', { on: 5, lastEvaluatedAt: AT }),
    flag('off', { off: 1_000, lastEvaluatedAt: AT }),
    flag('failed', { errors: 2, lastEvaluatedAt: AT }),
    flag('on or failed', { on: 7, errors: 1, lastEvaluatedAt: AT }),
    flag('never'),
    flag('only read', { firstReadAt: AT }),
  ],
  problem: null,
};

describe('findUnused', () => {
  it('Says of each flag what the command line says of the same answer', () => {
    const merge = new UsageMerge(undefined);
    merge.add({ usage: USAGE, now: Date.parse(AT), directory: undefined });
    const { flags } = buildReport([], merge);
    const { unused, constant } = findUnused(USAGE);
    const answers = new Map(
      constant.map((flag) => [flag.flag, findConstant(flag) === 'on' ? 'alwaysOn' : 'alwaysOff']),
    );
    for (const { flag } of unused) answers.set(flag, 'unused');
    for (const { flag, state } of flags) expect([flag, answers.get(flag) ?? 'used']).toEqual([flag, state]);
    expect(flags.map(({ state }) => state).sort()).toEqual([
      'alwaysOff',
      'alwaysOn',
      'unused',
      'used',
      'used',
      'used',
      'used',
    ]);
  });

  it('Lists what was never used, and flags that always say the same, those evaluated most often first', () => {
    const { neverRead, unused, constant, failed } = findUnused(USAGE);
    expect(neverRead.map(({ key }) => key)).toEqual(['unread']);
    expect(unused.map((each) => each.flag)).toEqual(['never']);
    expect(constant.map((each) => each.flag)).toEqual(['off', 'on']);
    expect(failed.map((each) => each.flag)).toEqual(['failed', 'on or failed']);
  });
});

describe('the answers of a flag', () => {
  it.each([
    ['both', undefined, '3 on, 4 off', '7 evaluations (3 on, 4 off)'],
    ['on', 'on', 'always on', '5 evaluations (5 on)'],
    ['off', 'off', 'always off', '1\u202f000 evaluations (1\u202f000 off)'],
    ['failed', undefined, '0 on, 2 off', '2 evaluations (2 off after an error of the context)'],
    ['on or failed', undefined, '7 on, 1 off', '8 evaluations (7 on, 1 off after an error of the context)'],
    ['never', undefined, 'never evaluated', 'Not evaluated since the start'],
    ['only read', undefined, 'definition read', 'Not evaluated since the start; its definition was first read '],
  ])('%s: %s', (name, constant, summary, description) => {
    const use = USAGE.flags.find((each) => each.flag === name) as FlagUsageAnswer;
    expect(findConstant(use)).toBe(constant);
    expect(summarizeUse(use)).toBe(summary);
    expect(describeUse(use)[0]).toBe(description);
    expect(isUnused(use)).toBe(name === 'never');
  });

  it('An option is read or never read', () => {
    expect(USAGE.options.map(summarizeUse)).toEqual(['read', 'never read']);
    expect(USAGE.options.map(describeUse)).toEqual([['First read ', { at: AT }], ['Not read since the start']]);
  });
});

describe('search', () => {
  it('Finds what was never used; nothing as long as that is not known', () => {
    const options: OptionAnswer[] = ['read', 'unread', 'feature.on', 'feature.never', 'feature.only read'].map(
      (key) => ({
        key,
        kind: key.startsWith('feature.') ? 'flag' : 'option',
        isset: true,
        valueType: null,
        since: { generation: 1, at: null },
      }),
    );
    const entries = listEntries({ generation: 1, namespaces: [{ namespace: 'shop', file: '', options }] });
    const find = (uses?: ReturnType<typeof listUses>) => search(entries, '', 'unused', uses).map(({ id }) => id);
    expect(find(listUses(USAGE))).toEqual(['shop/unread', 'shop/feature.never']);
    expect(find()).toEqual([]);
  });
});
