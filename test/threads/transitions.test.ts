/** What is logged of files that go bad and well again: once when it begins, once when it ends, nothing in between. */
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, renameSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type OptionsStore, openOptions } from 'sentry-options';
import { expect, it, onTestFinished, vi } from 'vitest';
import { Base, integer, valuesText } from '../support/base.js';

/** So many polls have to find the same trouble: each of them could say it again. */
const POLLS = 20;
const PATIENCE = { timeout: 30_000 };

interface Trouble {
  readonly name: string;
  /** The first words of the message that it begins with, DIR for the values directory. */
  readonly said: string;
  begin(values: string, file: string): void;
  end(values: string, file: string): void;
}

const good = (_values: string, file: string) => writeFileSync(file, valuesText({ number: 2 }));
const replaced = (values: string, file: string) => {
  rmSync(file, { recursive: true });
  good(values, file);
};

const TROUBLES: readonly Trouble[] = [
  {
    name: 'a missing directory',
    said: 'warn The values directory DIR does not exist; the last values stay in use.',
    begin: (values) => renameSync(values, `${values}.away`),
    end: (values) => renameSync(`${values}.away`, values),
  },
  {
    name: 'a directory that is none',
    said: 'warn DIR is not a directory; the last values stay in use.',
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
    said: 'error Failed to reload values from DIR: Value error for seer:\n\tnumber "bad" is not of type "integer"',
    begin: (_values, file) => writeFileSync(file, valuesText({ number: 'bad' })),
    end: good,
  },
  {
    name: 'a file that is no JSON',
    said: 'error Failed to reload values from DIR: Value error for seer:\n\tFailed to parse JSON: EOF while parsing',
    begin: (_values, file) => writeFileSync(file, '{"options": {'),
    end: good,
  },
  {
    name: 'a directory in place of the file',
    said: 'error Failed to reload values from DIR: Value error for seer:\n\tvalues.json is a directory, not a regular file',
    begin(_values, file) {
      rmSync(file);
      mkdirSync(file);
    },
    end: replaced,
  },
  {
    name: 'a FIFO in place of the file',
    said: 'error Failed to reload values from DIR: Value error for seer:\n\tvalues.json is a FIFO, not a regular file',
    begin(_values, file) {
      rmSync(file);
      execFileSync('mkfifo', [file]);
    },
    end: replaced,
  },
  // Root reads every file; test/process/mounts.test.ts asks as somebody else.
  ...(process.getuid?.() === 0
    ? []
    : [
        {
          name: 'an unreadable file',
          said: 'error Failed to reload values from DIR: Value error for seer:\n\tvalues.json cannot be read (EACCES',
          begin: (_values: string, file: string) => chmodSync(file, 0o000),
          end: (_values: string, file: string) => chmodSync(file, 0o600),
        },
      ]),
];

it.each(TROUBLES)('$name is told of once, and once that it is over', async ({ said, begin, end }) => {
  const base = new Base({ seer: { number: integer(1) } });
  base.writeValues('seer', { number: 2 });
  const [file, values] = [base.valuesFile('seer'), join(base.directory, 'values')];
  const log: string[] = [];
  const to = (level: string) => (message: string) => void log.push(`${level} ${message}`);
  const logger = { debug: to('debug'), info: to('info'), warn: to('warn'), error: to('error') };
  const store = openOptions({ directory: base.directory, pollInterval: 10, logger });
  onTestFinished(() => store.close());

  begin(values, file);
  await vi.waitUntil(() => store.status().health === 'degraded', PATIENCE);
  await polls(store, () => touch(dirname(file)));
  end(values, file);
  await vi.waitUntil(() => log.length >= 2, PATIENCE);
  await polls(store, () => touch(dirname(file)));

  expect(log).toEqual([
    expect.stringMatching(new RegExp(`^${literally(said.replace('DIR', values))}`)),
    `info The values in ${values} are valid again.`,
  ]);
  expect(store.status()).toMatchObject({ health: 'ok', lastError: null });
  expect(store.namespace('seer').get('number')).toBe(2);
});

/** Lets the watcher poll for a while, and meet a file that was touched each time. */
async function polls(store: OptionsStore, disturb: () => void): Promise<void> {
  const until = store.status().polls + POLLS;
  while (store.status().polls < until) {
    disturb();
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** Other times, so that all is loaded again. Nothing where there is nothing. */
function touch(directory: string): void {
  try {
    utimesSync(join(directory, 'values.json'), new Date(), new Date());
  } catch {
    // The directory is what is missing.
  }
}

function literally(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
