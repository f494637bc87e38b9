/** Whether a process has the expected values, since when, and why not. */
import { describe, expect, it } from 'vitest';
import { judge } from '../../src/cli/rollout/verdict.js';
import type { StatusAnswer } from '../../src/status/answers.js';

const NAMESPACE = {
  generatedAt: null,
  delaySecs: null,
  commit: null,
  unknownKeys: [],
  unknownCount: 0,
  schemaHash: 's',
  held: null,
  lost: null,
};
const RELOAD = { reloadMs: 1, namespaceCount: 1, keys: [], keyCount: 0, error: null };
const STATUS: StatusAnswer['status'] = {
  health: 'ok',
  reason: null,
  watcher: 'running',
  directory: '/etc/sentry-options',
  generation: 1,
  appliedAt: 'the start',
  polls: 1,
  lastPollAt: 'a moment ago',
  reloadMs: 1,
  lastError: null,
  lastErrorAt: null,
  namespaces: { shop: { ...NAMESPACE, valuesHash: 'new' } },
  heartbeatAt: null,
  rejectedReloads: 0,
  reloads: [],
  mountWarnings: [],
  fallback: null,
  state: null,
};

function judgeWith(status: Partial<StatusAnswer['status']>, hash = 'new') {
  return judge('1234', { ...STATUS, ...status }, 'shop', hash);
}

describe('the verdict about a process', () => {
  it('The values are live if the hash is the expected one, whatever the health is', () => {
    expect(judgeWith({})).toMatchObject({ target: '1234', state: 'live', since: 'the start', reason: null });
    expect(judgeWith({ health: 'degraded', reason: 'a rejection', lastError: 'x' }).state).toBe('live');
  });

  it('They are live since the last accepted reload of the file of the namespace', () => {
    const reloads = [
      { ...RELOAD, at: 'first', generation: 2, namespaces: ['shop'] },
      { ...RELOAD, at: 'second', generation: 3, namespaces: ['cart', 'shop'] },
      { ...RELOAD, at: 'third', generation: 4, namespaces: ['cart'] },
      { ...RELOAD, at: 'fourth', generation: null, namespaces: ['shop'], error: 'rejected' },
    ];
    expect(judgeWith({ generation: 4, reloads }).since).toBe('second');
    // The list has the last ten reloads only.
    expect(judgeWith({ generation: 40, reloads: reloads.slice(2) }).since).toBe(null);
  });

  it.each<readonly [string, Partial<StatusAnswer['status']>]>([
    ['its store is crashed: it panicked', { health: 'crashed', reason: 'it\n panicked', lastError: 'older' }],
    [
      'it rejects its files since then: bad value',
      { health: 'degraded', lastError: 'bad\n\tvalue', lastErrorAt: 'then' },
    ],
    [
      'it rejects the file of this namespace since then: bad value',
      {
        health: 'degraded',
        lastError: 'other',
        lastErrorAt: 'before',
        namespaces: { shop: { ...NAMESPACE, valuesHash: 'old', held: { since: 'then', reason: 'bad\nvalue' } } },
      },
    ],
    [
      'it has other values (old…), and polled /etc/sentry-options last at a moment ago',
      {
        health: 'degraded',
        reason: 'cart is bad',
        lastError: 'cart is bad',
        namespaces: {
          shop: { ...NAMESPACE, valuesHash: 'old' },
          cart: { ...NAMESPACE, valuesHash: 'old', held: { since: 'then', reason: 'bad' } },
        },
      },
    ],
    ['The volume is missing', { health: 'degraded', reason: 'The volume is missing' }],
    [
      'there is no values file in /etc/sentry-options; the defaults are in use',
      { namespaces: { shop: { ...NAMESPACE, valuesHash: null } } },
    ],
    [
      'its values file was deleted from /etc/sentry-options at then; the defaults are in use',
      { namespaces: { shop: { ...NAMESPACE, valuesHash: null, lost: { since: 'then' } } } },
    ],
    [
      'it has other values (0123456789ab…, generated at noon), and polled /etc/sentry-options last at a moment ago',
      { namespaces: { shop: { ...NAMESPACE, generatedAt: 'noon', valuesHash: '0123456789abcdef' } } },
    ],
    ["its schemas do not declare 'shop'", { namespaces: {} }],
    ["its schemas do not declare 'shop'", { namespaces: Object.create({ shop: NAMESPACE }) }],
  ])('The reason of other values: %s', (reason, status) => {
    expect(judgeWith(status, 'expected')).toMatchObject({ state: 'differs', reason });
  });
});
