/** The logs: what reaches a logger of the host, and what happens if it throws. */
import { writeSync } from 'node:fs';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { ConfigError } from '../../src/common/errors.js';
import { describeThrown, logTo, logToStderr } from '../../src/common/log.js';

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
    log('values-lost', 'second');
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
    logTo({ debug: take, info: take, warn: take, error: take })('values-lost', hostile);
    logToStderr('values-rejected', hostile);
    expect([messages, written]).toEqual([[escaped], [`[sentry-options] error: ${escaped}\n`]]);
    expect(new ConfigError(hostile).message).toBe(escaped);
  });

  it('A logger that works gets each message, and stderr none', () => {
    const messages: string[] = [];
    const take = (message: string) => void messages.push(message);
    logTo({ debug: take, info: take, warn: take, error: take })('values-lost', 'once');
    expect([messages, written]).toEqual([['once'], []]);
  });
});
