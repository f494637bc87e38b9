/** A thread of the service: says what it reads, now and whenever it is asked. */
import { parentPort } from 'node:worker_threads';
import { options } from 'sentry-options';

const attempts = options('seer').option('max-attempts');
const tell = () => parentPort.postMessage(attempts.value);
parentPort.on('message', tell);
tell();
