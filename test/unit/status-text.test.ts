/** Tests the text form of a status, character by character. */

import { describe, expect, it } from 'vitest';
import { formatStatus } from '../../src/status/format.js';
import type { NamespaceStatus } from '../../src/status/record.js';
import type { Status } from '../../src/status/status.js';

const STATUS: Status = {
  health: 'ok',
  reason: null,
  watcher: 'running',
  directory: '/etc/sentry-options',
  generation: 1,
  appliedAt: '2026-01-21T18:31:24.514Z',
  polls: 12,
  lastPollAt: '2026-01-21T18:32:24.515Z',
  reloadMs: 2.1340880000000038,
  lastError: null,
  lastErrorAt: null,
  namespaces: {
    seer: {
      generatedAt: '2026-01-21T18:30:00.123456+00:00',
      delaySecs: 84.391,
      commit: '9f8e7d6c5b4a',
      unknownKeys: [],
      unknownCount: 0,
      valuesHash: 'd723b5d3aa4ef592350dc6ca9d8c0f46a3d696512c0d88128dd4f557730b0139',
      schemaHash: '3585492f1f1e9270c6adbcdbc3597397dc62a643f3a8d50a3c558f4fc84b7152',
      held: null,
      lost: null,
    },
  },
  heartbeatAt: '2026-01-21T18:32:24.515Z',
  rejectedReloads: 0,
  reloads: [],
  mountWarnings: [],
  fallback: null,
  state: null,
};

