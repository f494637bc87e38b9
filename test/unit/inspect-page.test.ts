/** Tests what the server's page computes without a browser. */
import { describe, expect, it } from 'vitest';
import type {
  ExplainAnswer,
  OptionAnswer,
  ReloadAnswer,
  StatusAnswer,
  ThreadAnswer,
  ThreadsAnswer,
} from '../../src/status/answers.js';
import type { Status } from '../../src/status/status.js';
import { computeBars, computeTop } from '../../workers/inspect/page/bars.js';
import { compare } from '../../workers/inspect/page/differences.js';
import {
  listProperties,
  listSteps,
  parseContext,
  parseIdentityFields,
  summarizeFlag,
} from '../../workers/inspect/page/flags.js';
import { count, formatAge, formatNumber, formatTime } from '../../workers/inspect/page/format.js';
import { listEntries, search } from '../../workers/inspect/page/search.js';
import {
  escapeInvisible,
  escapeLines,
  fold,
  formatBlock,
  formatLine,
  stringify,
  truncate,
} from '../../workers/inspect/page/text.js';
import { judge, type Known } from '../../workers/inspect/page/verdict.js';
import { toRejectionError } from '../../workers/report/rejection.js';

/** As the watcher builds it: the page tells it by its text. */
const SUSPICIOUS = toRejectionError(
  { kind: 'invalid', issues: [], mayChange: false, isSuspicious: true },
  'reload',
  '/base/values',
);

describe('escapeInvisible', () => {
  it.each([
    ['control characters', '\u001b[31m\u0000\u009b', '\\u001b[31m\\u0000\\u009b'],
    ['characters that reorder a line', 'a\u202eb\u2066c\u200f', 'a\\u202eb\\u2066c\\u200f'],
    ['characters without width', 'a\u200bb\ufeffc\u00ad', 'a\\u200bb\\ufeffc\\u00ad'],
    ['other line ends', 'a\u2028b\u2029c\u0085', 'a\\u2028b\\u2029c\\u0085'],
    ['tags', 'a\u{e0041}', 'a\\u{e0041}'],
    ['half a surrogate pair', 'a\ud83d', 'a\\ud83d'],
  ])('%s are shown as escapes', (_what, text, shown) => {
    expect(escapeInvisible(text)).toBe(shown);
  });

  it('What people can see stays as it is: letters of any script, emoji, markup', () => {
    const text = 'Ж שלום مرحبا 日本 😀 <b>&amp;</b> \\u001b';
    expect(escapeInvisible(text)).toBe(text);
  });

  it('escapeLines keeps the lines of a message and their indentation', () => {
    expect(escapeLines('one\n\ttwo\r\u001b')).toBe('one\n\ttwo\\u000d\\u001b');
  });
});

describe('values as text', () => {
  it('A value is one line of JSON, truncated', () => {
    expect(formatLine({ a: [1, 'x\ny'] }, 100)).toBe('{"a":[1,"x\\ny"]}');
    expect(formatLine('x'.repeat(2 ** 20), 10)).toBe(`"${'x'.repeat(9)}…`);
    expect(formatLine('a\u202eb', 100)).toBe('"a\\u202eb"');
  });

  it('A block breaks the lines of a string, and indents an object', () => {
    expect(formatBlock('one\ntwo')).toBe('"one\\n\ntwo"');
    expect(formatBlock('a\\nb')).toBe('"a\\\\nb"');
    expect(formatBlock({ a: 1 })).toBe('{\n  "a": 1\n}');
  });

  it('A value that nests too deeply for JSON.stringify is no error', () => {
    let value: [] | [unknown] = [];
    for (let level = 0; level < 100_000; level++) value = [value];
    const deep = `${'['.repeat(100_001)}${']'.repeat(100_001)}`;
    // V8 writes a value as deep as the stack allows, and since version 14 any.
    expect(['(nested too deeply to show)', deep]).toContain(stringify(value as never));
  });

  it('A truncated text never ends in half a character', () => {
    expect(truncate('a😀b', 2)).toBe('a…');
    expect(truncate('a😀b', 3)).toBe('a😀…');
    expect(truncate('abc', 3)).toBe('abc');
  });

  it('A long text is folded, and one that is only a little longer is not', () => {
    expect(fold('x'.repeat(110), 100)).toEqual({ shown: 'x'.repeat(110), hidden: 0 });
    expect(fold('x'.repeat(500), 100)).toEqual({ shown: 'x'.repeat(100), hidden: 400 });
  });
});

