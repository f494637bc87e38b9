/** Where the schemas are when a command is not told. Runs in the command line. */
import { existsSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { chooseDirectory } from '../../config/base-directory.js';

/**
 * The `schemas` of the base directory that a service would use here. Where `./sentry-options` is missing, that of the
 * nearest directory above which has one, up to the root of the repository.
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

/** `path` as messages show it: relative, as somebody would have written it. */
function formatPath(path: string): string {
  const written = relative('', path);
  return written.startsWith('../../../') || written === '' ? path : written;
}
