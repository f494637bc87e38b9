/**
 * Opens a store for the commands that show what a directory resolves to. Imports the published library by its name: so
 * the answers are those of the library, and the bundle does not hold the watcher's source twice.
 */

import { type Logger, OptionsError, type OptionsStore, openOptions } from 'sentry-options';
import { MAX_FILE_BYTES } from '../../common/file-limits.js';
import { schemasDirectory } from '../../config/base-directory.js';
import { loadSchemas } from '../../schema/load-schemas.js';
import type { NamespaceSchema } from '../../schema/namespace-schema.js';
import { CommandError } from '../terminal/errors.js';
import type { Output } from '../terminal/output.js';
import { suggestNames } from '../terminal/suggest.js';

/** Receives the store's messages. */
export type StoreLog = Pick<Output, 'info' | 'warn' | 'error'>;

/** An open store, and its schemas. */
export interface OpenStore {
  readonly store: OptionsStore;
  /** By namespace. */
  readonly schemas: ReadonlyMap<string, NamespaceSchema>;
}

/**
 * Opens a store on `directory`, calls `work`, and closes the store.
 *
 * @param directory the base directory; undefined for the one that a service would choose
 * @param log receives the store's messages, such as warnings of unknown options and errors of rejected reloads
 * @param pollInterval milliseconds; null to read the files only once
 * @throws {CommandError} if schemas or values are invalid; the message lists all issues
 */
export async function withStore<T>(
  directory: string | undefined,
  log: StoreLog,
  work: (open: OpenStore) => T | Promise<T>,
  pollInterval: number | null = null,
): Promise<T> {
  const { store, schemas } = open(directory, log, pollInterval);
  try {
    return await work({ store, schemas });
  } finally {
    await store.close();
  }
}

/**
 * Returns the schema of `namespace`.
 *
 * @throws {CommandError} if no schema declares it; the message suggests a similar name
 */
export function requireSchema({ schemas }: OpenStore, namespace: string): NamespaceSchema {
  const schema = schemas.get(namespace);
  if (schema !== undefined) return schema;
  throw new CommandError(
    `no schema declares the namespace '${namespace}'${suggestNames(namespace, [...schemas.keys()])}`,
  );
}

/** Makes a logger that drops what the commands say themselves: that the store has started, and what a reload changed. */
function makeLogger(log: StoreLog): Logger {
  type Fields = { readonly code: string };
  const logger = {
    debug() {},
    info({ code }: Fields, message: string) {
      if (code !== 'started' && code !== 'values-live') log.info(message);
    },
    warn: (_: Fields, message: string) => log.warn(message),
    error: (_: Fields, message: string) => log.error(message),
    // By these two, the store takes it for a logger of pino's kind, and passes fields, too.
    child() {},
    bindings() {},
  };
  return logger as unknown as Logger;
}

function open(directory: string | undefined, log: StoreLog, pollInterval: number | null): OpenStore {
  const logger = makeLogger(log);
  try {
    // No telemetry: the service sends it, and this command must not send it a second time.
    // The largest files that any service may accept: which limit the service sets is not known here.
    // No state: this command shows what the files say.
    const settings = { directory, pollInterval, maxFileBytes: MAX_FILE_BYTES, logger, dsn: null, stateDirectory: null };
    const store = openOptions(settings);
    const schemas = loadSchemas({ directory: schemasDirectory(store.status().directory) });
    return { store, schemas: new Map(schemas.map((schema) => [schema.namespace, schema])) };
  } catch (error) {
    if (error instanceof OptionsError) throw new CommandError(error.message, { cause: error });
    throw error;
  }
}
