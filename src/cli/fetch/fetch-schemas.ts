/** The work of `sentry-options fetch-schemas`. Runs in the command line's main thread. */

import { closeSync, openSync, readSync } from 'node:fs';
import { MAX_FILE_BYTES } from '../../files/read.js';
import { readLimits } from '../git/limits.js';
import { Workspace } from '../git/workspace.js';
import { CommandError, CommandErrors } from '../terminal/errors.js';
import { withCleanUp } from '../terminal/interrupt.js';
import { Output } from '../terminal/output.js';
import { Progress } from '../terminal/progress.js';
import { type Attempt, FETCH_LIMITS, type FetchListener, fetchAll, RETRY_WAITS } from './fetch-all.js';
import { OutputDirectory } from './output-directory.js';
import { parseRepositories, type RepositorySource } from './repositories.js';

/**
 * Copies the schemas of all repositories that the file `config` lists into the directory `out`, which must not exist.
 * If some repositories fail, it copies the schemas of the others and then throws. If all fail, `out` is not created.
 *
 * @throws {CommandError} if a repository failed; with a message for each
 */
export async function fetchSchemas(config: string, out: string, output: Output): Promise<void> {
  const sources = parseRepositories(readConfig(config));
  const limits = readLimits(process.env, FETCH_LIMITS);
  const settings = { limits, waits: waitsFrom(process.env.SENTRY_OPTIONS_RETRY_WAITS) };
  const directory = new OutputDirectory(out);
  const progress = new Progress(
    sources.map(({ name }) => name),
    !output.isQuiet,
  );
  const workspace = new Workspace();
  const cleanUp = (): void => {
    progress.clear();
    workspace.abandon();
    directory.removeParents();
  };
  await withCleanUp(cleanUp, async () => {
    try {
      await workspace.use(directory.folder, async () => {
        if (sources.length === 0) throw new CommandError(`${config} lists no repository: \`repos\` is empty`);
        output.info('Fetching schemas', { repositories: sources.length });
        progress.draw();
        const errors = await fetchAll(sources, { ...settings, workspace }, listener(directory, progress, output));
        createDirectory(directory, sources, new Map([...errors].map(([name, { message }]) => [name, message])));
      });
    } catch (error) {
      // Further clones may still run.
      cleanUp();
      throw error;
    }
  });
  output.info('Successfully fetched schemas', { path: out, schemas: directory.size });
}

/**
 * Copies the schemas of the sources that have no error.
 *
 * @throws {CommandErrors} if a source has an error, or schemas that conflict with those of another one
 */
function createDirectory(
  directory: OutputDirectory,
  sources: readonly RepositorySource[],
  failures: ReadonlyMap<string, string>,
): void {
  const errors: string[] = [];
  for (const { name } of sources) {
    const failure = failures.get(name);
    const issue = failure ?? directory.add(name);
    if (issue !== undefined) errors.push(`Git command failed: ${issue}`);
  }
  if (directory.size > 0) directory.create();
  if (errors.length > 0) throw new CommandErrors(errors);
}

function listener(directory: OutputDirectory, progress: Progress, output: Output): FetchListener {
  // Logs the commits even with --quiet: they are recorded nowhere else.
  const always = new Output({ isQuiet: false });
  const repo = (name: string) => ({ repo: JSON.stringify(name) });
  const fields = ({ name, attempt, elapsed }: Attempt) => ({ ...repo(name), attempt, elapsed_ms: elapsed });
  return {
    onSkipped(name, file, why) {
      progress.interrupt(() => output.warn(`Skipped ${file}: ${why}`, repo(name)));
    },
    onFetched(attempt, { sha, schemas }) {
      directory.stage(attempt.name, schemas);
      const found = { sha, schemas: schemas.size };
      progress.interrupt(() => always.info('Fetched schemas', { ...fields(attempt), ...found }));
    },
    onFailed(attempt, error, wait) {
      // The error of the last attempt follows at the end, as an error of the command.
      const next = wait === undefined ? {} : { retry_in_ms: wait, error: error.message };
      progress.interrupt(() => output.warn('Schema fetch attempt failed', { ...fields(attempt), ...next }));
    },
    onEnd: (name) => progress.end(name),
  };
}

/** Reads the list, which may come from a pipe. */
function readConfig(path: string): Buffer {
  try {
    const file = openSync(path, 'r');
    try {
      return readUpTo(file, path, MAX_FILE_BYTES);
    } finally {
      closeSync(file);
    }
  } catch (error) {
    if (error instanceof CommandError) throw error;
    throw new CommandError(`I/O error: ${path} cannot be read (${(error as Error).message})`, { cause: error });
  }
}

function readUpTo(file: number, path: string, maxBytes: number): Buffer {
  const chunks: Buffer[] = [];
  for (let size = 0; ; ) {
    const chunk = Buffer.alloc(64 * 1024);
    const length = readSync(file, chunk);
    if (length === 0) return Buffer.concat(chunks);
    size += length;
    if (size > maxBytes) throw new CommandError(`I/O error: ${path} must have at most ${maxBytes} bytes; got more`);
    chunks.push(chunk.subarray(0, length));
  }
}

/** Parses the variable for tests: milliseconds before each retry, separated by commas. */
function waitsFrom(text: string | undefined): readonly number[] {
  if (text === undefined || text === '') return RETRY_WAITS;
  const waits = text.split(',').map(Number);
  if (waits.every((wait) => Number.isFinite(wait) && wait >= 0)) return waits;
  throw new CommandError(`SENTRY_OPTIONS_RETRY_WAITS must be milliseconds, separated by commas; got '${text}'`);
}