describe('times and counts', () => {
  const now = Date.parse('2026-11-29T03:00:00Z');

  it('An age has whole seconds, and is never negative', () => {
    expect(formatAge('2026-11-29T02:57:41.300Z', now)).toBe('2 min 18 s ago');
    expect(formatAge('2026-11-29T02:59:59.500Z', now)).toBe('just now');
    expect(formatAge('2026-11-29T03:05:00Z', now)).toBe('just now');
    expect(formatAge('yesterday', now)).toBe('at an unknown time');
  });

  it('A time has its date if that is not today', () => {
    expect(formatTime('2026-11-29T00:00:01Z', now)).toBe('00:00:01 UTC');
    expect(formatTime('2026-11-28T23:59:59Z', now)).toBe('2026-11-28 23:59:59 UTC');
    expect(formatTime('soon', now)).toBe('soon');
  });

  it('Thousands are separated, and one is singular', () => {
    expect(formatNumber(1_234_567)).toBe('1\u202f234\u202f567');
    expect(count(1, 'thread')).toBe('1 thread');
    expect(count(0, 'thread')).toBe('0 threads');
  });
});

describe('search', () => {
  const option = (key: string, more: Partial<OptionAnswer> = {}): OptionAnswer => ({
    key,
    kind: 'option',
    isset: true,
    valueType: 'string',
    since: { generation: 1, at: null },
    ...more,
  });
  const entries = listEntries({
    generation: 3,
    namespaces: [
      {
        namespace: 'shop',
        file: '/values/shop',
        options: [
          option('title', { value: 'A title of PAGES' }),
          option('page-size', { value: 30, since: { generation: 3, at: null } }),
          option('feature.page', { kind: 'flag', isset: false, valueType: null }),
        ],
      },
      { namespace: 'seer', file: '/values/seer', options: [option('limit', { isset: false })] },
    ],
  });
  const find = (query: string, show: Parameters<typeof search>[2] = 'all') =>
    search(entries, query, show).map(({ id }) => id);

  it('Each word must be in the name or the value; names come first', () => {
    expect(find('')).toEqual(['shop/title', 'shop/page-size', 'shop/feature.page', 'seer/limit']);
    expect(find('page')).toEqual(['shop/page-size', 'shop/feature.page', 'shop/title']);
    expect(find('SHOP 30')).toEqual(['shop/page-size']);
    expect(find('seer page')).toEqual([]);
  });

  it('A filter selects those that are set, that changed, or that are flags', () => {
    expect(find('', 'set')).toEqual(['shop/title', 'shop/page-size']);
    expect(find('', 'changed')).toEqual(['shop/page-size']);
    expect(find('', 'flags')).toEqual(['shop/feature.page']);
  });
});

