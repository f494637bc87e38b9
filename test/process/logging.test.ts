/** Tests the destination of messages, that none is lost, that logging never fails, and redaction. */
import { writeSync } from 'node:fs';
import { close, init, options } from 'sentry-options';
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

/** Creates a base whose values are used with two warnings. */
function makeBase(): Base {
  const base = new Base({ seer: { number: integer(1) } });
  base.writeText('seer', '{"options": {"number": 2, "misspelt": 1}, "generated_at": "yesterday"}');
  return base;
}

const WARNINGS = [
  'The values of seer set options that its schema does not declare, which are ignored: "misspelt". This is expected ' +
    'while values are deployed before the schema.',
  'The values of seer are used, but their delay cannot be measured: "generated_at" "yesterday" is not an RFC 3339 ' +
    'timestamp',
];

describe('a program that calls init() and process.exit(0)', () => {
  it('stderr has the warnings of a program that exits right after init()', async () => {
    const outcome = await runScript('exit-at-once.mjs', { env: { SENTRY_OPTIONS_DIR: makeBase().directory } });
    const stderr = WARNINGS.map((message) => `[sentry-options] warning: ${message}\n`).join('');
    expect(outcome).toEqual({ code: 0, signal: null, stdout: '', stderr });
  });

  it('The logger has received the warnings and the start in the thread that called init()', async () => {
    const { directory } = makeBase();
    const outcome = await runScript('exit-at-once.mjs', {
      arguments: ['logger'],
      env: { SENTRY_OPTIONS_DIR: directory },
    });
    const messages = [
      ...WARNINGS.map((message) => ['warn', 0, message]),
      ['info', 0, `Started with ${directory}, polled every 5 s: seer (1 namespace)`],
    ];
    const stdout = messages.map((message) => `${JSON.stringify(message)}\n`).join('');
    expect(outcome).toEqual({ code: 0, signal: null, stdout, stderr: '' });
  });
});

it('A logger may read options and call init() when the start is logged', async () => {
  const { directory } = makeBase();
  const read: unknown[] = [];
  const log = () => {};
  const info = () => void read.push([options('seer').get('number'), init().handle.directory]);
  init({ directory, logger: { debug: log, info, warn: log, error: log } });
  await close();
  expect(read).toEqual([[2, directory]]);
});

describe('the last messages of a watcher', () => {
  // The script lists the threads of its process.
  it.runIf(process.platform === 'linux')(
    'The logger receives the last messages before close() or crashWatcher() resolves',
    async () => {
      const base = new Base({ seer: { number: integer(1) } });
      base.writeValues('seer', { number: 2 });
      const outcome = await runScript('last-messages.mjs', {
        arguments: [base.valuesFile('seer')],
        env: { SENTRY_OPTIONS_DIR: base.directory },
      });
      const stdout = [
        `info: Started with ${base.directory}, polled every 10 ms: seer (1 namespace)`,
        `info: Started with ${base.directory}, polled only by refresh(): seer (1 namespace)`,
        `error: Failed to reload values from ${base.directory}/values: Value error for seer:`,
        'closed',
        'error: Watcher thread panicked with: Error: crashed on demand',
        'crashed\n',
      ].join('\n');
      expect(outcome).toEqual({ code: 0, signal: null, stdout, stderr: '' });
    },
  );
});

describe('logToStderr()', () => {
  const full = Object.assign(new Error('resource temporarily unavailable'), { code: 'EAGAIN' });

  it('A stderr that is full for a moment receives the whole message', () => {
    let received = '';
    let calls = 0;
    vi.mocked(writeSync).mockImplementation(((_descriptor: number, bytes: Buffer, from: number) => {
      if (++calls % 3 !== 0) throw full;
      const part = bytes.subarray(from, from + 10);
      received += part.toString('latin1');
      return part.length;
    }) as typeof writeSync);
    logToStderr('values-rejected', 'x'.repeat(45));
    expect(received).toBe(`[sentry-options] error: ${'x'.repeat(45)}\n`);
  });

  it('logToStderr() gives up if stderr stays full', () => {
    vi.mocked(writeSync).mockImplementation(() => {
      throw full;
    });
    logToStderr('values-rejected', 'lost');
    expect(vi.mocked(writeSync).mock.calls.length).toBeLessThan(100);
  });
});

