/** The program as an ES module. */
import { Worker } from 'node:worker_threads';
import * as library from 'sentry-options';
import { use } from './use.js';

use(library, () => new Worker(new URL('./worker.js', import.meta.url)));
