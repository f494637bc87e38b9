/** Writes a base, posts its directory, and writes the change of each message: one small option; the rest stays. */
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const { bytes, parts } = JSON.parse(process.argv[2]);
const directory = mkdtempSync(join(tmpdir(), 'sentry-options-bench-'));
const keys = Array.from({ length: parts }, (_, index) => `part-${index}`);
const text = (index) => `${index}-`.padEnd(bytes / parts, 'x');
const rest = Object.fromEntries(keys.map((key, index) => [key, text(index)]));
const properties = { change: { type: 'integer', default: 0, description: 'The number of the change.' } };
for (const key of keys) properties[key] = { type: 'string', default: '', description: 'A part.' };

write('schemas', 'schema.json', { version: '1.0', type: 'object', properties });
writeValues(0);
process.on('message', (change) => {
  writeValues(change);
  process.send('written');
});
process.send(directory);

function writeValues(change) {
  write('values', 'values.json', { options: { change, ...rest } });
}

function write(kind, name, content) {
  mkdirSync(join(directory, kind, 'service'), { recursive: true });
  writeFileSync(join(directory, kind, 'service', name), JSON.stringify(content));
}
