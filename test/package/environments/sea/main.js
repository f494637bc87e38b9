/** The program as a single executable, with the worker as an asset. */
import { getAsset } from 'node:sea';
import { Worker } from 'node:worker_threads';
import * as library from 'sentry-options';
import { use } from './use.js';

use(library, () => new Worker(getAsset('worker.cjs', 'utf8'), { eval: true }));
