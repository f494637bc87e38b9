/**
 * Reads the schemas of one repository from a temporary clone. Runs in the command line's main thread.
 *
 * Trusts neither the list of repositories nor their contents: git never takes a URL as an option or as a command
 * (`ext::`), no hook runs, and no path and no symbolic link leads out of the clone.
 */

import { lstatSync, mkdtempSync, readdirSync, readFileSync, realpathSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, sep } from 'node:path';
import { SCHEMA_FILE } from '../../config/base-directory.js';
import { git } from '../git/git.js';
import type { RepositorySource } from './repositories.js';
import type { Workspace } from './workspace.js';

/** The schemas of a repository by namespace, unchecked. */
export type FetchedSchemas = ReadonlyMap<string, Buffer>;

/** The schemas of a repository could not be fetched. The message begins with the repository's name. */
export class FetchError extends Error {
  override readonly name = 'FetchError';
  /** Whether another attempt would fail in the same way. */
  readonly isLasting: boolean;

  constructor(repository: string, message: string, { isLasting = false } = {}) {
    super(`${repository}: ${message}`);
    this.isLasting = isLasting;
  }
}

const SAFE = [
  // These protocols run a command, or use a file descriptor of this process.
  ...['-c', 'protocol.ext.allow=never', '-c', 'protocol.fd.allow=never'],
  // The user's hooks are for work trees in which somebody works.
  ...['-c', 'core.hooksPath=/dev/null'],
];

/**
 * Fetches the schemas of the newest commit of `source`, in one attempt.
 *
 * @param onCloned called with the commit's SHA
 * @throws {FetchError} if the attempt fails
 */
export async function fetchOnce(
  source: RepositorySource,
  workspace: Workspace,
  onCloned: (sha: string) => void,
): Promise<FetchedSchemas> {
  const { name, url } = source;
  const path = checkSource(source);
  const folder = mkdtempSync(join(tmpdir(), 'sentry-options-'));
  return await workspace.use(folder, async (onGroup) => {
    const clone = join(folder, 'repo');
    // Clones run in parallel, so none of them may prompt for a password.
    const options = { env: { GIT_TERMINAL_PROMPT: '0' }, onGroup };
    const run = async (args: readonly string[], input = ''): Promise<string> => {
      const { isOk, stdout, stderr } = await git([...SAFE, ...args], { ...options, input });
      if (!isOk) throw new FetchError(name, stderr);
      return stdout.toString().trim();
    };
    const flags = ['--filter=blob:none', '--sparse', '--depth=1', '--no-tags', '--template='];
    await run(['clone', ...flags, '--', url, clone]);
    if (path !== '') await run(['-C', clone, 'sparse-checkout', 'set', '--stdin'], `${quote(path)}\n`);
    onCloned(await run(['-C', clone, 'rev-parse', 'HEAD']));
    return readSchemas(name, clone, path);
  });
}

/**
 * Returns the path of the schemas, normalized.
 *
 * @throws {FetchError} if the URL or the path is not allowed
 */
function checkSource({ name, url, path }: RepositorySource): string {
  const reject = (message: string): never => {
    throw new FetchError(name, `${message}. Correct it in the configuration`, { isLasting: true });
  };
  if (/\p{Cc}/u.test(url + path)) reject('url and path must not contain control characters');
  if (path.startsWith('/')) reject(`path must be relative to the repository's root; got '${path}'`);
  const parts = path.split('/').filter((part) => part !== '' && part !== '.');
  if (parts.includes('..')) reject(`path must not contain '..'; got '${path}'`);
  return parts.join('/');
}

/** Quotes a path for git's stdin, so that git never takes it as an option, a comment or a pattern. */
function quote(path: string): string {
  return `"${path.replace(/["\\]/g, '\\$&')}"`;
}

function readSchemas(name: string, clone: string, path: string): FetchedSchemas {
  const root = realpathSync(clone);
  const directory = join(clone, path);
  const inside = realPath(directory);
  if (inside === undefined) {
    throw new FetchError(name, `Schemas path does not exist: ${directory} (the newest commit has no '${path}')`);
  }
  if (!isWithin(root, inside))
    throw new FetchError(name, `path must stay in the repository; got '${path}', a symbolic link that leads out of it`);
  if (!lstatSync(inside).isDirectory()) throw new FetchError(name, `path must be a directory; got '${path}'`);
  const schemas = new Map<string, Buffer>();
  for (const entry of readdirSync(inside, { withFileTypes: true })) {
    if (!entry.isDirectory() || entry.name === '.git') continue;
    const file = join(path, entry.name, SCHEMA_FILE);
    // Skips a folder without a schema, or with a link to nothing in its place.
    const target = realPath(join(inside, entry.name, SCHEMA_FILE));
    if (target === undefined) continue;
    if (!isWithin(root, target))
      throw new FetchError(name, `${file} must stay in the repository; got a symbolic link that leads out of it`);
    if (!lstatSync(target).isFile())
      throw new FetchError(name, `${file} must be a regular file; got a directory or a special file`);
    schemas.set(entry.name, readFileSync(target));
  }
  return schemas;
}

/** Returns `path` with all symbolic links resolved; undefined if nothing exists there. */
function realPath(path: string): string | undefined {
  try {
    return realpathSync(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'ELOOP') return undefined;
    throw error;
  }
}

function isWithin(root: string, path: string): boolean {
  if (path === root) return true;
  return path.startsWith(root + sep) && !path.startsWith(join(root, '.git') + sep);
}
