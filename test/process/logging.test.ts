/** Where messages go, that none is lost, that they harm nobody, and what they must not say. */
import { writeSync } from 'node:fs';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { logToStderr } from '../../src/common/log.js';
import { Base, integer, string } from '../support/base.js';
import { runScript } from '../support/run.js';
import { runInShell } from '../support/shell.js';

vi.mock('node:fs', async (importOriginal) => {
  const fs = await importOriginal<typeof import('node:fs')>();
  return { ...fs, writeSync: vi.fn(fs.writeSync) };
});

afterEach(() => {
  vi.mocked(writeSync).mockReset();
});

/** A base whose values are used, with two warnings. */
function base(): Base {
  const made = new Base({ seer: { number: integer(1) } });
  made.writeText('seer', '{"options": {"number": 2, "misspelt": 1}, "generated_at": "yesterday"}');
  return made;
}

const WARNINGS = [
  'The values of seer set options that its schema does not declare, which are ignored: "misspelt". This is expected ' +
    'while values are deployed before the schema.',
  'The values of seer are used, but their delay cannot be measured: "generated_at" "yesterday" is not an RFC 3339 ' +
    'timestamp',
];

describe('the warnings of a program that calls init() and process.exit(0)', () => {
  it('are on stderr', async () => {
    const outcome = await runScript('exit-at-once.mjs', { env: { SENTRY_OPTIONS_DIR: base().directory } });
    const stderr = WARNINGS.map((message) => `[sentry-options] warning: ${message}\n`).join('');
    expect(outcome).toEqual({ code: 0, signal: null, stdout: '', stderr });
  });

  it('have reached its logger, in the thread that called init()', async () => {
    const outcome = await runScript('exit-at-once.mjs', {
      arguments: ['logger'],
      env: { SENTRY_OPTIONS_DIR: base().directory },
    });
    const stdout = WARNINGS.map((message) => `${JSON.stringify(['warn', 0, message])}\n`).join('');
    expect(outcome).toEqual({ code: 0, signal: null, stdout, stderr: '' });
  });
});

describe('the last words of a watcher', () => {
  // It looks at the threads of its process.
  it.runIf(process.platform === 'linux')('reach the logger before close() or crashWatcher() resolve', async () => {
    const made = new Base({ seer: { number: integer(1) } });
    made.writeValues('seer', { number: 2 });
    const outcome = await runScript('last-messages.mjs', {
      arguments: [made.valuesFile('seer')],
      env: { SENTRY_OPTIONS_DIR: made.directory },
    });
    const stdout = [
      `error: Failed to reload values from ${made.directory}/values: Value error for seer:`,
      'closed',
      'error: Watcher thread panicked with: Error: crashed on demand',
      'crashed\n',
    ].join('\n');
    expect(outcome).toEqual({ code: 0, signal: null, stdout, stderr: '' });
  });
});

describe('a stderr that takes a part of a message at a time', () => {
  const full = Object.assign(new Error('resource temporarily unavailable'), { code: 'EAGAIN' });

  it('gets all of it, when it is full only for a moment', () => {
    let received = '';
    let calls = 0;
    vi.mocked(writeSync).mockImplementation(((_descriptor: number, bytes: Buffer, from: number) => {
      if (++calls % 3 !== 0) throw full;
      const part = bytes.subarray(from, from + 10);
      received += part.toString('latin1');
      return part.length;
    }) as typeof writeSync);
    logToStderr('error', 'x'.repeat(45));
    expect(received).toBe(`[sentry-options] error: ${'x'.repeat(45)}\n`);
  });

  it('is waited for no longer, when it stays full', () => {
    vi.mocked(writeSync).mockImplementation(() => {
      throw full;
    });
    logToStderr('error', 'lost');
    expect(vi.mocked(writeSync).mock.calls.length).toBeLessThan(100);
  });
});

describe('no harm comes of', () => {
  const SURVIVED = 'crashed 3,crashed 3';

  // Shell commands that set stderr up; the directory is the test's own.
  it.each([
    ['a closed stderr', 'exec "$@" 2>&-'],
    ['a stderr on a full disk', 'exec "$@" 2>/dev/full'],
    ['a stderr that nobody reads any more', 'mkfifo pipe; exec 3<>pipe; exec "$@" 2>pipe 3>&-'],
    [
      'a stderr that is full, and stays so',
      'mkfifo pipe; exec 3<>pipe; dd if=/dev/zero of=pipe bs=4096 oflag=nonblock 2>/dev/null; exec "$@" 2>pipe',
    ],
  ])('%s', async (_name, command) => {
    const made = base();
    const outcome = await runInShell(`cd "$SENTRY_OPTIONS_DIR"; ${command}`, 'talkative.mjs', {
      directory: made.directory,
      arguments: [made.valuesFile('seer'), 'stderr'],
    });
    expect(outcome).toEqual({ code: 0, signal: null, stdout: `${SURVIVED} false\n`, stderr: '' });
  });

  it('a logger that throws: its messages go to stderr, and once what it threw', async () => {
    const made = base();
    const { stderr, ...outcome } = await runScript('talkative.mjs', {
      arguments: [made.valuesFile('seer'), 'throws'],
      env: { SENTRY_OPTIONS_DIR: made.directory },
    });
    expect(outcome).toEqual({ code: 0, signal: null, stdout: `${SURVIVED} true\n` });
    const threw = 'error: logger.warn threw; what it cannot take goes to stderr: Error: a logger of the host';
    expect(stderr.split(threw)).toHaveLength(2);
    expect(stderr.match(/warning: The values of seer set options/g)).toHaveLength(2);
    expect(stderr.match(/error: Failed to reload values/g)).toHaveLength(2);
    expect(stderr.match(/error: Watcher thread panicked/g)).toHaveLength(2);
  });
});

describe('values that are secret', () => {
  /** By the name of the file, all that the library said of it. */
  async function said(redact: boolean): Promise<Map<string, string>> {
    const struct = { type: 'object', properties: { port: { type: 'integer' } }, default: { port: 1 }, description: '' };
    const made = new Base({
      seer: {
        number: integer(1),
        text: string(''),
        numbers: { type: 'array', items: { type: 'integer' }, default: [], description: 'numbers' },
        map: { type: 'object', additionalProperties: { type: 'integer' }, default: {}, description: 'a map' },
        struct,
        'feature.flag': { $ref: '#/definitions/Feature' },
      },
    });
    made.writeValues('seer', {});
    const outcome = await runScript('redacted.mjs', {
      arguments: [String(redact), made.valuesFile('seer')],
      env: { SENTRY_OPTIONS_DIR: made.directory },
    });
    expect({ code: outcome.code, stderr: outcome.stderr }).toEqual({ code: 0, stderr: '' });
    const lines = outcome.stdout.trim().split('\n');
    return new Map(lines.map((line) => JSON.parse(line)).map(({ name, said }) => [name, said]));
  }

  const SECRET = /SECRET|987654321/;

  it('stand in no error, message or status where they are to be redacted, and stand there otherwise', async () => {
    const [redacted, plain] = await Promise.all([said(true), said(false)]);
    expect(redacted.size).toBe(24);
    const leaks = [...redacted].filter(([, text]) => SECRET.test(text));
    expect(leaks).toEqual([]);
    // The same files show what there was to hide, but for those that are no JSON: their text is never shown.
    const shown = [...plain].filter(([, text]) => SECRET.test(text)).map(([name]) => name);
    expect(shown).toEqual([...redacted.keys()].slice(0, 19));
  });
});
