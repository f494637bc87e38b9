/** The program as TypeScript, run without a build. */
import { Worker } from 'node:worker_threads';
import * as library from 'sentry-options';
import { use } from './use.js';

// Worker threads have to import tsx explicitly: on Node 20 it registers only in the main thread.
const worker: string = `
  import('tsx/esm/api').then(({ tsImport }) => tsImport('./worker.ts', ${JSON.stringify(import.meta.url)}));
`;
use(library, () => new Worker(worker, { eval: true }));