describe('compare', () => {
  const list = (old: string | null, now: string | null) =>
    compare(old, now).listed.map(({ place, old, new: now }) => {
      const format = (side: typeof old) => (side === null ? null : `${side.before}[${side.middle}]${side.after}`);
      return [place, format(old), format(now)];
    });

  it('Objects are compared member by member', () => {
    const old = '{"a":1,"b":{"c":[1,2],"d":"same"},"e.f":1}';
    const now = '{"a":1,"b":{"c":[1,3,4],"d":"same"},"g":true}';
    expect(list(old, now)).toEqual([
      ['b.c[1]', '[2]', '[3]'],
      ['b.c[2]', null, '[4]'],
      ['["e.f"]', '[1]', null],
      ['g', null, '[true]'],
    ]);
  });

  it('Of two strings, the part that differs is marked, by whole words', () => {
    expect(list('"slow and old"', '"slow and new"')).toEqual([['', '"slow and [old]"', '"slow and [new]"']]);
    expect(list('25', '250')).toEqual([['', '[25]', '[250]']]);
    expect(list(null, '"x"')).toEqual([['', null, '["x"]']]);
    expect(list(`"${'same '.repeat(100)}a"`, `"${'same '.repeat(100)}b"`)[0]?.[1]).toMatch(/^….{24}\[a\]"$/);
  });

  it('Truncated values and names of types are compared as text', () => {
    expect(list('{"a":1,"b":"xxx…', '{"a":2,"b":"xxx…')).toEqual([['', '{"a":[1],"b":"xxx…', '{"a":[2],"b":"xxx…']]);
    expect(list('integer', 'string')).toEqual([['', '[integer]', '[string]']]);
  });

  it('Keys of a prototype, deep values and many differences are ordinary', () => {
    expect(list('{"__proto__":1}', '{"__proto__":2,"constructor":3}')).toEqual([
      ['__proto__', '[1]', '[2]'],
      ['constructor', null, '[3]'],
    ]);
    const deep = (end: string) => '['.repeat(900) + end + ']'.repeat(900);
    expect(compare(deep('1'), deep('2')).listed).toHaveLength(1);
    const many = (value: number) => JSON.stringify(Array.from({ length: 50 }, () => value));
    expect(compare(many(1), many(2))).toMatchObject({ listed: { length: 12 }, more: 38 });
    expect(list('{"a":1,"b":2}', '{"b":2,"a":1}')).toHaveLength(1);
  });
});

describe('flags', () => {
  const segments = [
    { name: 'staff', conditions: [{ property: 'email', operator: 'matches', value: ['*@x'] }] },
    { name: 'pro', rollout: 25, conditions: [{ property: 'plan', operator: 'in', value: ['pro'] }] },
  ];

  it('A summary says whom a flag is on for', () => {
    expect(summarizeFlag({ segments })).toBe('staff 100 %, pro 25 %');
    expect(summarizeFlag({ segments: [{ name: 'all', conditions: [] }] })).toBe('on for everyone');
    expect(summarizeFlag({ segments, enabled: false })).toBe('disabled');
    expect(summarizeFlag({ segments: [] })).toBe('off: no segments');
    for (const broken of [undefined, null, 1, [], { segments: [null, 1] }]) summarizeFlag(broken as never);
  });

  it('The properties of its conditions are listed once', () => {
    expect(listProperties({ segments: [...segments, ...segments] })).toEqual(['email', 'plan']);
  });

  it('A context is an object, or the error says what to correct', () => {
    expect(parseContext(' ')).toEqual({});
    expect(parseContext('{"a": 1}')).toEqual({ a: 1 });
    expect(() => parseContext('{"a": }')).toThrow('The context is not valid JSON: ');
    for (const text of ['1', 'null', '[]']) expect(() => parseContext(text)).toThrow('must be a JSON object');
    expect(parseIdentityFields(' user_id,org  team ')).toEqual(['user_id', 'org', 'team']);
    expect(parseIdentityFields(' ')).toBeUndefined();
  });

  it('The steps follow the evaluation: what failed, what decided, what was not tried', () => {
    const three = ['a', 'a', 'b'].map((name) => ({ name, rollout: 50, conditions: 1 }));
    const failed = { segment: 'a', property: 'plan', operator: 'in' } as const;
    const answer = { segments: three, conditions: [failed], segment: 'a', enabled: true } as unknown as ExplainAnswer;
    expect(listSteps(answer).map(({ outcome }) => outcome)).toEqual(['failed', 'on', 'untried']);
    expect(listSteps({ ...answer, enabled: false }).map(({ outcome }) => outcome)).toEqual([
      'failed',
      'off',
      'untried',
    ]);
    const { segment: _, ...disabled } = { ...answer, conditions: [] };
    expect(listSteps(disabled).map(({ outcome }) => outcome)).toEqual(['untried', 'untried', 'untried']);
  });
});

describe('the bars of the chart', () => {
  it('The scale ends at a round number, and the oldest reload comes first', () => {
    expect([0, 1, 1.5, 3, 7, 40, 1_001].map(computeTop)).toEqual([1, 1, 2, 5, 10, 50, 2_000]);
    const reloads = [4, 2].map((reloadMs) => ({ reloadMs }) as ReloadAnswer);
    const { bars, top } = computeBars(reloads, { width: 100, height: 50, slots: 10 });
    expect(top).toBe(5);
    expect(bars.map(({ x, width, height }) => [x, width, height])).toEqual([
      [1.5, 7, 20],
      [11.5, 7, 40],
    ]);
  });
});

describe('judge', () => {
  const status: Status = {
    health: 'ok',
    reason: null,
    watcher: 'running',
    directory: '/base',
    generation: 3,
    appliedAt: '2026-11-29T02:00:00Z',
    polls: 5,
    lastPollAt: '2026-11-29T02:00:05Z',
    reloadMs: 4,
    lastError: null,
    lastErrorAt: null,
    namespaces: {},
    heartbeatAt: '2026-11-29T02:00:05Z',
    rejectedReloads: 0,
    reloads: [],
    mountWarnings: [],
    fallback: null,
    state: null,
  };
  const thread: ThreadAnswer = {
    threadId: 0,
    isMain: true,
    isOwner: true,
    generation: 3,
    adoptedAt: null,
    isBehind: false,
    responds: true,
    silentMs: null,
    activity: 'sleeping',
  };
  const judgeStatus = (more: Partial<Status>, known: Partial<Known> = {}) =>
    judge({
      status: { status: { ...status, ...more }, showsValues: true } as StatusAnswer,
      threads: undefined,
      asOf: '2026-11-29T02:00:05Z',
      isLost: false,
      problem: undefined,
      ...known,
    });
  const threads = (...list: Partial<ThreadAnswer>[]): ThreadsAnswer => ({
    generation: 3,
    threads: list.map((more) => ({ ...thread, ...more })),
    isFull: false,
  });

  it('All is well if every check is good, or only worth a note', () => {
    expect(judgeStatus({})).toMatchObject({ level: 'ok', headline: 'All is well' });
    const noted = judgeStatus({ rejectedReloads: 2 }, { threads: threads({ isBehind: true }) });
    expect(noted).toMatchObject({ level: 'ok', headline: 'All is well' });
    expect(noted.checks.filter(({ level }) => level === 'note').map(({ title }) => title)).toEqual([
      '1 thread has not read the newest values',
      '2 reloads were rejected since the start',
    ]);
  });

  it.each([
    [{ health: 'degraded', lastError: 'x', lastErrorAt: null }, 'warn', 'The files on disk are rejected'],
    [
      { health: 'degraded', lastError: SUSPICIOUS.message, lastErrorAt: null },
      'warn',
      'The files on disk are suspicious, and held back',
    ],
    [{ health: 'degraded', reason: 'no directory' }, 'warn', 'The files may differ from what is live'],
    [{ health: 'degraded', watcher: 'stalled', reason: 'x' }, 'warn', 'The watcher is stalled'],
    [{ health: 'crashed', watcher: 'crashed', reason: 'x' }, 'bad', 'The watcher has crashed'],
    [{ health: 'closed', watcher: 'closed' }, 'bad', 'The store is closed'],
    [{ mountWarnings: ['a', 'b'] }, 'warn', '2 issues of the mounts'],
    [
      { health: 'degraded', lastError: 'x', fallback: { kind: 'lastGood', keptAt: '2026-11-29T02:00:00Z' } },
      'warn',
      'The process started on its last good values',
    ],
    [
      { health: 'degraded', lastError: 'x', fallback: { kind: 'defaults', keptAt: null } },
      'warn',
      'The process started on the defaults',
    ],
    [{ state: { file: '/f', keptAt: null, problem: 'x' } }, 'warn', 'The last good values are not kept'],
    [{ state: { file: '/f', keptAt: null, problem: null } }, 'ok', 'All is well'],
  ] as const)('The headline is the worst check: %j', (more, level, headline) => {
    expect(judgeStatus(more)).toMatchObject({ level, headline });
  });

  it('Namespaces that are held back are named, instead of the files as a whole', () => {
    const [held, free] = [{ held: { since: 't', reason: 'r' } }, { held: null }];
    const named = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, n) => [`n${n}\u202e`, held]));
    const judgeHeld = (count: number) => {
      const namespaces = { ...named(count), free } as unknown as Status['namespaces'];
      return judgeStatus({ health: 'degraded', reason: 'why', lastError: 'why', namespaces });
    };
    const { level, headline, detail } = judgeHeld(1);
    expect({ level, headline }).toEqual({ level: 'warn', headline: '1 namespace keeps its last values' });
    expect(detail.join('')).toBe('n0\\u202e: see below. The values of all others follow their files.');
    expect(judgeHeld(7).headline).toBe('7 namespaces keep their last values');
    expect(judgeHeld(7).detail.join('')).toMatch(/^n0.*, n4\S* and 2 more: see below\./);
  });

  it('Namespaces whose file went away are named, although the health is ok', () => {
    const lost = { lost: { since: 't' }, held: null };
    const judgeLost = (count: number) => {
      const named = Object.fromEntries(Array.from({ length: count }, (_, n) => [`n${n}\u202e`, lost]));
      return judgeStatus({
        namespaces: { ...named, free: { lost: null, held: null } } as unknown as Status['namespaces'],
      });
    };
    const { level, headline, detail } = judgeLost(1);
    expect({ level, headline }).toEqual({ level: 'warn', headline: '1 namespace has lost its file' });
    expect(detail.join('')).toBe('n0\\u202e: the defaults are live. Was the deletion meant?');
    expect(judgeLost(7).headline).toBe('7 namespaces have lost their files');
    expect(judgeLost(7).detail.join('')).toMatch(/^n0.*, n4\S* and 2 more: the defaults are live/);
  });

  it('Why the watcher does not run is said once, by its own check, whatever else is wrong', () => {
    const namespaces = { shop: { held: { since: 't', reason: 'r' } } } as unknown as Status['namespaces'];
    const fallback = { kind: 'lastGood', keptAt: null } as const;
    for (const more of [{ namespaces }, { fallback }, { fallback, namespaces }]) {
      const { headline, checks } = judgeStatus({
        health: 'crashed',
        watcher: 'crashed',
        reason: 'the crash',
        lastError: 'the files',
        ...more,
      });
      expect(headline).toBe('The watcher has crashed');
      expect(checks.flatMap(({ message }) => message ?? [])).toEqual(['the files', 'the crash']);
      // Nobody knows what the files have become.
      expect(JSON.stringify(checks)).not.toMatch(/still are|follow their files/);
    }
  });

  it('A start on old values is said, too, if namespaces are held back', () => {
    const namespaces = { shop: { held: { since: 't', reason: 'r' } } } as unknown as Status['namespaces'];
    const fallback = { kind: 'defaults', keptAt: null } as const;
    const { headline, detail } = judgeStatus({ health: 'degraded', lastError: 'x', fallback, namespaces });
    expect(headline).toBe('1 namespace keeps its last values');
    expect(detail.join('')).toContain('The process started on the defaults.');
  });

  it('A blocked thread is named', () => {
    const known = { threads: threads({ responds: false, silentMs: 42_000 }, { threadId: 3, isMain: false }) };
    const { headline, detail } = judgeStatus({}, known);
    expect(headline).toBe('1 thread is blocked');
    expect(detail.join('')).toContain('No response from the main thread for 42 s.');
  });

  it('A thread that is silent for less than a second is busy, not blocked', () => {
    const { headline, checks } = judgeStatus({}, { threads: threads({ responds: false, silentMs: 120 }) });
    expect(headline).toBe('All is well');
    expect(checks.find(({ level }) => level === 'note')?.title).toBe('1 thread is slow to respond');
  });

  it('Several issues are counted', () => {
    const known = { threads: threads({ responds: false, threadId: 7, isMain: false }) };
    const { headline, detail } = judgeStatus({ health: 'crashed', watcher: 'crashed' }, known);
    expect(headline).toBe('The watcher has crashed');
    expect(detail.join('')).toContain('And 1 further issue.');
  });

  it('Without a connection, nothing is well', () => {
    expect(judgeStatus({}, { isLost: true })).toMatchObject({
      level: 'unknown',
      headline: 'No connection to the process',
    });
    const first = { status: undefined, threads: undefined, asOf: undefined, isLost: false };
    expect(judge({ ...first, problem: undefined })).toMatchObject({ level: 'unknown', headline: 'Loading' });
    expect(judge({ ...first, problem: 'No values yet.' }).headline).toBe('No values yet.');
    expect(judgeStatus({}, { problem: 'No memory.' })).toMatchObject({ headline: 'The server cannot answer' });
  });

  it('Names that no schema declares are listed, the first ten of each namespace', () => {
    const unknownKeys = Array.from({ length: 12 }, (_, index) => `name-${index}\u202e`);
    const namespace = { unknownKeys, unknownCount: 12, held: null } as unknown as Status['namespaces'][string];
    const { checks } = judgeStatus({ namespaces: { shop: namespace } });
    const found = checks.find(({ title }) => title.startsWith('No schema declares'));
    expect(found?.title).toBe('No schema declares 12 names in the files');
    expect(found?.message).toMatch(/^shop: name-0\\u202e, .*name-9\\u202e and 2 more$/);
  });
});
