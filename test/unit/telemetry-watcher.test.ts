/** Tests how the watcher hosts its telemetry: when the code is evaluated, and what happens if the code fails. */

import { setImmediate } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import type { StatusRecord } from '../../src/status/record.js';
import { ReloadTelemetry } from '../../workers/telemetry/host.js';
import { describeReload, type Reload } from '../../workers/telemetry/reload.js';
import { collectLines } from '../support/log-lines.js';

const SETTINGS = { dsn: 'http://key@localhost/1', environment: 'test' };

/** Telemetry code that records its calls in an array of the global object. */
const RECORDING = `
  globalThis.sent.push('evaluated');
  module.exports.createTelemetry = ({ environment }) => ({
    send: (reload) => globalThis.sent.push(environment + ' ' + reload.appliedAt),
    flush: async (milliseconds) => { globalThis.sent.push('flush ' + milliseconds); },
  });
`;

function setUp(source: string = RECORDING) {
  const sent: string[] = [];
  const logged: string[] = [];
  Object.assign(globalThis, { sent });
  const telemetry = new ReloadTelemetry(SETTINGS, source, collectLines(logged, ' '));
  return { sent, logged, telemetry };
}

function makeReload(appliedAt: string): Reload {
  return { appliedAt, durationMs: 1, namespaces: [] };
}

describe('ReloadTelemetry', () => {
  it('Reloads are sent in order, on a later turn of the event loop than the poll', async () => {
    const { sent, telemetry } = setUp();
    telemetry.reloaded(makeReload('1'));
    telemetry.reloaded(makeReload('2'));
    expect(sent).toEqual([]);
    await setImmediate();
    expect(sent).toEqual(['evaluated', 'test 1', 'test 2']);
  });

  it('The first reload evaluates the code, once', async () => {
    const { sent, telemetry } = setUp();
    await setImmediate();
    await telemetry.flush(500);
    expect(sent).toEqual([]);
    for (const number of ['1', '2']) {
      telemetry.reloaded(makeReload(number));
      await setImmediate();
    }
    expect(sent).toEqual(['evaluated', 'test 1', 'test 2']);
  });

  it('flush sends the waiting reloads before it flushes the telemetry', async () => {
    const { sent, telemetry } = setUp();
    telemetry.reloaded(makeReload('1'));
    await telemetry.flush(500);
    expect(sent).toEqual(['evaluated', 'test 1', 'flush 500']);
  });
});

describe('ReloadTelemetry with code that fails', () => {
  it.each([
    ['is not JavaScript', 'this is not', 'SyntaxError'],
    ['throws', "throw new Error('broken')", 'Error: broken'],
    ['exports nothing', '', 'TypeError'],
    ['cannot start', "module.exports.createTelemetry = () => { throw 'broken'; };", 'broken'],
    [
      'cannot send',
      "module.exports.createTelemetry = () => ({ send() { throw new Error('broken'); } });",
      'Error: broken',
    ],
  ])('Code that %s is logged once, and no reload waits for it', async (_name, source, error) => {
    const { logged, telemetry } = setUp(source);
    for (const number of ['1', '2', '3']) {
      telemetry.reloaded(makeReload(number));
      await setImmediate();
    }
    await telemetry.flush(500);
    expect(logged).toEqual([expect.stringContaining(`warn Reload telemetry failed and is now off: ${error}`)]);
  });

  it('Code that cannot flush is not logged', async () => {
    const { logged, telemetry } = setUp(
      'module.exports.createTelemetry = () => ({ send() {}, flush: async () => { throw new Error(); } });',
    );
    telemetry.reloaded(makeReload('1'));
    await telemetry.flush(500);
    expect(logged).toEqual([]);
  });
});

describe('describeReload', () => {
  const MADE = '2026-01-21T18:30:00.500Z';

  /** Makes a status record of namespaces with these times. */
  function makeRecord(appliedAt: string, times: Record<string, string | null>, heldName?: string): StatusRecord {
    const namespaces = Object.entries(times).map(([name, generatedAt]) => {
      const held = name === heldName ? { since: MADE, reason: 'bad' } : null;
      return [name, { generatedAt, delaySecs: 99, held }];
    });
    return { appliedAt, reloadMs: 3, namespaces: Object.fromEntries(namespaces) } as unknown as StatusRecord;
  }

  it('A reload has the delay of each namespace from its generated_at to now, and marks the new times', () => {
    const before = makeRecord('2026-01-21T18:00:00Z', { changed: '2026-01-20T00:00:00Z', same: MADE, gone: MADE });
    const after = makeRecord('2026-01-21T18:31:00.250Z', {
      changed: '2026-01-21T18:31:00+00:00',
      same: MADE,
      gone: null,
      added: '2026-01-21T18:31:01Z',
    });
    expect(describeReload(before, after)).toEqual({
      appliedAt: '2026-01-21T18:31:00.250Z',
      durationMs: 3,
      namespaces: [
        { name: 'changed', generatedAt: '2026-01-21T18:31:00+00:00', delaySecs: 0.25, isNew: true },
        { name: 'same', generatedAt: MADE, delaySecs: 59.75, isNew: false },
        { name: 'gone', generatedAt: null, delaySecs: null, isNew: false },
        { name: 'added', generatedAt: '2026-01-21T18:31:01Z', delaySecs: 0, isNew: true },
      ],
    });
  });

  it('A new time is not marked if the values are those of the start, which have no delay', () => {
    const before = makeRecord('2026-01-21T18:00:00Z', { seer: '2026-01-20T00:00:00Z' });
    const after = makeRecord('2026-01-21T18:31:00Z', { seer: MADE });
    Object.assign(after.namespaces.seer as object, { delaySecs: null });
    expect(describeReload(before, after).namespaces).toEqual([
      { name: 'seer', generatedAt: MADE, delaySecs: 59.5, isNew: false },
    ]);
  });

  it('A reload that holds back a namespace is one of the others only', () => {
    const before = makeRecord('2026-01-21T18:00:00Z', { good: null, bad: MADE });
    const after = makeRecord('2026-01-21T18:31:00Z', { good: MADE, bad: MADE }, 'bad');
    expect(describeReload(before, after).namespaces.map(({ name }) => name)).toEqual(['good']);
  });
});
