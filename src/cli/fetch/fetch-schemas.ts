/** From the list of repositories to the directory with their schemas. Runs in the command line. */

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
 * Copies the schemas of all repositories that the file `config` lists to the directory `out`, which must not exist.
 * What can be fetched is there at the end, also where something else could not be.
 *
 * @throws {CommandError} with what is wrong, for each repository
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
      // Nothing is in it yet. Left behind, it would be in the way of the next attempt.
      rmdirSync(out);
    } catch {
      // Somebody else uses it.
    }
  };
  const outcomes = await withCleanUp(cleanUp, async () => {
    progress.draw();
    return await fetchAll(sources, workspace, listener(progress, output), waits);
  });

  const errors: string[] = [];
  const places = new Places();
  for (const outcome of outcomes) {
    const conflict = 'schemas' in outcome ? places.take(outcome.name, outcome.schemas) : outcome.error.message;
    if (conflict !== undefined) errors.push(`Git command failed: ${conflict}`);
    else output.info('Fetched schema', { repo: JSON.stringify(outcome.name) });
  }
  await writeFiles(
    new Map([...places.schemas].map(([namespace, bytes]) => [join(out, namespace, SCHEMA_FILE), bytes])),
  );
  if (errors.length > 0) throw new CommandErrors(errors);
  output.info('Successfully fetched schemas', { path: out });
}

function listener(progress: Progress, output: Output): FetchListener {
  // Which commits were taken is told even with --quiet: without it nobody could tell afterwards.
  const always = new Output({ isQuiet: false });
  const repo = (name: string) => ({ repo: JSON.stringify(name) });
  return {
    onCloned: (name, sha) => progress.interrupt(() => always.info('Cloned repo', { ...repo(name), sha })),
    onRetry(name, error, attempt, wait) {
      const text = `Attempt ${attempt} failed, the next one is in ${wait / 1_000} s: ${error.message}`;
      progress.interrupt(() => output.info(text, repo(name)));
    },
    onEnd: (name) => progress.end(name),
  };
}

/** Which repository each namespace comes from. */
class Places {
  readonly schemas = new Map<string, Buffer>();
  readonly #owners = new Map<string, string>();

  /** Takes the schemas of a repository, or none of them: then it says why. */
  take(repository: string, schemas: FetchedSchemas): string | undefined {
    for (const [namespace, bytes] of schemas) {
      if (this.schemas.get(namespace)?.equals(bytes) === false) {
        const owner = this.#owners.get(namespace);
        return `${repository}: namespace '${namespace}' is in '${owner}' as well, with another schema; none of its schemas were copied`;
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

/** For tests: milliseconds before each further attempt, with commas between them. */
function waitsFrom(text: string | undefined): readonly number[] {
  if (text === undefined || text === '') return RETRY_WAITS;
  const waits = text.split(',').map(Number);
  if (waits.every((wait) => Number.isFinite(wait) && wait >= 0)) return waits;
  throw new CommandError(
    `SENTRY_OPTIONS_RETRY_WAITS is '${text}', and has to be milliseconds with commas between them`,
  );
}
