/** Other ways to hold a service's options, with the same keys and values. They are imported only where they are asked. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** node-config, handed its configuration in the environment; its keys' dots are levels, as it is meant to be used. */
export async function openConfig(map) {
  const empty = mkdtempSync(join(tmpdir(), 'sentry-options-bench-'));
  process.env.NODE_CONFIG_DIR = empty;
  process.env.SUPPRESS_NO_CONFIG_WARNING = '1';
  process.env.NODE_CONFIG = JSON.stringify(nest(map, (value) => value));
  const { default: config } = await import('config');
  rmSync(empty, { recursive: true });
  return config;
}

/** convict, with a schema of the same names; `*` is the format that checks nothing. A read does not look at it. */
export async function openConvict(map) {
  const { default: convict } = await import('convict');
  const config = convict(nest(map, () => ({ format: '*', default: null })));
  config.load(nest(map, (value) => value));
  return config.validate();
}

/** An object with a level for each part of a dotted name. */
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