describe('logging failures', () => {
  const SURVIVED = 'crashed 3,crashed 3';

  // Shell commands that set up stderr, in a temporary directory.
  it.each([
    ['a closed stderr', 'exec "$@" 2>&-'],
    ['a stderr on a full disk', 'exec "$@" 2>/dev/full'],
    ['a stderr that nobody reads', 'mkfifo pipe; exec 3<>pipe; exec "$@" 2>pipe 3>&-'],
    [
      'a stderr that stays full',
      'mkfifo pipe; exec 3<>pipe; dd if=/dev/zero of=pipe bs=4096 oflag=nonblock 2>/dev/null; exec "$@" 2>pipe',
    ],
  ])('A program survives %s', async (_name, command) => {
    const base = makeBase();
    const outcome = await runInShell(`cd "$SENTRY_OPTIONS_DIR"; ${command}`, 'talkative.mjs', {
      directory: base.directory,
      arguments: [base.valuesFile('seer'), 'stderr'],
    });
    expect(outcome).toEqual({ code: 0, signal: null, stdout: `${SURVIVED} false\n`, stderr: '' });
  });

  it.each(['throws', 'rejects'])('The messages of a logger that %s go to stderr, with its error once', async (how) => {
    const base = makeBase();
    const { stderr, ...outcome } = await runScript('talkative.mjs', {
      arguments: [base.valuesFile('seer'), how],
      env: { SENTRY_OPTIONS_DIR: base.directory },
    });
    expect(outcome).toEqual({ code: 0, signal: null, stdout: `${SURVIVED} true\n` });
    const complaint =
      'error: logger.warn failed; warnings and errors that it cannot log go to stderr: Error: a logger of the host';
    expect(stderr.split(complaint)).toHaveLength(2);
    expect(stderr.match(/warning: The values of seer set options/g)).toHaveLength(2);
    expect(stderr.match(/error: Failed to reload values/g)).toHaveLength(2);
    expect(stderr.match(/error: Watcher thread panicked/g)).toHaveLength(2);
  });
});

describe('redactValues', () => {
  /** Returns all output of the library by the name of the file. */
  async function collectOutput(redact: boolean): Promise<Map<string, string>> {
    const struct = { type: 'object', properties: { port: { type: 'integer' } }, default: { port: 1 }, description: '' };
    const base = new Base({
      seer: {
        number: integer(1),
        text: string(''),
        numbers: { type: 'array', items: { type: 'integer' }, default: [], description: 'numbers' },
        map: { type: 'object', additionalProperties: { type: 'integer' }, default: {}, description: 'a map' },
        struct,
        'feature.flag': { $ref: '#/definitions/Feature' },
      },
    });
    base.writeValues('seer', {});
    const outcome = await runScript('redacted.mjs', {
      arguments: [String(redact), base.valuesFile('seer')],
      env: { SENTRY_OPTIONS_DIR: base.directory },
    });
    expect({ code: outcome.code, stderr: outcome.stderr }).toEqual({ code: 0, stderr: '' });
    const lines = outcome.stdout.trim().split('\n');
    return new Map(lines.map((line) => JSON.parse(line)).map(({ name, output }) => [name, output]));
  }

  const SECRET = /SECRET|987654321/;

  it('Errors, messages and statuses show invalid values only without redactValues', async () => {
    const [redacted, plain] = await Promise.all([collectOutput(true), collectOutput(false)]);
    expect(redacted.size).toBe(24);
    const leaks = [...redacted].filter(([, text]) => SECRET.test(text));
    expect(leaks).toEqual([]);
    // Without redaction the same files show their values, except files with bad JSON: their content is never shown.
    const shown = [...plain].filter(([, text]) => SECRET.test(text)).map(([name]) => name);
    expect(shown).toEqual([...redacted.keys()].slice(0, 19));
  });
});
