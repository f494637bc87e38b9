/** Tests that invalid files are logged once when they become invalid and once when they are fixed. */
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, renameSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type OptionsStore, openOptions } from 'sentry-options';
import { expect, it, onTestFinished, vi } from 'vitest';
import { Base, integer, valuesText } from '../support/base.js';
import { dropStart } from '../support/log-lines.js';

/** The number of polls that find the same failure and must not log it again. */
const POLLS = 20;
const PATIENCE = { timeout: 30_000 };

interface Failure {
  readonly name: string;
  /** The beginning of the first message, with DIR for the values directory. */
  readonly message: string;
  begin(values: string, file: string): void;
  end(values: string, file: string): void;
}

const writeGood = (_values: string, file: string) => writeFileSync(file, valuesText({ number: 2 }));
const replaceFile = (values: string, file: string) => {
  rmSync(file, { recursive: true });
  writeGood(values, file);
};

const FAILURES: readonly Failure[] = [
  {
    name: 'a missing directory',
    message: 'warn The values directory DIR does not exist; the last values stay in use.',
    begin: (values) => renameSync(values, `${values}.away`),
    end: (values) => renameSync(`${values}.away`, values),
  },
  {
    name: 'a values directory that is a file',
    message: 'warn DIR is not a directory; the last values stay in use.',
    begin(values) {
      renameSync(values, `${values}.away`);
      writeFileSync(values, '');
    },
    end(values) {
      rmSync(values);
      renameSync(`${values}.away`, values);
    },
  },
  {
    name: 'a bad value',
    message: 'error Failed to reload values from DIR: Value error for seer:\n\tnumber "bad" is not of type "integer"',
    begin: (_values, file) => writeFileSync(file, valuesText({ number: 'bad' })),
    end: writeGood,
  },
  {
    name: 'a file that is not JSON',
    message: 'error Failed to reload values from DIR: Value error for seer:\n\tFailed to parse JSON: EOF while parsing',
    begin: (_values, file) => writeFileSync(file, '{"options": {'),
    end: writeGood,
  },
  {
    name: 'a directory in place of the file',
    message:
      'error Failed to reload values from DIR: Value error for seer:\n\tvalues.json is a directory, not a regular file',
    begin(_values, file) {
      rmSync(file);
      mkdirSync(file);
    },
    end: replaceFile,
  },
  {
    name: 'a FIFO in place of the file',
    message:
      'error Failed to reload values from DIR: Value error for seer:\n\tvalues.json is a FIFO, not a regular file',
    begin(_values, file) {
      rmSync(file);
      execFileSync('mkfifo', [file]);
    },
    end: replaceFile,
  },
  // Root reads every file; test/process/mounts.test.ts tests this as another user.
  ...(process.getuid?.() === 0
    ? []
    : [
        {
          name: 'an unreadable file',
          message:
            'error Failed to reload values from DIR: Value error for seer:\n\tvalues.json cannot be read (EACCES',
          begin: (_values: string, file: string) => chmodSync(file, 0o000),
          end: (_values: string, file: string) => chmodSync(file, 0o600),
        },
      ]),
];

it.each(FAILURES)('The store logs once for $name and once when it is fixed', async ({ message, begin, end }) => {
  const base = new Base({ seer: { number: integer(1) } });
  base.writeValues('seer', { number: 2 });
  const [file, values] = [base.valuesFile('seer'), join(base.directory, 'values')];
  const log: string[] = [];
  const write = (level: string) => (line: string) => void log.push(`${level} ${line}`);
  const logger = { debug: write('debug'), info: write('info'), warn: write('warn'), error: write('error') };
  const store = openOptions({ directory: base.directory, pollInterval: 10, logger });
  onTestFinished(() => store.close());
  dropStart(log);

  begin(values, file);
  await vi.waitUntil(() => store.status().health === 'degraded', PATIENCE);
  await waitForPolls(store, () => touch(dirname(file)));
  end(values, file);
  await vi.waitUntil(() => log.length >= 2, PATIENCE);
  await waitForPolls(store, () => touch(dirname(file)));

  expect(log).toEqual([
    expect.stringMatching(new RegExp(`^${escapePattern(message.replace('DIR', values))}`)),
    `info The values in ${values} are valid again.`,
  ]);
  expect(store.status()).toMatchObject({ health: 'ok', lastError: null });
  expect(store.namespace('seer').get('number')).toBe(2);
});

/** Waits for POLLS polls and calls `touchFile` before each. */
async function waitForPolls(store: OptionsStore, touchFile: () => void): Promise<void> {
  const until = store.status().polls + POLLS;
  while (store.status().polls < until) {
    touchFile();
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** Changes the file's times so that everything is loaded again, if there is a file. */
function touch(directory: string): void {
  try {
    utimesSync(join(directory, 'values.json'), new Date(), new Date());
  } catch {
    // The directory itself is missing.
  }
}

function escapePattern(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
