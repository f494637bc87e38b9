/** Tests threads that end, block or are short-lived, processes that change directory or exit, and a clock set back. */

import { describe, expect, it } from 'vitest';
import type { StatusRecord } from '../../src/status/record.js';
import { Poller } from '../../workers/poll/poller.js';
import { loadDefaults, loadValues } from '../../workers/values/load.js';
import { probe } from '../../workers/values/volume.js';
import { Base, integer } from '../support/base.js';
import { makeLoadRequest } from '../support/load-request.js';
import { runScript } from '../support/run.js';
import { buildVariant } from '../support/variant.js';

function makeBase(): Base {
  const base = new Base({ seer: { number: integer(1) } });
  base.writeValues('seer', { number: 2 });
  return base;
}

function makeEnvironment({ directory }: Base): { env: Record<string, string> } {
  return { env: { SENTRY_OPTIONS_DIR: directory } };
}

describe('an owner thread', () => {
  // Only Linux shows whether a thread that was terminated has ended.
  it.runIf(process.platform === 'linux').each([
    ['return', '10'],
    ['exit', 'null'],
    ['throw', '3600000'],
    ['terminate', 'null'],
  ])('Other threads know at once that an owner thread has ended by %s, with a poll interval of %s', async (...how) => {
    const { code, stderr, stdout } = await runScript('owner-ends.mjs', {
      arguments: how,
      ...makeEnvironment(makeBase()),
    });
    const reason = 'The watcher thread ended together with the thread that started it, which did not call close().';
    expect({ code, stderr }).toEqual({
      code: 0,
      stderr: `[sentry-options] error: ${reason}\nThe last published values stay in use; the watcher does not restart.\n`,
    });
    const view = { health: 'crashed', watcher: 'crashed', reason, generation: 1, value: 2 };
    expect(JSON.parse(stdout)).toEqual({
      refreshed: false,
      before: { health: 'ok', watcher: 'running', reason: null, generation: 1, value: 2 },
      after: { here: view, there: view },
      failures: { atOnce: 'WatcherError WATCHER_CRASHED', sync: 'WatcherError WATCHER_CRASHED' },
      done: true,
      read: 2,
    });
  });
});

it.runIf(process.platform === 'linux')(
  'A thread finds out that the watcher was terminated while the owner is blocked, and its iterators end',
  async () => {
    const { code, stdout, stderr } = await runScript('blocked-owner-reader.mjs', makeEnvironment(makeBase()));
    const reason =
      'Watcher thread panicked with: the thread ended without an error; most likely it ran out of memory or was terminated';
    expect({ code, stderr }).toEqual({
      code: 0,
      stderr: `[sentry-options] error: ${reason}\nThe last published values stay in use; the watcher does not restart.\n`,
    });
    expect(JSON.parse(stdout)).toEqual({ watcher: 'crashed', reason, answer: { watcher: 'crashed', done: true } });
  },
);

it('An owner thread has one listener for its end, however many stores it has, and none when they are closed', async () => {
  const outcome = await runScript('owner-listeners.mjs', makeEnvironment(makeBase()));
  expect(outcome).toEqual({ code: 0, signal: null, stdout: '[0,1,1,0]\n', stderr: '' });
});

it('A store refreshes, emits events and closes if the library was loaded under fake timers', async () => {
  const base = makeBase();
  const { stdout } = await runScript('frozen-imports.mjs', {
    arguments: [base.valuesFile('seer')],
    ...makeEnvironment(base),
  });
  expect(JSON.parse(stdout)).toEqual({ generation: 2, refreshed: false, number: 3 });
});

describe('a process', () => {
  it('Workers read new values while the main thread is blocked', async () => {
    const base = makeBase();
    const outcome = await runScript('blocked-main.mjs', {
      arguments: [base.valuesFile('seer')],
      ...makeEnvironment(base),
    });
    expect(outcome).toEqual({ code: 0, signal: null, stdout: '3\n', stderr: '' });
  });

  it('A process that changes its directory after init() keeps reading its files', async () => {
    const base = makeBase();
    const outcome = await runScript('change-directory.mjs', {
      arguments: [base.directory, base.valuesFile('seer')],
    });
    expect(outcome).toEqual({ code: 0, signal: null, stdout: `true 3 ${base.directory}\n`, stderr: '' });
  });

  it('process.exit() does not wait for a reload', async () => {
    const script = await buildVariant({
      file: 'workers/poll/loop.ts',
      from: 'await poll(ticket !== answered, isNew || isAccepting);',
      to: 'if (ticket !== answered) for (;;);',
    });
    const outcome = await runScript(script('exit-in-mid-reload.mjs'), makeEnvironment(makeBase()));
    expect(outcome).toEqual({ code: 5, signal: null, stdout: '', stderr: '' });
  });

  // Only Linux lists the threads of a process.
  it.runIf(process.platform === 'linux')(
    'A process has no more open resources after twenty workers than before',
    async () => {
      const base = makeBase();
      const outcome = await runScript('come-and-go.mjs', {
        nodeArguments: ['--expose-gc'],
        arguments: [base.valuesFile('seer')],
        ...makeEnvironment(base),
      });
      expect({ code: outcome.code, stderr: outcome.stderr }).toEqual({ code: 0, stderr: '' });
      const { before, after, grownMiB } = JSON.parse(outcome.stdout);
      expect(after.resources).toEqual(before.resources);
      expect(after.threads).toBe(before.threads);
      expect(grownMiB).toBeLessThan(1);
    },
  );
});

describe('Poller', () => {
  it('A clock set back by an hour hides no change and makes no delay negative', async () => {
    const base = makeBase();
    const request = makeLoadRequest(base.directory);
    const published: number[] = [];
    let record: StatusRecord | undefined;
    let offset = 0;
    const wallTime = () => Date.now() + offset;
    const poller = new Poller(
      {
        wallTime,
        monotonicTime: () => performance.now(),
        timer(_milliseconds, callback) {
          callback();
          return () => {};
        },
      },
      {
        probe: () => probe(base.directory, ['seer']),
        load: (published) => loadValues(request, published),
        loadDefaults: () => loadDefaults(request.schemas),
        loadFallback: () => undefined,
        mountWarnings: () => [],
      },
      {
        publish: () => void published.push(wallTime()),
        areValuesIntact: () => true,
        isStatusIntact: () => true,
        publishAgain: () => false,
        writeStatus: (written) => {
          record = written;
        },
        reloaded() {},
        startDelayed() {},
        live() {},
        log() {},
      },
      { valuesDirectory: `${base.directory}/values`, schemaHashes: new Map(), suppressMissingDirectory: false },
    );
    await poller.start();
    offset = -3_600_000;
    for (const number of [3, 4, 5]) {
      const generated_at = new Date().toISOString();
      base.writeText('seer', JSON.stringify({ options: { number }, generated_at }));
      await poller.poll(false);
      expect(record?.namespaces.seer).toMatchObject({ generatedAt: generated_at, delaySecs: 0 });
    }
    expect(published).toHaveLength(4);
    expect(published[3]).toBeLessThan(published[0] as number);
  });
});
