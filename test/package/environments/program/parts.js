/** Exercises other features and the runtime behavior that they need; prints one line for each. */
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { MessageChannel, receiveMessageOnPort, Worker } from 'node:worker_threads';
import { close, FeatureContext, features, init, openOptions, options, refresh, snapshot, status } from 'sentry-options';
import { crashWatcher, overrideOptions } from 'sentry-options/testing';

const FILE = 'sentry-options/values/seer/values.json';
const flag = {
  owner: { team: 'search' },
  created_at: '2026-01-21',
  segments: [{ name: 'all', rollout: 50, conditions: [{ property: 'plan', operator: 'in', value: ['team'] }] }],
};
const schemas = {
  seer: {
    version: '1.0',
    type: 'object',
    properties: {
      number: { type: 'integer', default: 0, description: 'a number' },
      'feature.rollout': { $ref: '#/definitions/Feature' },
    },
  },
};
const silent = { debug() {}, info() {}, warn() {}, error() {} };
const config = { pollInterval: null, logger: silent, schemas };

const write = (number) => writeFileSync(FILE, JSON.stringify({ options: { number, 'feature.rollout': flag } }));
const read = () => options('seer').get('number');
function catchCode(call) {
  try {
    call();
    return 'none';
  } catch (error) {
    return error.code;
  }
}

write('three');
console.log(
  'bad values at the start:',
  catchCode(() => init(config)),
);
write(1);
// Again if it starts: a busy machine may pause this thread until the watcher has started.
let tooLate = 'none';
for (let tries = 0; tooLate === 'none' && tries < 5; tries++) {
  if (tries > 0) await close();
  tooLate = catchCode(() => init({ ...config, startTimeout: 1 }));
}
console.log('no time to start:', tooLate);
const store = init(config);
console.log('a snapshot:', snapshot().namespace('seer').get('number'));
const buckets = [1, 2, 3, 4].map((id) =>
  features('seer').has('rollout', new FeatureContext({ id, plan: 'team' }, { identityFields: ['id'] })),
);
console.log('a flag:', buckets.join(' '));
write('three');
console.log('a rejected change:', await refresh().catch((error) => error.code), read());
write(2);
console.log('a refresh:', await refresh(), read());
write(3);
console.log('a refresh that blocks:', store.refreshSync(), read());
const override = overrideOptions('seer', { number: 7 });
console.log('an override:', read());
override[Symbol.dispose]();
const attached = openOptions({ handle: store.handle });
console.log('a handle:', attached.namespace('seer').get('number'));
await attached.close();
await crashWatcher(store, 'exit');
console.log('a dead watcher:', status().watcher, await refresh().catch((error) => error.code), read());

// A thread that has the dead store follows the owner to the next one.
const follower = new Worker(new URL('./worker.js', import.meta.url));
const ask = async () => {
  const answer = once(follower, 'message');
  follower.postMessage('read');
  return (await answer)[0];
};
const former = await ask();
await close();
write(4);
init(config);
let tries = 0;
while ((await ask()) !== 4 && tries++ < 100) await new Promise((resolve) => setTimeout(resolve, 20));
console.log('another thread after close() and init():', former, await ask());
await follower.terminate();
await close();

// How a start notices at once that its thread has died silently.
const { port1, port2 } = new MessageChannel();
const silently = { eval: true, workerData: port2, transferList: [port2] };
await once(new Worker('process.exit()', silently), 'exit');
// As the start does: reading a port makes it notice that the other end is gone.
receiveMessageOnPort(port1);
const relay = new MessageChannel();
try {
  relay.port1.postMessage(port1, [port1]);
  console.log('a port to a dead thread: is not detected');
} catch {
  console.log('a port to a dead thread: is detected');
}
relay.port1.close();

// What keeps a watcher that runs out of memory from ending the process.
const hoard = 'const all = []; for (let i = 0; i < 200; i++) all.push(new Array(65536).fill(i + 0.5));';
const limits = { maxOldGenerationSizeMb: 32, maxYoungGenerationSizeMb: 8 };
const worker = new Worker(hoard, { eval: true, resourceLimits: limits });
worker.on('error', () => {});
const [code] = await once(worker, 'exit').catch(() => [1]);
console.log('a limit to the heap of a thread:', code === 0 ? 'is ignored' : 'is enforced');

// Never closed: an open store keeps no process alive.
init(config);
console.log('left open:', read());
