/** Tests how `status()` combines the watcher's record with the control words. */

import { describe, expect, it } from 'vitest';
import { createCell } from '../../src/memory/cell/layout.js';
import { CellReader } from '../../src/memory/cell/reader.js';
import { CellWriter } from '../../src/memory/cell/writer.js';
import { Control, WatcherState } from '../../src/memory/control.js';
import { HEARTBEAT, HEARTBEAT_AT, POLLED_AT } from '../../src/memory/control-layout.js';
import { encodeStatusRecord } from '../../src/status/encode.js';
import { EMPTY_STATUS_RECORD, StatusReader, type StatusRecord } from '../../src/status/record.js';
import { buildStatus } from '../../src/status/status.js';

const RECORD: StatusRecord = {
  ...EMPTY_STATUS_RECORD,
  appliedAt: '2026-01-21T18:31:00.123Z',
  reloadMs: 1.5,
  namespaces: {
    seer: {
      generatedAt: '2026-01-21T18:30:00.123456+00:00',
      delaySecs: 60,
      commit: null,
      unknownKeys: ['x'],
      unknownCount: 1,
      valuesHash: 'v',
      schemaHash: 's',
      held: null,
      lost: null,
    },
  },
};

function makeRunningControl(): Control {
  const control = Control.create(5_000);
  control.beginPoll();
  control.endPoll();
  control.moveState(WatcherState.STARTING, WatcherState.RUNNING);
  return control;
}

describe('buildStatus', () => {
  it('The status is ok while the watcher runs and the files are valid', () => {
    const control = makeRunningControl();
    expect(buildStatus('/base', 7, control, RECORD)).toEqual({
      health: 'ok',
      reason: null,
      watcher: 'running',
      directory: '/base',
      generation: 7,
      appliedAt: RECORD.appliedAt,
      polls: 1,
      lastPollAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
      reloadMs: 1.5,
      lastError: null,
      lastErrorAt: null,
      namespaces: RECORD.namespaces,
      heartbeatAt: new Date(control.heartbeatAt as number).toISOString(),
      rejectedReloads: 0,
      reloads: [],
      mountWarnings: [],
      fallback: null,
      state: null,
    });
  });

  it('The status is degraded while the files are rejected, with a reason of at most 1 KiB', () => {
    const message = `Failed to reload values: ${'ü'.repeat(2_000)}`;
    const rejection = { code: 'VALUES_INVALID', message } as const;
    const status = buildStatus('/base', 1, makeRunningControl(), {
      ...RECORD,
      rejection: rejection,
      rejectedAt: RECORD.appliedAt,
    });
    expect(status).toMatchObject({ health: 'degraded', watcher: 'running', lastErrorAt: RECORD.appliedAt });
    expect(status.reason).toBe(status.lastError);
    expect(status.lastError).toMatch(/^Failed to reload values: ü+…$/);
    expect(Buffer.byteLength(status.lastError as string)).toBeLessThanOrEqual(1024);
    expect(Buffer.byteLength(status.lastError as string)).toBeGreaterThan(1020);
  });

  it('The status is degraded if the values directory is gone', () => {
    const status = buildStatus('/base', 1, makeRunningControl(), {
      ...RECORD,
      accessError: 'The values directory is gone',
    });
    expect(status).toMatchObject({ health: 'degraded', reason: 'The values directory is gone', lastError: null });
  });

  it('The status of a crashed or closed watcher has the reason that was given', () => {
    const crashed = makeRunningControl();
    crashed.moveState(WatcherState.RUNNING, WatcherState.CRASHED, 'Watcher thread panicked with: x');
    expect(buildStatus('/base', 1, crashed, RECORD)).toMatchObject({
      health: 'crashed',
      watcher: 'crashed',
      reason: 'Watcher thread panicked with: x',
    });
    const closed = makeRunningControl();
    closed.moveState(WatcherState.RUNNING, WatcherState.CLOSED, 'The store was closed.');
    expect(buildStatus('/base', 1, closed, RECORD)).toMatchObject({ health: 'closed', watcher: 'closed' });
  });

  it('The status is degraded if the watcher is stalled, and names the file that it read last', () => {
    const control = makeRunningControl();
    control.setReading('/base/values/seer/values.json');
    // A heartbeat from an hour ago.
    new BigInt64Array(control.buffer)[HEARTBEAT] = process.hrtime.bigint() - 3_600_000_000_000n;
    expect(buildStatus('/base', 1, control, RECORD)).toMatchObject({
      health: 'degraded',
      watcher: 'stalled',
      reason: expect.stringContaining('/base/values/seer/values.json'),
    });
  });
});

describe('times that other code has overwritten', () => {
  it.each([2n ** 62n, -(2n ** 63n), 8_640_000_000_000_001n])(
    'The status has no time if the memory holds %s',
    (time) => {
      const control = makeRunningControl();
      const times = new BigInt64Array(control.buffer);
      times[POLLED_AT] = time;
      times[HEARTBEAT_AT] = time;
      expect(buildStatus('/base', 1, control, RECORD)).toMatchObject({ lastPollAt: null, heartbeatAt: null });
    },
  );
});

describe('StatusReader', () => {
  const cell = createCell([2 ** 20]);
  const writer = new CellWriter(cell);
  const reader = new StatusReader(new CellReader(cell));
  const publish = (record: StatusRecord) => writer.publish(encodeStatusRecord(record, writer.capacity));

  it('A record reads back as it was written, and there is none before the first', () => {
    expect(reader.read()).toBe(undefined);
    publish(RECORD);
    expect(reader.read()).toEqual(RECORD);
  });

  it('A record is decoded once, and no caller can change it for another', () => {
    publish(RECORD);
    const record = reader.read();
    expect(record).toBeDefined();
    expect(reader.read()).toBe(record);
    expect(() => Object.assign(record?.namespaces.seer ?? {}, { unknownCount: 2 })).toThrow(TypeError);
    expect(Object.isFrozen(record?.namespaces.seer?.unknownKeys)).toBe(true);
    publish({ ...RECORD, reloadMs: 2 });
    expect(reader.read()).toEqual({ ...RECORD, reloadMs: 2 });
  });

  it('A namespace can have the name of a property of all objects, and no other name has a status', () => {
    const seer = RECORD.namespaces.seer;
    publish({ ...RECORD, namespaces: Object.fromEntries([['constructor', seer]]) as StatusRecord['namespaces'] });
    expect(reader.read()?.namespaces.constructor).toEqual(seer);
    publish(RECORD);
    expect(reader.read()?.namespaces.constructor).toBe(undefined);
    expect(EMPTY_STATUS_RECORD.namespaces.constructor).toBe(undefined);
  });
});
