/** A worker that reads the option for each message. */
import { parentPort } from 'node:worker_threads';
import { options } from 'sentry-options';

parentPort.on('message', () => parentPort.postMessage(options('seer').get('number')));