describe('formatStatus', () => {
  it('A namespace that has lost its file says since when', () => {
    const lost = { since: '2026-01-21T18:32:20.000Z' };
    const seer = { ...(STATUS.namespaces.seer as NamespaceStatus), valuesHash: null, lost };
    const text = formatStatus({ ...STATUS, namespaces: { seer } }, Date.parse('2026-01-21T18:32:25.000Z'));
    expect(text).toContain(
      '\n  values      no file since 2026-01-21T18:32:20.000Z (5 s ago), the defaults are in use\n',
    );
  });

  it('A healthy status has a line for each field and a block for each namespace', () => {
    expect(formatStatus(STATUS)).toBe(
      `health      ok
watcher     running, heartbeat 2026-01-21T18:32:24.515Z
polls       12, the last 2026-01-21T18:32:24.515Z
directory   /etc/sentry-options
generation  1, 2026-01-21T18:31:24.514Z, in 2.1 ms
rejected    none

namespace seer
  generated   2026-01-21T18:30:00.123456+00:00, live 1 min 24 s later
  commit      9f8e7d6c5b4a
  values      d723b5d3aa4ef592350dc6ca9d8c0f46a3d696512c0d88128dd4f557730b0139
  schema      3585492f1f1e9270c6adbcdbc3597397dc62a643f3a8d50a3c558f4fc84b7152`,
    );
  });

  it('A status with every field has all of its lines, each time with its age', () => {
    const error =
      'Failed to reload values from /etc/sentry-options/values: Value error for seer:\n' +
      '\tport "x" is not of type "integer"\n  in /etc/sentry-options/values/seer/values.json';
    const nothing = { namespaces: [], namespaceCount: 0, keys: [], keyCount: 0 };
    const status: Status = {
      ...STATUS,
      health: 'degraded',
      reason: error,
      generation: 3,
      lastError: error,
      lastErrorAt: '2026-01-21T18:32:20.000Z',
      rejectedReloads: 2,
      namespaces: {
        relay: {
          generatedAt: null,
          delaySecs: null,
          commit: null,
          unknownKeys: Array.from({ length: 12 }, (_, index) => `k${index}`),
          unknownCount: 150,
          valuesHash: null,
          schemaHash: 'abc',
          held: null,
          lost: null,
        },
      },
      reloads: [
        {
          at: '2026-01-20T12:00:00.000Z',
          reloadMs: 0.45,
          generation: 2,
          namespaces: ['relay', 'seer'],
          namespaceCount: 2,
          keys: [],
          keyCount: 0,
          error: null,
        },
        {
          at: '2026-01-21T18:31:24.514Z',
          reloadMs: 12.7,
          generation: 3,
          namespaces: ['seer'],
          namespaceCount: 14,
          keys: ['seer/port', 'seer/host'],
          keyCount: 15,
          error: null,
        },
        { at: '2026-01-21T18:32:20.000Z', reloadMs: 1_500, generation: null, ...nothing, error },
      ],
      mountWarnings: ['One is mounted so.', 'Another is mounted so.'],
    };
    expect(formatStatus(status, Date.parse('2026-01-21T18:32:25.000Z'))).toBe(
      `health      degraded
reason      Failed to reload values from /etc/sentry-options/values: Value error for seer:
              port "x" is not of type "integer"
              in /etc/sentry-options/values/seer/values.json
watcher     running, heartbeat 2026-01-21T18:32:24.515Z (485 ms ago)
polls       12, the last 2026-01-21T18:32:24.515Z (485 ms ago)
directory   /etc/sentry-options
generation  3, 2026-01-21T18:31:24.514Z (1 min ago), in 2.1 ms
rejected    2; current files rejected since 2026-01-21T18:32:20.000Z (5 s ago)

namespace relay
  generated   unknown
  values      no file, the defaults are in use
  schema      abc
  unknown     "k0", "k1", "k2", "k3", "k4", "k5", "k6", "k7", "k8", "k9" and 140 more

reloads
  2026-01-21T18:32:20.000Z (5 s ago)  rejected in 1.5 s
    Failed to reload values from /etc/sentry-options/values: Value error for seer:
      port "x" is not of type "integer"
      in /etc/sentry-options/values/seer/values.json
  2026-01-21T18:31:24.514Z (1 min ago)  generation 3 in 12 ms
    files of seer and 13 more; changed seer/port, seer/host and 13 more
  2026-01-20T12:00:00.000Z (1 d 6 h ago)  generation 2 in 0.4 ms
    files of relay, seer; no option changed

mounts
  One is mounted so.
  Another is mounted so.`,
    );
  });

  it('A namespace that is held back has its reason first, one line for each issue', () => {
    const held = { since: '2026-01-21T18:32:20.000Z', reason: 'port "x" is not of type "integer"\nhost 1 is not' };
    const namespaces = { seer: { ...(STATUS.namespaces.seer as NamespaceStatus), held } };
    expect(formatStatus({ ...STATUS, namespaces }, Date.parse('2026-01-21T18:32:25Z'))).toContain(
      `namespace seer
  held        since 2026-01-21T18:32:20.000Z (5 s ago)
              port "x" is not of type "integer"
              host 1 is not
  generated   `,
    );
  });

  it('A status from before the first poll shows "never" for its times', () => {
    const nothing = { appliedAt: null, lastPollAt: null, heartbeatAt: null, reloadMs: null, namespaces: {} };
    expect(formatStatus({ ...STATUS, ...nothing, generation: 0, polls: 0 }, 0)).toBe(
      `health      ok
watcher     running, heartbeat never
polls       0, the last never
directory   /etc/sentry-options
generation  0, never
rejected    none`,
    );
  });

  it.each([
    [0, '0 ms'],
    [999.9, '999 ms'],
    [1_000, '1 s'],
    [59_999, '59 s'],
    [60_000, '1 min'],
    [3_599_999, '59 min 59 s'],
    [7_500_000, '2 h 5 min'],
    [273_600_000, '3 d 4 h'],
    [-5, '0 ms'],
  ])('An age of %d ms is formatted as %s', (age, text) => {
    const now = Date.parse(STATUS.heartbeatAt as string) + age;
    expect(formatStatus(STATUS, now).split('\n')[1]).toBe(
      `watcher     running, heartbeat ${STATUS.heartbeatAt} (${text} ago)`,
    );
  });

  it('Strings from files have their control characters escaped', () => {
    const hostile = '\u001b[31mred\u009b2J\u202e\r\u0000';
    const status: Status = {
      ...STATUS,
      health: 'degraded',
      reason: hostile,
      directory: hostile,
      mountWarnings: [hostile],
    };
    const held = { since: hostile, reason: hostile };
    const text = formatStatus({
      ...status,
      namespaces: {
        seer: { ...(STATUS.namespaces.seer as NamespaceStatus), unknownKeys: [hostile], unknownCount: 1, held },
      },
    });
    // biome-ignore lint/suspicious/noControlCharactersInRegex: the test asserts that there is none
    expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/);
    expect(text).toContain('\\u001b[31mred\\u009b2J\\u202e\\u000d\\u0000');
  });
});
