/** Tests what the loggers of well-known libraries get, from a store on real files and a real watcher. */
import { Console } from 'node:console';
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { type Logger, openOptions } from 'sentry-options';
import { crashWatcher } from 'sentry-options/testing';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { Base, integer, string, valuesText } from '../support/base.js';
import { INSTALL_TIMEOUT, installLocked } from '../support/install-locked.js';

let requirePackage: NodeJS.Require;

beforeAll(async () => {
  requirePackage = createRequire(join(await installLocked('test/package/loggers', 'loggers'), 'package.json'));
}, INSTALL_TIMEOUT);

/** Collects lines. */
class Lines extends Writable {
  text = '';

  override _write(chunk: Buffer, _encoding: string, callback: () => void): void {
    this.text += chunk;
    callback();
  }
}

type MakeLogger = (lines: Lines) => Logger;

function makePino(lines: Lines) {
  return requirePackage('pino')({ base: null, timestamp: false, level: 'debug' }, lines);
}

function makeWinston(lines: Lines) {
  const { createLogger, format, transports } = requirePackage('winston');
  // With the format that replaces a `%s` by the next argument.
  return createLogger({
    level: 'debug',
    format: format.combine(format.splat(), format.json()),
    transports: [new transports.Stream({ stream: lines })],
  });
}

const WITH_FIELDS: readonly (readonly [name: string, make: MakeLogger])[] = [
  ['pino', makePino],
  ['pino, by child()', (lines) => makePino(lines).child({})],
  ['bunyan', (lines) => requirePackage('bunyan').createLogger({ name: 'a', stream: lines, level: 'debug' })],
  ['winston', makeWinston],
  ['winston, by child()', (lines) => makeWinston(lines).child({})],
];

const LEVELS: Readonly<Record<string | number, string>> = { 30: 'info', 40: 'warn', 50: 'error' };

/** One parsed line, with the names that pino, bunyan and winston share. */
function parseLine(line: string): Record<string, unknown> {
  const { level, msg, message = msg, code, namespace, generation, file, ...rest } = JSON.parse(line);
  const own = ['name', 'hostname', 'pid', 'time', 'v'];
  expect(Object.keys(rest).filter((key) => !own.includes(key))).toEqual([]);
  const first = message.split('\n')[0];
  return JSON.parse(JSON.stringify({ level: LEVELS[level] ?? level, code, namespace, generation, file, first }));
}

/** An option whose name is a trap for loggers that format messages. */
const TRAP = '50%off-%s-%o';

/** Runs a store through a life, and returns what its logger wrote, once it has written `last`. */
async function live(makeLogger: MakeLogger): Promise<{ base: Base; text: string }> {
  const base = new Base({ shop: { 'page-size': integer(1), [TRAP]: string('') } });
  base.writeValues('shop', { 'page-size': 1 });
  const lines = new Lines();
  const store = openOptions({ directory: base.directory, pollInterval: 20, logger: makeLogger(lines) });
  onTestFinished(() => store.close());
  const waitFor = (text: string) => expect.poll(() => lines.text, { timeout: 30_000, interval: 5 }).toContain(text);
  const deploy = (options: Record<string, unknown>) => {
    // Replaced, so that no poll finds a half-written file.
    const file = join(base.directory, 'new.json');
    writeFileSync(file, valuesText(options));
    renameSync(file, base.valuesFile('shop'));
  };
  deploy({ 'page-size': 2, [TRAP]: 'x' });
  await waitFor('Generation 2 is live');
  deploy({ 'page-size': 'large' });
  await waitFor('Failed to reload');
  deploy({ 'page-size': 2, [TRAP]: 'x' });
  await waitFor('valid again');
  await crashWatcher(store, 'exception');
  await waitFor('panicked');
  return { base, text: lines.text };
}

describe('a logger with fields', () => {
  it.each(WITH_FIELDS)(
    'Each line of %s has the message, its code, and what the message is about',
    async (_name, makeLogger) => {
      const { base, text } = await live(makeLogger);
      const values = join(base.directory, 'values');
      expect(text.trim().split('\n').map(parseLine)).toEqual([
        {
          level: 'info',
          code: 'started',
          generation: 1,
          first: `Started with ${base.directory}, polled every 20 ms: shop (1 namespace)`,
        },
        {
          level: 'info',
          code: 'values-live',
          namespace: 'shop',
          generation: 2,
          first: `Generation 2 is live: shop/page-size, shop/${TRAP} (2 options)`,
        },
        {
          level: 'error',
          code: 'values-rejected',
          namespace: 'shop',
          file: base.valuesFile('shop'),
          first: `Failed to reload values from ${values}: Value error for shop:`,
        },
        { level: 'info', code: 'values-recovered', first: `The values in ${values} are valid again.` },
        { level: 'error', code: 'watcher-crashed', first: 'Watcher thread panicked with: Error: crashed on demand' },
      ]);
    },
    60_000,
  );
});

describe('a logger without fields', () => {
  it('A console gets the text of each message alone', async () => {
    const { base, text } = await live((lines) => new Console(lines, lines));
    const values = join(base.directory, 'values');
    expect(text.split('\n').filter((line) => /^\S/.test(line) && !line.startsWith('The last'))).toEqual([
      `Started with ${base.directory}, polled every 20 ms: shop (1 namespace)`,
      `Generation 2 is live: shop/page-size, shop/${TRAP} (2 options)`,
      `Failed to reload values from ${values}: Value error for shop:`,
      `The values in ${values} are valid again.`,
      'Watcher thread panicked with: Error: crashed on demand',
    ]);
  });
});

it.each([
  ['pino', (lines: Lines) => makePino(lines).child({ code: 'own' }), 'started'],
  [
    'bunyan',
    (lines: Lines) => requirePackage('bunyan').createLogger({ name: 'a', code: 'own', stream: lines }),
    'started',
  ],
  ['winston, by child()', (lines: Lines) => makeWinston(lines).child({ code: 'own' }), 'started'],
  ['winston', (lines: Lines) => Object.assign(makeWinston(lines), { defaultMeta: { code: 'own' } }), 'own'],
] as const)('A field that %s has itself is as docs/monitoring.md says', async (_name, makeLogger, code) => {
  const lines = new Lines();
  const base = new Base({ shop: { 'page-size': integer(1) } });
  base.writeValues('shop', {});
  await openOptions({ directory: base.directory, pollInterval: null, logger: makeLogger(lines) }).close();
  expect(JSON.parse(lines.text)).toMatchObject({ code });
});

it('docs/monitoring.md shows the line that pino writes', () => {
  const page = readFileSync(new URL('../../docs/monitoring.md', import.meta.url), 'utf8');
  const shown = JSON.parse(/```json\n(\{"level":30.*\})\n```/.exec(page)?.[1] ?? 'null');
  const lines = new Lines();
  const { level, time, pid, hostname, msg, ...fields } = shown;
  requirePackage('pino')({ base: { pid, hostname }, timestamp: () => `,"time":${time}` }, lines).info(fields, msg);
  expect(JSON.parse(lines.text)).toEqual(shown);
  expect(fields).toEqual({ code: 'values-live', namespace: 'shop', generation: 2 });
});
