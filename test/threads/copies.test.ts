/** Tests two copies of the library in one thread whose code differs, although their shared memory has the same layout. */
import * as first from 'sentry-options';
import * as firstTesting from 'sentry-options/testing';
import { afterEach, expect, it, onTestFinished } from 'vitest';
import { LAYOUT_VERSION } from '../../src/memory/cell/layout.js';
import { Base, integer } from '../support/base.js';
import { loadOther } from '../support/copies.js';

const FLAG = { $ref: '#/definitions/Feature' };
/** The channel on which new stores are offered. */
const CHANNEL = `sentry-options/successor@${LAYOUT_VERSION}`;

afterEach(() => first.close());

it('A copy with other code reads the store of the first, and leaves its owner alone', async () => {
  const second = await loadOther();
  const base = new Base({ seer: { number: integer(1), 'feature.on': FLAG } });
  base.writeValues('seer', { number: 2, 'feature.on': firstTesting.rolloutTo(98) });
  const held = second.options('seer').option('number');
  const { values } = second.options('seer');
  const store = first.init({ directory: base.directory, pollInterval: null });

  expect(second.options('seer').get('number')).toBe(2);
  expect([held.value, values.number]).toEqual([2, 2]);
  expect(second.features('seer').has('on', { organization: 7 })).toBe(true);
  // A context of the other copy.
  const context = new first.FeatureContext({ organization: 7 }, { identityFields: ['organization'] });
  const own = new second.FeatureContext({ organization: 7 }, { identityFields: ['organization'] });
  expect(second.features('seer').evaluate('on', context)).toEqual(second.features('seer').evaluate('on', own));
  expect(second.features('seer').evaluate('on', context).reason).toBe('ROLLOUT_IN');
  expect(second.status().watcher).toBe('running');

  const override = firstTesting.overrideOptions('seer', { number: 3 });
  const other = second.overrideOptions('seer', { 'feature.on': second.alwaysOff() });
  for (const { options, features } of [first, second]) {
    expect([options('seer').get('number'), features('seer').has('on')]).toEqual([3, false]);
    expect({ ...options('seer').values }).toEqual({ number: 3 });
  }
  expect(values.number).toBe(3);
  other[Symbol.dispose]();
  override[Symbol.dispose]();
  expect([held.value, second.features('seer').has('on')]).toEqual([2, true]);
  // Seven evaluations by both copies, in the one row of their thread, and reads of an option.
  for (const usage of [store.usage(), second.init().usage()]) {
    expect(usage.flags.map(({ on, off }) => on + off)).toEqual([7]);
    expect(usage.options.map(({ firstReadAt }) => firstReadAt)).not.toContain(null);
  }

  await second.close();
  expect(() => second.options('seer').keys()).toThrow(expect.objectContaining({ code: 'NOT_INITIALIZED' }));
  expect(held.value).toBe(2);
  expect([first.status().watcher, second.status().watcher]).toEqual(['running', 'closed']);
  expect(second.init().namespace('seer').get('number')).toBe(2);

  // The second copy follows the first to its next store, at once.
  await store.close();
  expect(held.value).toBe(2);
  expect(second.status()).toEqual(first.status());
  expect(second.status().health).toBe('closed');
  expect(() => second.snapshot()).toThrow('The store of this thread is closed.');
  base.writeValues('seer', { number: 5 });
  first.init({ directory: base.directory, pollInterval: null });
  expect([held.value, values.number]).toEqual([5, 5]);
  expect(second.options('seer').get('number')).toBe(5);
});

it('A copy that receives the offer of a store after its end does not bring it back into the thread', async () => {
  const second = await loadOther(['index.js']);
  const base = new Base({ seer: { number: integer(1) } });
  const config = { directory: base.directory, pollInterval: null };
  const store = first.init(config);
  expect(second.options('seer').get('number')).toBe(1);
  await store.close();
  first.init(config);
  await first.close();
  // The offer of that store has arrived by now: another channel of this thread has received a later message.
  await receiveOffers();
  const last = first.init(config);
  expect(last.status().watcher).toBe('running');
  expect(second.init().handle.id).toBe(last.handle.id);
});

it('A provider of a copy with other code accepts a store of the first', async () => {
  const second = await loadOther();
  const base = new Base({ seer: { number: integer(1), 'feature.on': FLAG } });
  base.writeValues('seer', { number: 2, 'feature.on': firstTesting.alwaysOn() });
  const store = first.openOptions({ directory: base.directory, pollInterval: null });
  onTestFinished(() => store.close());
  const provider = new second.SentryOptionsProvider({ store });
  await provider.initialize();
  onTestFinished(() => provider.onClose());
  expect(await provider.resolveNumberEvaluation('seer/number', 9)).toMatchObject({ value: 2 });
  expect(await provider.resolveBooleanEvaluation('seer/on', false, {})).toMatchObject({ value: true });
});

/** Returns when this thread has received all that was posted to the library's channel before. */
async function receiveOffers(): Promise<void> {
  const [channel, other] = [new BroadcastChannel(CHANNEL), new BroadcastChannel(CHANNEL)];
  await new Promise((resolve) => {
    channel.onmessage = resolve;
    other.postMessage(null);
  });
  channel.close();
  other.close();
}
