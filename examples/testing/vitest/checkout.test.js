import { close } from 'sentry-options';
import { alwaysOn, createTestOptions, enabledWhen, overrideOptions } from 'sentry-options/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { checkoutPage, shippingCost } from '../src/checkout.js';
import { schemas } from '../src/schemas.js';

// An in-memory store, without thread or files. Close it: the runner may run the next file in the same thread.
beforeAll(() => createTestOptions({ schemas, install: true }));
afterAll(close);

test('Shipping costs something below the limit', () => {
  expect([shippingCost(4999), shippingCost(5000)]).toEqual([490, 0]);
});

test('The limit is an option', () => {
  overrideOptions('shop', { shipping: { freeFrom: 100, cost: 490 } }, () => {
    expect([shippingCost(99), shippingCost(100)]).toEqual([490, 0]);
  });
  expect(shippingCost(100)).toBe(490);
});

test('An unset flag is off, and an override turns it on', () => {
  expect(checkoutPage({ plan: 'free' })).toBe('checkout');
  overrideOptions('shop', { 'feature.new-checkout': alwaysOn() }, () => {
    expect(checkoutPage({ plan: 'free' })).toBe('checkout-2026');
  });
});

test('An override turns a flag on for some customers', () => {
  const forTeams = enabledWhen({ property: 'plan', operator: 'equals', value: 'team' });
  overrideOptions('shop', { 'feature.new-checkout': forTeams }, () => {
    expect(checkoutPage({ plan: 'team' })).toBe('checkout-2026');
    expect(checkoutPage({ plan: 'free' })).toBe('checkout');
  });
});

test('An override that violates the schema throws', () => {
  expect(() => overrideOptions('shop', { shipping: { freeFrom: 'never', cost: 0 } })).toThrow('freeFrom');
});
