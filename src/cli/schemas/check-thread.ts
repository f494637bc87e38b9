/** The thread that `check-changes.ts` starts: an entry point of the build. Does one comparison, and ends. */
import { parentPort, workerData } from 'node:worker_threads';
import { compareSchemas } from './change-report.js';
import type { CheckRequest } from './check-changes.js';

const { versions, names } = workerData as CheckRequest;
// The bytes arrive as Uint8Array.
const schemas = versions.map((version) =>
  version.map((schema) => ('issue' in schema.source ? schema : { ...schema, source: Buffer.from(schema.source) })),
);
parentPort?.postMessage(compareSchemas(schemas, names));
