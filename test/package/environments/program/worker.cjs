/** `worker.js` as CommonJS. */
const { parentPort } = require('node:worker_threads');
const { options } = require('sentry-options');

parentPort.on('message', () => parentPort.postMessage(options('seer').get('number')));
