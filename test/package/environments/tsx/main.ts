/** The program as TypeScript that nobody compiles. */
import { Worker } from 'node:worker_threads';
import * as library from 'sentry-options';
import { use } from './use.js';

// In threads, tsx has to be asked for by name: on Node 20 it registers itself in the main thread only.
const worker: string = `
  import('tsx/esm/api').then(({ tsImport }) => tsImport('./worker.ts', ${JSON.stringify(import.meta.url)}));
`;
use(library, () => new Worker(worker, { eval: true }));
