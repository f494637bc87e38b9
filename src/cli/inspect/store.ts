/**
 * A store for the commands that show what a directory resolves to. It is that of the published library, which lies beside
 * the command line: the answers are its own, and the watcher's source is not packed twice.
 */
import { OptionsError, type OptionsStore, openOptions } from 'sentry-options';
import { schemasDirectory } from '../../config/base-directory.js';
import { loadSchemas } from '../../schema/load-schemas.js';
import type { NamespaceSchema } from '../../schema/namespace-schema.js';
import { CommandError } from '../terminal/errors.js';
import type { Output } from '../terminal/output.js';
import { similarNames } from '../terminal/suggest.js';

/** Where the store's messages go. */
export type StoreLog = Pick<Output, 'info' | 'warn' | 'error'>;

/** An open store, and the schemas that it was made of. */
export interface OpenStore {
  readonly store: OptionsStore;
  /** By namespace. */
  readonly schemas: ReadonlyMap<string, NamespaceSchema>;
}

/**
 * Does `work` with the store of `directory`, and closes it.
 *
 * @param log what the store says: of unknown names, of what is refused
 * @param pollInterval milliseconds; null: the files are read once
 * @throws {CommandError} where the files cannot be used, with all that is wrong
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
 * The schema of `namespace`.
 *
 * @throws {CommandError} where there is none, with the name that may have been meant
 */
export function requireSchema({ schemas }: OpenStore, namespace: string): NamespaceSchema {
  const schema = schemas.get(namespace);
  if (schema !== undefined) return schema;
  throw new CommandError(
    `no schema declares the namespace '${namespace}'${suggestNames(namespace, [...schemas.keys()])}`,
  );
}

/** What to say of a name that is none of `names`. */
export function suggestNames(name: string, names: readonly string[]): string {
  const [similar] = similarNames(name, names);
  if (similar !== undefined) return `; did you mean '${similar}'?`;
  return names.length === 0 ? '; there are none' : `; there are: ${names.join(', ')}`;
}

function open(directory: string | undefined, log: StoreLog, pollInterval: number | null): OpenStore {
  const logger = {
    debug() {},
    info: (message: string) => log.info(message),
    warn: (message: string) => log.warn(message),
    error: (message: string) => log.error(message),
  };
  try {
    // Telemetry is the service's: whoever looks on is not to send it a second time.
    const store = openOptions({ directory, pollInterval, logger, dsn: null });
    const schemas = loadSchemas({ directory: schemasDirectory(store.status().directory) });
    return { store, schemas: new Map(schemas.map((schema) => [schema.namespace, schema])) };
  } catch (error) {
    if (error instanceof OptionsError) throw new CommandError(error.message, { cause: error });
    throw error;
  }
}
