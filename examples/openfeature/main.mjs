/**
 * `npm start`: a shop that uses only OpenFeature. Its flags and options come from files, laid out as the kubelet lays
 * them out. A rollout grows, the watcher rejects a bad change, the watcher crashes. Ends by itself.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { OpenFeature, ProviderEvents } from '@openfeature/server-sdk';
import { init } from 'sentry-options';
import { SentryOptionsProvider } from 'sentry-options/openfeature';
import { ConfigMapVolume, crashWatcher } from 'sentry-options/testing';

const FLAG = { $ref: '#/definitions/Feature' };
const schema = {
  version: '1.0',
  type: 'object',
  properties: {
    'feature.new-checkout': FLAG,
    'feature.gift-cards': FLAG,
    greeting: { type: 'string', default: 'Hello', description: 'What the shop says to a customer.' },
    'items-per-page': { type: 'integer', default: 20, description: 'How many items a page shows.' },
  },
};

/** On for all customers in Canada, and for `rollout` percent of the others. */
const newCheckout = (rollout) => ({
  owner: { team: 'checkout', email: 'checkout@example.com' },
  created_at: '2026-01-21',
  segments: [
    { name: 'canada', conditions: [{ property: 'country', operator: 'in', value: ['ca'] }] },
    { name: 'everyone', rollout, conditions: [] },
  ],
});

// The platform's part: the files, the store, the provider.
const directory = mkdtempSync(join(tmpdir(), 'sentry-options-openfeature-'));
process.on('exit', () => rmSync(directory, { recursive: true, force: true }));
const volume = new ConfigMapVolume(join(directory, 'values/shop'));
const deploy = (options) => volume.write({ 'values.json': JSON.stringify({ options }) });
deploy({ greeting: 'Good morning', 'feature.new-checkout': newCheckout(20) });

// A silent logger: here OpenFeature reports what is wrong.
const logger = { debug() {}, info() {}, warn() {}, error() {} };
const store = init({ directory, schemas: { shop: schema }, pollInterval: 100, logger });
const provider = new SentryOptionsProvider({ namespace: 'shop', targetingKeyProperty: 'user_id' });
await OpenFeature.setProviderAndWait(provider);

// The shop's part.
const client = OpenFeature.getClient();
const CUSTOMERS = [
  { targetingKey: '1', country: 'us' },
  { targetingKey: '2', country: 'CA' },
  { targetingKey: '5', country: 'us' },
  { targetingKey: '9', country: 'us' },
];

async function show() {
  for (const customer of CUSTOMERS) {
    const { value, reason, flagMetadata } = await client.getBooleanDetails('new-checkout', false, customer);
    const { segment, bucket, rollout } = flagMetadata;
    const why = bucket === undefined ? `segment ${segment}` : `segment ${segment}, bucket ${bucket} of ${rollout}`;
    print(`customer ${customer.targetingKey}: new checkout ${value ? 'on ' : 'off'} (${reason}: ${why})`);
  }
}

step(1, 'A flag is a boolean; the reason says why it is on or off');
await show();

step(2, 'An option is a string, a number, an object or a boolean');
for (const details of [
  await client.getStringDetails('greeting', '?'),
  await client.getNumberDetails('items-per-page', 0),
]) {
  print(`${details.flagKey} = ${JSON.stringify(details.value)} (${details.reason})`);
}

step(3, 'Evaluations never throw: they return the default and an error code');
for (const details of [
  await client.getBooleanDetails('gift-cards', true),
  await client.getBooleanDetails('new-chekout', false),
  await client.getNumberDetails('greeting', 10),
]) {
  const why = details.errorCode === undefined ? details.reason : `${details.errorCode}: ${details.errorMessage}`;
  print(`${details.flagKey} = ${details.value} (${why})`);
}

step(4, 'The rollout grows: an event names the changed flags');
const changed = next(ProviderEvents.ConfigurationChanged);
deploy({ greeting: 'Good morning', 'feature.new-checkout': newCheckout(80) });
print(`${ProviderEvents.ConfigurationChanged}: ${(await changed).flagsChanged}`);
await show();

step(5, 'The watcher rejects a bad change: the provider is stale until the fix, and serves the last values');
const stale = next(ProviderEvents.Stale);
deploy({ greeting: 42 });
print(`${ProviderEvents.Stale}: ${(await stale).message.split('\n\t')[1].split('\n')[0]}`);
print(`greeting = ${JSON.stringify(await client.getStringValue('greeting', '?'))}, provider ${client.providerStatus}`);
const ready = next(ProviderEvents.Ready);
deploy({ greeting: 'Good night', 'feature.new-checkout': newCheckout(80) });
await ready;
print(`greeting = ${JSON.stringify(await client.getStringValue('greeting', '?'))}, provider ${client.providerStatus}`);

step(6, 'The watcher crashes: on-call sees an error, the customers see no difference');
const error = next(ProviderEvents.Error);
await crashWatcher(store, 'exception');
print(`${ProviderEvents.Error}: ${(await error).message}`);
print(`greeting = ${JSON.stringify(await client.getStringValue('greeting', '?'))}, provider ${client.providerStatus}`);

await OpenFeature.close();

/** Resolves with the next `event`. The timer keeps the process alive, which neither the store nor a handler does. */
function next(event) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`No ${event} within 30 s`)), 30_000);
    const handler = (details) => {
      clearTimeout(timer);
      client.removeHandler(event, handler);
      resolve(details);
    };
    client.addHandler(event, handler);
  });
}

function step(number, title) {
  console.log(`\n${number}. ${title}`);
}

function print(line) {
  console.log(`   ${line}`);
}
