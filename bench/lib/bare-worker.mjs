/**
 * What a service would write that wants its options validated in a thread of its own, and nothing more: no reload, no
 * shared memory, no error that says where. It loads ajv, compiles a validator for each namespace, validates the values
 * files, and posts them. Bundled to a text, and started with `eval`, as the library's own thread is.
 */
import { workerData } from 'node:worker_threads';
import { openNaive } from './naive.mjs';

const { directory, port, ready, trustsSchemas } = workerData;
// By default ajv checks a schema before it compiles it, as the library does by rules of its own.
port.postMessage(openNaive(directory, trustsSchemas && { meta: false, validateSchema: false })());
Atomics.store(ready, 0, 1);
Atomics.notify(ready, 0);
