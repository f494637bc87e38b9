/** How the reports of many processes become one, and what it says. */
import { describe, expect, it } from 'vitest';
import { JsonText } from '../../src/cli/schemas/json-position.js';
import type { AskedProcess } from '../../src/cli/usage/ask.js';
import { formatReport } from '../../src/cli/usage/format.js';
import { buildReport, type UsageReport } from '../../src/cli/usage/judge.js';
import { UsageMerge } from '../../src/cli/usage/merge.js';
import type { UsageAnswer } from '../../src/status/answers.js';
import { usageOf } from '../support/usage.js';

const DAY = 86_400_000;
const START = '2026-01-18T00:00:00Z';
const NOW = Date.parse('2026-01-21T00:00:00Z');

function merge(answers: readonly UsageAnswer[], only?: string): UsageMerge {
  const merged = new UsageMerge(only);
  for (const usage of answers) merged.add({ usage, now: NOW, directory: undefined });
  return merged;
}

function asked(name: string, fields: Partial<AskedProcess> = {}): AskedProcess {
  const process = { pid: 1, program: '', node: '', library: '', host: '', startedAt: '' };
  return {
    ...{ name, process, directory: '/', since: START, countedMs: 3 * DAY, problem: null, error: null },
    ...fields,
  };
}

function report(processes: readonly AskedProcess[], answers: readonly UsageAnswer[]): UsageReport {
  return buildReport(processes, merge(answers));
}

describe('UsageMerge', () => {
  it('An option counts for the processes that declare it', () => {
    const merged = merge([
      usageOf(START, { both: '2026-01-20T00:00:00Z', first: null }),
      usageOf('2026-01-20T00:00:00Z', { second: '2026-01-20T12:00:00Z', both: '2026-01-20T06:00:00Z' }),
    ]);
    expect(merged.options).toMatchObject([
      {
        ...{ namespace: 'shop', key: 'both', declaredBy: 2, readBy: 2, firstReadAt: '2026-01-20T00:00:00Z' },
        countedMs: { shortest: DAY, longest: 3 * DAY },
      },
      { key: 'first', declaredBy: 1, readBy: 0, firstReadAt: null, countedMs: { shortest: 3 * DAY, longest: 3 * DAY } },
      { key: 'second', declaredBy: 1, readBy: 1, countedMs: { shortest: DAY, longest: DAY } },
    ]);
  });

  it('Counts of flags are sums, and times are the first and the last, in whatever form', () => {
    const owner = { team: 'cart', email: 'cart@example.com' };
    const merged = merge([
      usageOf(START, {}, { cart: { on: 2, off: 1, lastEvaluatedAt: '2026-01-20T00:00:00.500Z', isset: false } }),
      usageOf(START, {}, { cart: { on: 3, errors: 4, lastEvaluatedAt: '2026-01-20T00:00:00Z', isset: true, owner } }),
      usageOf(START, {}, { cart: { firstReadAt: START, owner: { team: 'other' }, createdAt: '2026-01-01' } }),
    ]);
    expect(merged.flags).toMatchObject([
      {
        ...{ flag: 'cart', declaredBy: 3, evaluatedBy: 2, readBy: 1, on: 5, off: 1, errors: 4, isset: true },
        ...{ lastEvaluatedAt: '2026-01-20T00:00:00.500Z', firstReadAt: START, createdAt: '2026-01-01' },
        owner,
      },
    ]);
  });

  it('A process counts once, whatever it names twice', () => {
    const twice = usageOf(START, { hosts: null }, { cart: { on: 5 } });
    const hostile = {
      ...twice,
      options: [...twice.options, ...twice.options],
      flags: [...twice.flags, ...twice.flags],
    };
    const merged = merge([hostile, hostile]);
    expect(merged.options).toMatchObject([{ declaredBy: 2 }]);
    expect(merged.flags).toMatchObject([{ declaredBy: 2, evaluatedBy: 2, on: 10 }]);
  });

  it('Each period is by the clock of its process, and never negative', () => {
    const merged = new UsageMerge(undefined);
    const usage = usageOf(START, { hosts: null });
    // A clock that is ten years ahead, and one that was set back since the process started.
    merged.add({
      usage: usageOf('2036-01-18T00:00:00Z', { hosts: null }),
      now: Date.parse('2036-01-19T00:00:00Z'),
      directory: undefined,
    });
    merged.add({ usage, now: Date.parse(START) - DAY, directory: undefined });
    expect(merged.options).toMatchObject([{ declaredBy: 2, countedMs: { shortest: 0, longest: DAY } }]);
  });

  it('With a namespace, nothing else counts; without, namespaces are sorted and names keep their order', () => {
    const { options: [hosts] = [] } = usageOf(START, { hosts: null });
    const names = ['z', 'a'].flatMap((namespace) =>
      ['y', 'b'].map((key) => ({ ...hosts, namespace, key, firstReadAt: null })),
    );
    const answer = { ...usageOf(START, {}), options: names };
    expect(merge([answer]).options.map(({ namespace, key }) => namespace + key)).toEqual(['ay', 'ab', 'zy', 'zb']);
    expect(merge([answer], 'z').options.map(({ key }) => key)).toEqual(['y', 'b']);
    const alike = ['ab', 'a'].map((namespace) => ({
      namespace,
      key: namespace === 'a' ? 'bc' : 'c',
      firstReadAt: null,
    }));
    expect(merge([{ ...answer, options: alike }]).options).toMatchObject([{ declaredBy: 1 }, { declaredBy: 1 }]);
  });

  it('Programs that declare endless names are an error before memory runs out', () => {
    const merged = new UsageMerge(undefined, 3);
    const add = (usage: UsageAnswer): void => merged.add({ usage, now: NOW, directory: undefined });
    add(usageOf(START, { a: null }, { cart: {} }));
    add(usageOf(START, { a: null, b: null }, { cart: {} }));
    expect(() => add(usageOf(START, {}, { old: {} }))).toThrow(
      'the processes must have at most 3 options and flags; got more. Ask fewer of them, or use --namespace',
    );
  });
});

