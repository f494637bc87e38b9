/**
 * `npm start`: a shop whose checkout fails for two customers at the same time, before and after a rollout. Their errors
 * say which flags each of them had. Ends by itself.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import * as Sentry from '@sentry/node';
import { close, FeatureContext, features, init, refresh } from 'sentry-options';
import { ConfigMapVolume } from 'sentry-options/testing';

const FLAG = { $ref: '#/definitions/Feature' };
const properties = { 'feature.new-checkout': FLAG, 'feature.gift-cards': FLAG };
const about = { owner: { team: 'checkout' }, created_at: '2026-01-21' };
const everyone = (rollout) => ({ ...about, segments: [{ name: 'everyone', rollout, conditions: [] }] });

const directory = mkdtempSync(join(tmpdir(), 'sentry-options-sentry-'));
process.on('exit', () => rmSync(directory, { recursive: true, force: true }));
const volume = new ConfigMapVolume(join(directory, 'values/shop'));
const deploy = (rollout) => {
  const options = { 'feature.new-checkout': everyone(rollout), 'feature.gift-cards': everyone(100) };
  volume.write({ 'values.json': JSON.stringify({ options }) });
};

deploy(20);
init({ directory, schemas: { shop: { version: '1.0', type: 'object', properties } }, pollInterval: null });

const server = createServer(async (request, response) => {
  const customer = request.url.slice(1);
  // One context for each request: the answers for it belong to the request.
  const context = new FeatureContext({ customer }, { identityFields: ['customer'] });
  try {
    if (features('shop').has('new-checkout', context)) features('shop').has('gift-cards', context);
    // Meanwhile, the other customer's request runs.
    await setTimeout(20);
    throw new Error(`The checkout of ${customer} failed`);
  } catch (error) {
    Sentry.captureException(error);
    response.writeHead(500).end();
  }
});
await new Promise((resolve) => server.listen(0, 'localhost', resolve));

async function order(customer) {
  await fetch(`http://localhost:${server.address().port}/${customer}`, { headers: { connection: 'close' } });
}

await Promise.all([order('ada'), order('bob')]);
await Sentry.flush();
deploy(100);
await refresh();
await order('ada');

await Sentry.close();
server.close();
await close();
