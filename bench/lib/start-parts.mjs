/**
 * Times the parts of a start: the watcher's own functions, in the watcher's order, in a thread that starts like the
 * watcher's thread. Bundled to a string.
 */
// `begun.mjs` must run before all other imports, so that their cost comes after `begun`.
import './begun.mjs';

import { workerData } from 'node:worker_threads';
import { schemasDirectory } from '../../src/config/base-directory.ts';
import { DEFAULT_LIMITS } from '../../src/files/values-limits.ts';
import { createCell } from '../../src/memory/cell/layout.ts';
import { CellWriter } from '../../src/memory/cell/writer.ts';
import { loadSchemas } from '../../src/schema/load-schemas.ts';
import { shareSchemas } from '../../src/schema/share-schemas.ts';
import { Guard } from '../../workers/values/guard.ts';
import { loadValues } from '../../workers/values/load.ts';
import { Verdicts } from '../../workers/values/verdicts.ts';
import { begun } from './begun.mjs';

const { directory, port } = workerData;
const now = () => performance.timeOrigin + performance.now();

const loaded = now();
const schemas = loadSchemas({ directory: schemasDirectory(directory) });
const compiled = now();
const shared = shareSchemas(schemas);
const result = loadValues({
  directory,
  schemas,
  redact: false,
  isolation: 'all',
  limits: { ...DEFAULT_LIMITS, payloadBytes: 2 ** 26 },
  guard: new Guard('warn'),
  verdicts: new Verdicts(),
  onFile() {},
});
const checked = now();
new CellWriter(createCell()).publish(result.payload);
port.postMessage({ begun, loaded, compiled, checked, published: now(), bytes: shared.catalog.byteLength });
port.close();