describe('the report', () => {
  it.each([
    [{}, 'unused'],
    [{ firstReadAt: START }, 'used'],
    [{ on: 3 }, 'alwaysOn'],
    [{ off: 3 }, 'alwaysOff'],
    [{ on: 3, off: 1 }, 'used'],
    [{ on: 3, errors: 1 }, 'used'],
    [{ off: 3, errors: 1 }, 'used'],
    [{ errors: 1 }, 'used'],
  ] as const)('A flag with %o is %s', (fields, state) => {
    expect(report([asked('1')], [usageOf(START, {}, { cart: fields })]).flags).toMatchObject([{ state }]);
  });

  it('A flag that one process has on and another off is used', () => {
    const answers = [usageOf(START, {}, { cart: { on: 3 } }), usageOf(START, {}, { cart: { off: 3 } })];
    expect(report([asked('1'), asked('2')], answers).flags).toMatchObject([{ state: 'used', on: 3, off: 3 }]);
  });

  it('It says what nobody reads, by how many processes and in which period, and the totals last', () => {
    const owned = { owner: { team: 'cart' }, createdAt: '2026-01-01' };
    const flags = {
      none: {},
      cart: { on: 7, lastEvaluatedAt: '2026-01-20T00:00:00Z', ...owned },
      old: { off: 9, lastEvaluatedAt: '2026-01-20T00:00:00Z', ...owned },
      half: { on: 1, off: 2 },
    };
    const answers = [usageOf(START, { hosts: null, size: START }, flags), usageOf(START, { hosts: null, size: null })];
    const text = formatReport(report([asked('1'), asked('2')], answers), true);
    expect(text).toBe(`2 processes counted for 3 d
What only other processes use, or jobs that have ended, looks unused

Options not read by any of 2 processes in 3 d: 1 of 2
NAMESPACE  OPTION  DELETE
shop       hosts   -

Flags not evaluated or read by any of 2 processes in 3 d: 1 of 4
NAMESPACE  FLAG  OWNER  CREATED  DECLARED BY  IN   DELETE
shop       none  -      -        1 of 2       3 d  -

Flags that were always on in 3 d: 1 of 4
NAMESPACE  FLAG  ON  LAST                  OWNER  CREATED     DECLARED BY  IN   DELETE
shop       cart  7   2026-01-20T00:00:00Z  cart   2026-01-01  1 of 2       3 d  -

Flags that were always off in 3 d: 1 of 4
NAMESPACE  FLAG  OFF  LAST                  OWNER  CREATED     DECLARED BY  IN   DELETE
shop       old   9    2026-01-20T00:00:00Z  cart   2026-01-01  1 of 2       3 d  -

Options that were read: 1 of 2
NAMESPACE  OPTION  READ BY  FIRST
shop       size    1 of 2   2026-01-18T00:00:00Z

Other flags: 1 of 4
NAMESPACE  FLAG  ON  OFF  FAILED  LAST  OWNER  CREATED
shop       half  1   2    0       -     -      -

Delete in this order: the code, the values, the schema. A flag without a value is off; \`get\` throws if no schema declares the option

2 options: 1 not read. 4 flags: 1 not evaluated or read, 1 always on, 1 always off.
`);
    expect(formatReport(report([asked('1'), asked('2')], answers), false)).not.toContain('Options that were read');
  });

  it('It says if the definition of a flag is read besides its evaluations', () => {
    const answers = [usageOf(START, {}, { cart: { off: 7, firstReadAt: START }, old: { off: 7 } })];
    const text = formatReport(report([asked('1')], answers), false);
    expect(text).toContain('\nDelete in this order: the code, the values, the schema. ');
    expect(text).toContain(
      'NAMESPACE  FLAG  OFF  LAST  OWNER  CREATED  READ BY  DELETE\n' +
        'shop       cart  7    -     -      -        1 of 1   -\n' +
        'shop       old   7    -     -      -        0 of 1   -\n',
    );
  });

  it('It names both periods if processes started at other times, and warns if none has counted for a day', () => {
    const answer = usageOf(START, { hosts: null });
    const young = { countedMs: 300_000 };
    const mixed = formatReport(report([asked('1'), asked('2', young)], [answer, answer]), false);
    expect(mixed).toContain(
      '2 processes counted for 5 min to 3 d\nWhat only other processes use, or jobs that have ended, looks unused\n\nOptions not read by any of 2 processes in 5 min to 3 d',
    );
    const fresh = formatReport(report([asked('1', young)], [answer]), false);
    expect(fresh).toMatch(
      /^Process 1 counted for 5 min\nWhat only other processes use, or jobs that have ended, looks unused\nNo process has counted for a day: what is needed less often than that looks unused\n/,
    );
    expect(fresh).toContain('Options not read by process 1 in 5 min: 1 of 1\n');
  });

  it('It begins with what makes it wrong', () => {
    const processes = [
      asked('1'),
      asked('2', { problem: 'no memory\nis left' }),
      asked('http://x/', { process: null, since: null, countedMs: null, error: 'it has ended' }),
    ];
    const { isComplete, ...rest } = report(processes, [usageOf(START, { hosts: null })]);
    expect(isComplete).toBe(false);
    const text = formatReport({ isComplete, ...rest }, false);
    expect(text).toContain('  LINES\n');
    expect(text).not.toContain('DELETE');
    expect(text).not.toContain('Delete in this order');
    expect(text).toMatch(
      /^INCOMPLETE: delete nothing by this report\n {2}2: its counts may be too low: no memory\\u000ais left\n {2}http:\/\/x\/: it could not be asked: it has ended\n\n2 processes counted for 3 d\n/,
    );
  });

  it('Hostile names neither forge lines nor fill the terminal', () => {
    const name = `\u001b[2J\u202e\n${'x'.repeat(1_000_000)}`;
    const answer = usageOf(
      START,
      Object.fromEntries([[name, null], ...Array.from({ length: 2_000 }, (_, index) => [`o${index}`, null])]),
      { [name]: { on: 1, owner: { team: name }, createdAt: name } },
    );
    const text = formatReport(report([asked(name)], [answer]), false);
    expect(text.length).toBeLessThan(2_000_000);
    expect(/[^\n\P{Cc}]|\p{Bidi_Control}/u.exec(text)).toBeNull();
    expect(text).toContain('\nand 1001 more: --json has all\n');
  });
});

describe('JsonText', () => {
  it('The name of a property has its own line, and what is not there has none', () => {
    const text = new JsonText(
      '{\n  "options": {\n    "a":\n      { "b": [1] },\n    "a":\n {}, "__proto__": 1\n  }\n}',
    );
    // Of duplicate keys the last one counts.
    expect(text.findName(['options', 'a'])).toEqual({ line: 5, column: 5 });
    expect(text.findName(['options', '__proto__'])).toEqual({ line: 6, column: 6 });
    for (const path of [['options', 'b'], ['a'], ['options', 'a', 'b', '0'], []]) {
      expect(text.findName(path)).toBeUndefined();
    }
    expect(new JsonText('[{ "a": 1 }]').findName(['0', 'a'])).toBeUndefined();
  });
});
