/** A worker of the service: posts the value at startup and for each message. */
import { parentPort } from 'node:worker_threads';
import { options } from 'sentry-options';

const attempts = options('seer').option('max-attempts');
const postValue = () => parentPort.postMessage(attempts.value);
parentPort.on('message', postValue);
postValue();
