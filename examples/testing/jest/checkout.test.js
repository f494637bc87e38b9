import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { close } from 'sentry-options';
import { alwaysOn, createTestOptions, enabledWhen, overrideOptions } from 'sentry-options/testing';
import { checkoutPage, shippingCost } from '../src/checkout.js';
import { schemas } from '../src/schemas.js';

// A store in memory, without thread or files. Closed, as the runner may run the next file in the same thread.
beforeAll(() => createTestOptions({ schemas, install: true }));
afterAll(close);

test('sending costs something, up to a limit', () => {
  expect([shippingCost(4999), shippingCost(5000)]).toEqual([490, 0]);
});

test('the limit is an option', () => {
  overrideOptions('shop', { shipping: { freeFrom: 100, cost: 490 } }, () => {
    expect([shippingCost(99), shippingCost(100)]).toEqual([490, 0]);
  });
  expect(shippingCost(100)).toBe(490);
});

test('a flag that is not set is off, and may be put on', () => {
  expect(checkoutPage({ plan: 'free' })).toBe('checkout');
  overrideOptions('shop', { 'feature.new-checkout': alwaysOn() }, () => {
    expect(checkoutPage({ plan: 'free' })).toBe('checkout-2026');
  });
});

test('or be on for some', () => {
  const forTeams = enabledWhen({ property: 'plan', operator: 'equals', value: 'team' });
  overrideOptions('shop', { 'feature.new-checkout': forTeams }, () => {
    expect(checkoutPage({ plan: 'team' })).toBe('checkout-2026');
    expect(checkoutPage({ plan: 'free' })).toBe('checkout');
  });
});

test('a test cannot assume what the schema would refuse', () => {
  expect(() => overrideOptions('shop', { shipping: { freeFrom: 'never', cost: 0 } })).toThrow('freeFrom');
});
