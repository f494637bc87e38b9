/** Threads that end, block, come and go; a process that moves, or ends in the middle of things; a clock that is set back. */

import { describe, expect, it } from 'vitest';
import { loadSchemas } from '../../src/schema/load-schemas.js';
import type { StatusRecord } from '../../src/status/record.js';
import { Poller } from '../../workers/poll/poller.js';
import { loadDefaults, loadValues } from '../../workers/values/load.js';
import { probe } from '../../workers/values/volume.js';
import { Base, integer } from '../support/base.js';
import { runScript } from '../support/run.js';
import { buildVariant } from '../support/variant.js';

function base(): Base {
  const made = new Base({ seer: { number: integer(1) } });
  made.writeValues('seer', { number: 2 });
  return made;
}

function environment({ directory }: Base): { env: Record<string, string> } {
  return { env: { SENTRY_OPTIONS_DIR: directory } };
}

describe('a worker that called init()', () => {
  it.each(['return', 'exit', 'terminate'])('and ends (%s) takes the watcher along: others read on', async (how) => {
    const outcome = await runScript('owner-ends.mjs', { arguments: [how], ...environment(base()) });
    expect({ code: outcome.code, stderr: outcome.stderr }).toEqual({ code: 0, stderr: '' });
    const view = {
      health: 'degraded',
      watcher: 'stalled',
      reason: expect.stringContaining('The watcher is stalled'),
      generation: 1,
      value: 2,
    };
    expect(JSON.parse(outcome.stdout)).toEqual({
      refreshed: false,
      before: { health: 'ok', watcher: 'running', reason: null, generation: 1, value: 2 },
      after: { here: view, there: view },
      read: 2,
    });
  });
});

describe('a process', () => {
  it('whose main thread is blocked still has its workers read new values', async () => {
    const made = base();
    const outcome = await runScript('blocked-main.mjs', {
      arguments: [made.valuesFile('seer')],
      ...environment(made),
    });
    expect(outcome).toEqual({ code: 0, signal: null, stdout: '3\n', stderr: '' });
  });

  it('that changes its directory after init() keeps its files', async () => {
    const made = base();
    const outcome = await runScript('change-directory.mjs', {
      arguments: [made.directory, made.valuesFile('seer')],
    });
    expect(outcome).toEqual({ code: 0, signal: null, stdout: `true 3 ${made.directory}\n`, stderr: '' });
  });

  it('that calls process.exit() does not wait for a reload to end', async () => {
    const script = await buildVariant({
      file: 'workers/poll/loop.ts',
      from: 'await poll(ticket !== answered);',
      to: 'if (ticket !== answered) for (;;);',
    });
    const outcome = await runScript(script('exit-in-mid-reload.mjs'), environment(base()));
    expect(outcome).toEqual({ code: 5, signal: null, stdout: '', stderr: '' });
  });

  // What threads there are can be asked only there.
  it.runIf(process.platform === 'linux')('has no more open after twenty workers than before', async () => {
    const made = base();
    const outcome = await runScript('come-and-go.mjs', {
      nodeArguments: ['--expose-gc'],
      arguments: [made.valuesFile('seer')],
      ...environment(made),
    });
    expect({ code: outcome.code, stderr: outcome.stderr }).toEqual({ code: 0, stderr: '' });
    const { before, after, grownMiB } = JSON.parse(outcome.stdout);
    expect(after.resources).toEqual(before.resources);
    expect(after.threads).toBe(before.threads);
    expect(grownMiB).toBeLessThan(1);
  });
});

describe('a clock that is set back by an hour', () => {
  it('hides no change, and no delay becomes negative', async () => {
    const made = base();
    const schemas = loadSchemas({ directory: `${made.directory}/schemas` });
    const published: number[] = [];
    let record: StatusRecord | undefined;
    let offset = 0;
    const wallTime = () => Date.now() + offset;
    const request = { directory: made.directory, schemas, redact: false, onFile() {} };
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
        probe: () => probe(made.directory, ['seer'], wallTime()),
        load: () => loadValues({ ...request, now: wallTime() }),
        loadDefaults: () => loadDefaults(schemas),
        mountWarnings: () => [],
      },
      {
        publish: () => void published.push(wallTime()),
        writeStatus: (written) => {
          record = written;
        },
        reloaded() {},
        log() {},
      },
      { valuesDirectory: `${made.directory}/values`, schemaHashes: new Map(), suppressMissingDirectory: false },
    );
    await poller.start();
    offset = -3_600_000;
    for (const number of [3, 4, 5]) {
      const generated_at = new Date().toISOString();
      made.writeText('seer', JSON.stringify({ options: { number }, generated_at }));
      await poller.poll(false);
      expect(record?.namespaces.seer).toMatchObject({ generatedAt: generated_at, delaySecs: 0 });
    }
    expect(published).toHaveLength(4);
    expect(published[3]).toBeLessThan(published[0] as number);
  });
});
