/** `worker.js` as TypeScript. */
import { type MessagePort, parentPort } from 'node:worker_threads';
import { options } from 'sentry-options';

const port = parentPort as MessagePort;
port.on('message', () => port.postMessage(options('seer').get('number') as number));
