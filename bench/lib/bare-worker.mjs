/**
 * A minimal worker that a service could write to validate its options in a thread, and nothing more: no reload, no
 * shared memory, no error with a position. It loads ajv, compiles a validator for each namespace, validates the values
 * files, and posts them. It is bundled to a string and started with `eval`, like the library's own thread.
 */
import { workerData } from 'node:worker_threads';
import { openNaive } from './naive.mjs';

const { directory, port, ready, trustsSchemas } = workerData;
// By default ajv checks a schema before it compiles it, as the library does by its own rules.
port.postMessage(openNaive(directory, trustsSchemas && { meta: false, validateSchema: false })());
Atomics.store(ready, 0, 1);
Atomics.notify(ready, 0);
