/**
 * Times the parts of a reload: the watcher's own functions, called one after the other. Bundled, because the library's
 * modules are TypeScript. Runs in the measuring thread, and publishes into a cell without readers.
 */
import { createHash } from 'node:crypto';
import { composeSnapshot } from '../../src/codec/compose.ts';
import { schemasDirectory } from '../../src/config/base-directory.ts';
import { parseJson } from '../../src/files/strict-json.ts';
import { DEFAULT_LIMITS } from '../../src/files/values-limits.ts';
import { createCell } from '../../src/memory/cell/layout.ts';
import { CellWriter } from '../../src/memory/cell/writer.ts';
import { checkValues } from '../../src/schema/check-values.ts';
import { loadSchemas } from '../../src/schema/load-schemas.ts';
import { encodeNamespace } from '../../src/schema/share-schemas.ts';
import { readValues } from '../../workers/values/read.ts';
import { probe } from '../../workers/values/volume.ts';

/** The names of the parts, in the order in which they run. */
export const PARTS = ['probe', 'read and hash', 'parse', 'validate', 'encode', 'publish'];

/** Compiles the schemas below `directory`. Returns a function that reloads, and returns milliseconds by part. */
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
  if (probe(directory, names) === undefined) throw new Error('The probe could not read the files');
  lap('probe');
  const segments = [];
  for (const schema of schemas) {
    const { bytes, file } = readValues(directory, schema.namespace, DEFAULT_LIMITS.fileBytes, () => {});
    lap('read and hash');
    // checkValues parses, too: the parsing is done twice, and subtracted once.
    if (parseJson(bytes).unsafeIntegers.length > 0) throw new Error(`${file} must have no unsafe integers`);
    const before = spent.parse;
    const parsing = lap('parse') - before;
    const { values } = checkValues(schema, file, bytes, { redact: false, limits: DEFAULT_LIMITS });
    lap('validate');
    spent.validate = Math.max(0, spent.validate - parsing);
    segments.push(encodeNamespace(schema, values));
    lap('encode');
    createHash('sha256').update(bytes).digest('hex');
    lap('read and hash');
  }
  const snapshot = composeSnapshot({ generation: 1, segments });
  lap('encode');
  cell.publish(snapshot);
  lap('publish');
  return { ...spent, bytes: snapshot.length };
}
