/** The work of `sentry-options fetch-schemas`. Runs in the command line's main thread. */

import { lstatSync, readFileSync, rmdirSync } from 'node:fs';
import { join } from 'node:path';
import { SCHEMA_FILE } from '../../config/base-directory.js';
import { CommandError, CommandErrors } from '../terminal/errors.js';
import { withCleanUp } from '../terminal/interrupt.js';
import { Output } from '../terminal/output.js';
import { Progress } from '../terminal/progress.js';
import { makeDirectory, writeFiles } from '../terminal/write-files.js';
import type { FetchedSchemas } from './clone.js';
import { type FetchListener, fetchAll, RETRY_WAITS } from './fetch-all.js';
import { parseRepositories } from './repositories.js';
import { Workspace } from './workspace.js';

/**
 * Copies the schemas of all repositories that the file `config` lists into the directory `out`, which must not exist.
 * If some repositories fail, it copies the schemas of the others and then throws.
 *
 * @throws {CommandError} if a repository failed; with a message for each
 */
export async function fetchSchemas(config: string, out: string, output: Output): Promise<void> {
  const sources = parseRepositories(readConfig(config));
  const waits = waitsFrom(process.env.SENTRY_OPTIONS_RETRY_WAITS);
  if (lstatSync(out, { throwIfNoEntry: false })) throw new CommandError(`Output directory already exists: ${out}`);
  makeDirectory(out);
  output.info('Fetching schemas');

  const progress = new Progress(
    sources.map(({ name }) => name),
    !output.isQuiet,
  );
  const workspace = new Workspace();
  const cleanUp = (): void => {
    progress.clear();
    workspace.abandon();
    try {
      // The directory is still empty. If it stayed, the next run would reject it.
      rmdirSync(out);
    } catch {
      // Another process wrote into it.
    }
  };
  const outcomes = await withCleanUp(cleanUp, async () => {
    progress.draw();
    return await fetchAll(sources, workspace, listener(progress, output), waits);
  });

  const errors: string[] = [];
  const collected = new CollectedSchemas();
  for (const outcome of outcomes) {
    const conflict = 'schemas' in outcome ? collected.add(outcome.name, outcome.schemas) : outcome.error.message;
    if (conflict !== undefined) errors.push(`Git command failed: ${conflict}`);
    else output.info('Fetched schema', { repo: JSON.stringify(outcome.name) });
  }
  await writeFiles(
    new Map([...collected.schemas].map(([namespace, bytes]) => [join(out, namespace, SCHEMA_FILE), bytes])),
  );
  if (errors.length > 0) throw new CommandErrors(errors);
  output.info('Successfully fetched schemas', { path: out });
}

function listener(progress: Progress, output: Output): FetchListener {
  // Logs the commits even with --quiet: they are recorded nowhere else.
  const always = new Output({ isQuiet: false });
  const repo = (name: string) => ({ repo: JSON.stringify(name) });
  return {
    onCloned: (name, sha) => progress.interrupt(() => always.info('Cloned repo', { ...repo(name), sha })),
    onRetry(name, error, attempt, wait) {
      const text = `Attempt ${attempt} failed; retrying in ${wait / 1_000} s: ${error.message}`;
      progress.interrupt(() => output.info(text, repo(name)));
    },
    onEnd: (name) => progress.end(name),
  };
}

/** The schemas of all repositories, each namespace once. */
class CollectedSchemas {
  /** By namespace. */
  readonly schemas = new Map<string, Buffer>();
  readonly #owners = new Map<string, string>();

  /**
   * Adds the schemas of a repository, or, if one conflicts with another repository's, none of them: then returns why.
   */
  add(repository: string, schemas: FetchedSchemas): string | undefined {
    for (const [namespace, bytes] of schemas) {
      if (this.schemas.get(namespace)?.equals(bytes) === false) {
        const owner = this.#owners.get(namespace);
        return (
          `${repository}: namespace '${namespace}' already has a different schema, from '${owner}'. ` +
          `No schema of '${repository}' was copied`
        );
      }
    }
    for (const [namespace, bytes] of schemas) {
      this.schemas.set(namespace, bytes);
      this.#owners.set(namespace, repository);
    }
    return undefined;
  }
}

function readConfig(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    throw new CommandError(`I/O error: ${path} cannot be read (${(error as Error).message})`, { cause: error });
  }
}

/** Parses the variable for tests: milliseconds before each retry, separated by commas. */
function waitsFrom(text: string | undefined): readonly number[] {
  if (text === undefined || text === '') return RETRY_WAITS;
  const waits = text.split(',').map(Number);
  if (waits.every((wait) => Number.isFinite(wait) && wait >= 0)) return waits;
  throw new CommandError(`SENTRY_OPTIONS_RETRY_WAITS must be milliseconds, separated by commas; got '${text}'`);
}
