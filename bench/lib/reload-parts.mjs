/**
 * The parts of a reload: the watcher's own functions, called one after the other, with a clock between them. Bundled,
 * since the library's rooms are TypeScript. Runs in the thread that measures, and publishes into a cell that nobody reads.
 */
import { createHash } from 'node:crypto';
import { SnapshotEncoder } from '../../src/codec/encode.ts';
import { schemasDirectory } from '../../src/config/base-directory.ts';
import { parseJson } from '../../src/files/strict-json.ts';
import { createCell } from '../../src/memory/cell/layout.ts';
import { CellWriter } from '../../src/memory/cell/writer.ts';
import { checkValues } from '../../src/schema/check-values.ts';
import { loadSchemas } from '../../src/schema/load-schemas.ts';
import { countOptions, encodeNamespace, indexNamespaces } from '../../src/schema/share-schemas.ts';
import { readValues } from '../../workers/values/read.ts';
import { probe } from '../../workers/values/volume.ts';

/** Their names, in the order in which they run. */
export const PARTS = ['look', 'read and hash', 'parse', 'validate', 'encode', 'publish'];

/** Compiles the schemas below `directory`; each call of what comes back is a reload, in milliseconds by part. */
export function openParts(directory) {
  const schemas = loadSchemas({ directory: schemasDirectory(directory) });
  const cell = new CellWriter(createCell());
  return () => reload(directory, schemas, cell);
}

function reload(directory, schemas, cell) {
  const spent = Object.fromEntries(PARTS.map((part) => [part, 0]));
  let last = performance.now();
  const lap = (part) => {
    const now = performance.now();
    spent[part] += now - last;
    last = now;
    return spent[part];
  };
  const names = schemas.map(({ namespace }) => namespace);
  const { signature } = probe(directory, names, Date.now());
  if (signature === '') throw new Error('There is nothing to see');
  lap('look');
  const encoder = new SnapshotEncoder(countOptions(schemas));
  for (const [schema, firstIndex] of indexNamespaces(schemas)) {
    const { bytes, file } = readValues(directory, schema.namespace, { now: Date.now(), onFile() {} });
    lap('read and hash');
    // Checking parses: this is done twice, and taken off once.
    if (parseJson(bytes).unsafeIntegers.length > 0) throw new Error(`${file} has integers that are not safe`);
    const before = spent.parse;
    const parsing = lap('parse') - before;
    const { values } = checkValues(schema, file, bytes, { redact: false });
    lap('validate');
    spent.validate = Math.max(0, spent.validate - parsing);
    encodeNamespace(encoder, schema, firstIndex, values);
    lap('encode');
    createHash('sha256').update(bytes).digest('hex');
    lap('read and hash');
  }
  const snapshot = encoder.finish();
  lap('encode');
  cell.publish(snapshot);
  lap('publish');
  return { ...spent, bytes: snapshot.length };
}
