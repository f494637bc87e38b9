/** Other libraries with the same keys and values. Each is imported only if it is measured. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Opens node-config, configured through the environment. Dots in keys are levels, as node-config intends. */
export async function openConfig(map) {
  const empty = mkdtempSync(join(tmpdir(), 'sentry-options-bench-'));
  process.env.NODE_CONFIG_DIR = empty;
  process.env.SUPPRESS_NO_CONFIG_WARNING = '1';
  process.env.NODE_CONFIG = JSON.stringify(nest(map, (value) => value));
  const { default: config } = await import('config');
  rmSync(empty, { recursive: true });
  return config;
}

/** Opens convict with a schema of the same names. The format `*` checks nothing, and a read does not use it. */
export async function openConvict(map) {
  const { default: convict } = await import('convict');
  const config = convict(nest(map, () => ({ format: '*', default: null })));
  config.load(nest(map, (value) => value));
  return config.validate();
}

/** Makes an object with a level for each part of a dotted name. */
function nest(map, leaf) {
  const root = {};
  for (const [key, value] of map) {
    const parts = key.split('.');
    let level = root;
    for (const part of parts.slice(0, -1)) level = level[part] ??= {};
    level[parts.at(-1)] = leaf(value);
  }
  return root;
}
