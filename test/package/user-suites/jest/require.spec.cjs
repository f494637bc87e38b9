/** Tests CommonJS without Babel: from Node 24.9 on, Jest itself can `require` an ES module. */
const { close, options, OptionsError } = require('sentry-options');
const { createTestOptions, overrideOptions } = require('sentry-options/testing');

const properties = { rate: { type: 'number', default: 0.5, description: 'How many requests are sampled.' } };
const schemas = { seer: { version: '1.0', type: 'object', properties } };

test('require() returns the library', async () => {
  createTestOptions({ schemas, install: true });
  const seer = options('seer');
  expect(overrideOptions('seer', { rate: 1 }, () => seer.get('rate'))).toBe(1);
  expect(seer.get('rate')).toBe(0.5);
  expect(() => seer.get('rat')).toThrow(OptionsError);
  await close();
});
