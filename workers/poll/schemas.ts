/** Loads the schemas at startup. Runs in the watcher thread. */
import { join } from 'node:path';
import { SchemaError } from '../../src/common/errors.js';
import type { Log } from '../../src/common/log.js';
import { schemasDirectory } from '../../src/config/base-directory.js';
import { FileError, tryOptional } from '../../src/files/file-error.js';
import {
  describeNoNamespaces,
  describeSkippedLinks,
  listNamespaces,
  type NamespaceList,
} from '../../src/schema/list-namespaces.js';
import { loadSchemas, type SchemaSources } from '../../src/schema/load-schemas.js';
import type { NamespaceSchema } from '../../src/schema/namespace-schema.js';
import { readDataLink } from '../values/volume.js';
import type { Clock } from './clock.js';
import { pause } from './load.js';

/** The sources of the schemas, and the base directory. */
type Sources = Pick<SchemaSources, 'schemas' | 'additionalSchemas' | 'onFile'> & { readonly base: string };

interface Surroundings {
  readonly clock: Clock;
  /** Called when an attempt fails for a reason that may end by itself. */
  readonly onDelay: (reason: string) => void;
  readonly log: Log;
}

/** The result of one attempt: the schemas, or a reason to try again, if there is one. */
type Attempt =
  /** `list`: what the directory contains; undefined if the setting `schemas` replaces it. */
  | { readonly schemas: readonly NamespaceSchema[]; readonly list: NamespaceList | undefined }
  | { readonly delay: string | undefined };

/**
 * Loads the schemas. As long as the system cannot read them, or the kubelet swaps their volume meanwhile, tries again;
 * the owner's timeout ends the attempts. Warns if there is no namespace, and of links that are not followed.
 *
 * @throws {SchemaError} if a schema is invalid
 */
export async function loadSchemasAtStart(
  sources: Sources,
  { clock, onDelay, log }: Surroundings,
): Promise<readonly NamespaceSchema[]> {
  const directory = schemasDirectory(sources.base);
  for (;;) {
    const attempt = tryLoad(sources, directory);
    if ('schemas' in attempt) {
      const { schemas, list } = attempt;
      const links = list && describeSkippedLinks(directory, list);
      if (schemas.length === 0) log('schemas-missing', describeNoNamespaces(directory, list));
      else if (links !== undefined) log('schemas-skipped', links);
      return schemas;
    }
    if (attempt.delay !== undefined) onDelay(attempt.delay);
    await pause(clock);
  }
}

/** Reads the versions of all volumes that may hold schemas: of the base directory, of `schemas`, of each namespace. */
function readVolumeVersions(base: string, directory: string): string {
  const namespaces = tryOptional(() => listNamespaces(directory).namespaces) ?? [];
  const directories = [base, directory, ...namespaces.map((namespace) => join(directory, namespace))];
  return directories.map((each) => `${each}: ${readDataLink(each)}`).join('\n');
}

/** @throws {SchemaError} if a schema is invalid in a volume that was not swapped meanwhile */
function tryLoad({ base, ...sources }: Sources, directory: string): Attempt {
  const readVersion = () => (sources.schemas === undefined ? readVolumeVersions(base, directory) : '');
  let list: NamespaceList | undefined;
  try {
    const version = readVersion();
    try {
      const onList = (found: NamespaceList) => {
        list = found;
      };
      const schemas = loadSchemas({ ...sources, directory, onList });
      return readVersion() === version ? { schemas, list } : { delay: undefined };
    } catch (error) {
      if (!(error instanceof SchemaError) || error.cause !== undefined || readVersion() === version) throw error;
      return { delay: undefined };
    }
  } catch (error) {
    if (error instanceof SchemaError && error.cause instanceof FileError) {
      return { delay: error.issues[0]?.message };
    }
    // The system cannot read a link. A permission concerns the directory, too, which the next lines report.
    if (error instanceof FileError && error.kind === 'system') return { delay: `${directory} ${error.message}` };
    throw error;
  }
}
