/**
 * The parts of a start: the watcher's own functions in the order in which it calls them, in a thread that is started as
 * it starts its own, with a clock between them. Bundled to a text.
 */
// Before all the others, which are sorted: what they cost comes after it.

import { workerData } from 'node:worker_threads';
import { schemasDirectory } from '../../src/config/base-directory.ts';
import { createCell } from '../../src/memory/cell/layout.ts';
import { CellWriter } from '../../src/memory/cell/writer.ts';
import { loadSchemas } from '../../src/schema/load-schemas.ts';
import { shareSchemas } from '../../src/schema/share-schemas.ts';
import { loadValues } from '../../workers/values/load.ts';
import { begun } from './begun.mjs';

const { directory, port } = workerData;
const now = () => performance.timeOrigin + performance.now();

const loaded = now();
const schemas = loadSchemas({ directory: schemasDirectory(directory) });
const compiled = now();
const shared = shareSchemas(schemas);
const result = loadValues({ directory, schemas, redact: false, onFile() {}, now: Date.now() });
const checked = now();
new CellWriter(createCell()).publish(result.payload);
port.postMessage({ begun, loaded, compiled, checked, published: now(), bytes: shared.catalog.byteLength });
port.close();
