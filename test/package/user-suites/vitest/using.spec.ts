/** Tests `using` in TypeScript, which the runner compiles for versions of Node without it. */
import { type OptionsStore, options } from 'sentry-options';
import { createTestOptions, overrideOptions } from 'sentry-options/testing';
import { expect, test } from 'vitest';

const properties = { rate: { type: 'number', default: 0.5, description: 'How many requests are sampled.' } };
const schemas = { seer: { version: '1.0', type: 'object', properties } };

test('A store and an override declared with `using` end with their block', async () => {
  let store: OptionsStore;
  {
    await using opened = createTestOptions({ schemas, install: true });
    store = opened;
    const rate = options('seer').option('rate');
    {
      using _override = overrideOptions('seer', { rate: 1 });
      expect(rate.value).toBe(1);
    }
    expect(rate.value).toBe(0.5);
    expect(store.status().health).toBe('ok');
  }
  expect(store.status().health).toBe('closed');
  expect(() => options('seer').keys()).toThrow(expect.objectContaining({ code: 'NOT_INITIALIZED' }));
});
