/** The watcher's hold on its telemetry: what waits for the code, and what becomes of code that fails. */

import { setImmediate } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import type { StatusRecord } from '../../src/status/record.js';
import { ReloadTelemetry } from '../../workers/telemetry/host.js';
import { describeReload, type Reload } from '../../workers/telemetry/reload.js';

const SETTINGS = { dsn: 'http://key@localhost/1', environment: 'test' };

/** A telemetry that takes down what it is given, in an array of the global object. */
const KEEPS = `
  module.exports.createTelemetry = ({ environment }) => ({
    send: (reload) => globalThis.sent.push(environment + ' ' + reload.appliedAt),
    flush: async (milliseconds) => { globalThis.sent.push('flush ' + milliseconds); },
  });
`;

function setUp() {
  const sent: string[] = [];
  const said: string[] = [];
  Object.assign(globalThis, { sent });
  const telemetry = new ReloadTelemetry(SETTINGS, (level, message) => void said.push(`${level} ${message}`));
  return { sent, said, telemetry };
}

function reload(appliedAt: string): Reload {
  return { appliedAt, durationMs: 1, namespaces: [] };
}

describe('reloads', () => {
  it('are sent in their order, on a later turn than the poll', async () => {
    const { sent, telemetry } = setUp();
    telemetry.load(KEEPS);
    telemetry.reloaded(reload('1'));
    telemetry.reloaded(reload('2'));
    expect(sent).toEqual([]);
    await setImmediate();
    expect(sent).toEqual(['test 1', 'test 2']);
  });

  it('wait for the code, the last 16 of them', async () => {
    const { sent, telemetry } = setUp();
    for (let number = 1; number <= 20; number++) telemetry.reloaded(reload(String(number)));
    await setImmediate();
    expect(sent).toEqual([]);
    telemetry.load(KEEPS);
    expect(sent).toEqual(Array.from({ length: 16 }, (_, index) => `test ${index + 5}`));
  });

  it('that wait are sent before what is on its way is waited for', async () => {
    const { sent, telemetry } = setUp();
    telemetry.load(KEEPS);
    telemetry.reloaded(reload('1'));
    await telemetry.flush(500);
    expect(sent).toEqual(['test 1', 'flush 500']);
  });
});

describe('code that fails', () => {
  it.each([
    ['is no JavaScript', 'this is not', 'SyntaxError'],
    ['throws', "throw new Error('broken')", 'Error: broken'],
    ['exports nothing', '', 'TypeError'],
    ['cannot be set up', "module.exports.createTelemetry = () => { throw 'broken'; };", 'broken'],
    [
      'cannot send',
      "module.exports.createTelemetry = () => ({ send() { throw new Error('broken'); } });",
      'Error: broken',
    ],
  ])('as it %s is told of once, and nothing is kept for it', async (_name, source, words) => {
    const { said, telemetry } = setUp();
    telemetry.load(source);
    for (const number of ['1', '2', '3']) {
      telemetry.reloaded(reload(number));
      await setImmediate();
    }
    await telemetry.flush(500);
    expect(said).toEqual([expect.stringContaining(`warn Reload telemetry failed and is now off: ${words}`)]);
  });

  it('as it cannot flush is let go', async () => {
    const { said, telemetry } = setUp();
    telemetry.load(
      'module.exports.createTelemetry = () => ({ send() {}, flush: async () => { throw new Error(); } });',
    );
    await telemetry.flush(500);
    expect(said).toEqual([]);
  });
});

describe('a reload', () => {
  const MADE = '2026-01-21T18:30:00.500Z';

  /** A record of namespaces with these times. */
  function record(appliedAt: string, times: Record<string, string | null>): StatusRecord {
    const namespaces = Object.entries(times).map(([name, generatedAt]) => [name, { generatedAt, delaySecs: 99 }]);
    return { appliedAt, reloadMs: 3, namespaces: Object.fromEntries(namespaces) } as unknown as StatusRecord;
  }

  it('has the delay of each namespace from its own time to now, and says which time is new', () => {
    const before = record('2026-01-21T18:00:00Z', { changed: '2026-01-20T00:00:00Z', same: MADE, gone: MADE });
    const after = record('2026-01-21T18:31:00.250Z', {
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
});
