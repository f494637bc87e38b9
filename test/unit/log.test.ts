/** The logs: what reaches a logger of the host, and what happens if it throws. */
import { writeSync } from 'node:fs';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { ConfigError } from '../../src/common/errors.js';
import { describeThrown, type Log, type Logger, logTo, logToStderr } from '../../src/common/log.js';

vi.mock(import('node:fs'), async (original) => ({ ...(await original()), writeSync: vi.fn() as never }));

const written: string[] = [];

beforeEach(() => {
  written.length = 0;
  vi.mocked(writeSync).mockImplementation(((_descriptor: number, bytes: Buffer, from: number) => {
    written.push(bytes.subarray(from).toString());
    return bytes.length - from;
  }) as typeof writeSync);
});

/** Values that throw when they are described. */
const INDESCRIBABLE: readonly (readonly [string, unknown])[] = [
  ['an object without a prototype', Object.create(null)],
  [
    'an object whose toString throws',
    {
      toString() {
        throw new Error('toString');
      },
    },
  ],
  ['an error with a symbol as its name', Object.assign(new Error('x'), { name: Symbol('name') })],
];

describe('describeThrown', () => {
  it.each(INDESCRIBABLE)('describeThrown describes %s', (_name, thrown) => {
    expect(describeThrown(thrown)).toBe('a value that cannot be described');
  });
});

describe('logTo', () => {
  it.each(INDESCRIBABLE)('A log never throws, even if its logger throws %s', (_name, thrown) => {
    const fail = () => {
      throw thrown;
    };
    const log = logTo({ debug: fail, info: fail, warn: fail, error: fail });
    log('started', 'first');
    log('volume-gone', 'second');
    log('values-rejected', 'third');
    expect(written).toEqual([
      '[sentry-options] error: logger.info failed; warnings and errors that it cannot log go to stderr: ' +
        'a value that cannot be described\n',
      '[sentry-options] warning: second\n',
      '[sentry-options] error: third\n',
    ]);
  });

  it('Whatever a message and an error contain, they cannot control a terminal', () => {
    const hostile = 'a\u001b[31m\u009b\u007f\r\u061c\u200f\u202e\u2066\u2028\ufeff\n\tb';
    const escaped = 'a\\u001b[31m\\u009b\\u007f\\u000d\\u061c\\u200f\\u202e\\u2066\\u2028\\ufeff\n\tb';
    const messages: string[] = [];
    const take = (message: string) => void messages.push(message);
    logTo({ debug: take, info: take, warn: take, error: take })('volume-gone', hostile);
    logToStderr('values-rejected', hostile);
    expect([messages, written]).toEqual([[escaped], [`[sentry-options] error: ${escaped}\n`]]);
    expect(new ConfigError(hostile).message).toBe(escaped);
  });

  it('A logger that works gets each message, and stderr none', () => {
    const messages: string[] = [];
    const take = (message: string) => void messages.push(message);
    logTo({ debug: take, info: take, warn: take, error: take })('volume-gone', 'once');
    expect([messages, written]).toEqual([['once'], []]);
  });
});

describe("a logger of pino's kind", () => {
  /** Calls `log` of a logger that has the methods of pino, and returns the arguments. */
  function callPino(log: (log: Log) => void): unknown[][] {
    const calls: unknown[][] = [];
    const take = (...values: unknown[]) => void calls.push(values);
    const methods = { debug: take, info: take, warn: take, error: take };
    log(logTo({ ...methods, child() {}, bindings() {} } as unknown as Logger));
    return calls;
  }

  it('A field is absent if the message is not about such a thing', () => {
    const calls = callPino((log) => {
      log('values-live', 'live', { generation: 2, namespace: undefined });
      log('volume-gone', 'gone');
    });
    expect(calls).toEqual([
      [{ code: 'values-live', generation: 2 }, 'live'],
      [{ code: 'volume-gone' }, 'gone'],
    ]);
    expect(calls.map(([fields]) => Object.keys(fields as object))).toEqual([['code', 'generation'], ['code']]);
  });

  it('Names and paths in fields are truncated, and escaped as in messages', () => {
    const evil = 'a\u001b[31m\u202e\n\t';
    const subject = { namespace: evil + 'n'.repeat(1_000), file: `/${evil}${'f'.repeat(10_000)}` };
    const [[fields]] = callPino((log) => log('values-rejected', 'x', subject)) as [[Record<string, string>]];
    expect(fields.namespace).toMatch(/^a\\u001b\[31m\\u202e\\u000a\\u0009n{90,91}…$/);
    expect(fields.file).toMatch(/^\/a\\u001b\[31m\\u202e\\u000a\\u0009f{900,}…$/);
    expect(fields.file?.length).toBeLessThan(1_030);
  });

  it('No field is inherited from a changed Object.prototype', () => {
    const prototype = Object.prototype as unknown as Record<string, unknown>;
    prototype.namespace = 'foreign';
    try {
      expect(Object.keys(callPino((log) => log('started', 'x'))[0]?.[0] as object)).toEqual(['code']);
    } finally {
      delete prototype.namespace;
    }
  });

  it('If it throws, the message goes to stderr, and a reload does not', () => {
    const fail = () => {
      throw new Error('full');
    };
    const log = logTo({ debug: fail, info: fail, warn: fail, error: fail, child() {}, bindings() {} } as never);
    log('values-live', 'Generation 2 is live');
    log('values-recovered', 'valid again', { namespace: 'shop' });
    expect(written).toEqual([
      expect.stringMatching(/^\[sentry-options\] error: logger\.info failed; .*: Error: full\n$/),
      '[sentry-options] info: valid again\n',
    ]);
  });

  it.each([
    ['child() only', { child() {} }],
    ['bindings() only', { bindings() {} }],
    ['child() and configure() only', { child() {}, configure() {} }],
  ])('A logger with %s gets the text alone', (_name, more) => {
    const calls: unknown[][] = [];
    const take = (...values: unknown[]) => void calls.push(values);
    const methods = { debug: take, info: take, warn: take, error: take };
    logTo({ ...methods, ...more } as Logger)('started', 'x', { namespace: 'shop' });
    expect(calls).toEqual([['x']]);
  });

  it('A logger whose properties throw gets the text alone', () => {
    const messages: unknown[][] = [];
    const take = (...values: unknown[]) => void messages.push(values);
    const methods: Logger = { debug: take, info: take, warn: take, error: take };
    const guarded = new Proxy(methods, {
      get(target, name) {
        if (!Object.hasOwn(target, name)) throw new Error('no such method');
        return target[name as keyof Logger];
      },
    });
    logTo(guarded)('started', 'x', { namespace: 'shop' });
    expect(messages).toEqual([['x']]);
  });
});

describe('logToStderr', () => {
  it('Problems and their ends go to stderr, and no other message', () => {
    logToStderr('values-rejected', 'a');
    logToStderr('volume-gone', 'b');
    logToStderr('values-recovered', 'c');
    for (const code of ['started', 'values-live', 'inspect-ready', 'flag-off'] as const) logToStderr(code, 'd');
    expect(written).toEqual([
      '[sentry-options] error: a\n',
      '[sentry-options] warning: b\n',
      '[sentry-options] info: c\n',
    ]);
  });
});
