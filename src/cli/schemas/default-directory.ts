/** Chooses the schemas directory if the command line does not name one. Runs in the command line's main thread. */
import { existsSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { chooseDirectory } from '../../config/base-directory.js';

/**
 * Returns the `schemas` of the base directory that a service would choose here. If that is `./sentry-options` and it is
 * missing, searches the parent directories for `sentry-options/schemas`, up to the root of the repository.
 */
export function defaultSchemasDirectory(): string {
  const base = chooseDirectory(undefined).directory;
  const local = resolve('sentry-options');
  if (base !== local || existsSync(local)) return formatPath(join(base, 'schemas'));
  for (let at = process.cwd(); !existsSync(join(at, '.git')) && dirname(at) !== at; ) {
    at = dirname(at);
    const schemas = join(at, 'sentry-options', 'schemas');
    if (existsSync(schemas)) return formatPath(schemas);
  }
  return formatPath(join(base, 'schemas'));
}

/** Returns `path` for messages: relative to the current directory if that is short. */
function formatPath(path: string): string {
  const written = relative('', path);
  return written.startsWith('../../../') || written === '' ? path : written;
}
