/**
 * The schemas of one repository, by way of a clone that is removed afterwards. Runs in the command line.
 *
 * Neither the list of repositories nor what is in them is trusted: an address is never an option to git, and never a
 * command to run (`ext::`); hooks do not run; no path and no link leads out of the clone.
 */

import { lstatSync, mkdtempSync, readdirSync, readFileSync, realpathSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, sep } from 'node:path';
import { SCHEMA_FILE } from '../../config/base-directory.js';
import { git } from '../git/git.js';
import type { RepositorySource } from './repositories.js';
import type { Workspace } from './workspace.js';

/** The schemas of a repository, as bytes, by namespace; nothing of them is checked. */
export type FetchedSchemas = ReadonlyMap<string, Buffer>;

/** Why a repository's schemas could not be fetched. The message begins with the repository's name. */
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
  // What they say is run, or is a descriptor of this process.
  ...['-c', 'protocol.ext.allow=never', '-c', 'protocol.fd.allow=never'],
  // The user's own are for work trees that somebody works in.
  ...['-c', 'core.hooksPath=/dev/null'],
];

/**
 * Fetches the schemas of the newest commit of `source`: once, without a second attempt.
 *
 * @param onCloned called with the commit's SHA
 * @throws {FetchError} where that cannot be done
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
    // Clones run side by side: none of them may ask for a password.
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

/** The path of the schemas, without what means nothing in it. */
function checkSource({ name, url, path }: RepositorySource): string {
  const refuse = (what: string): never => {
    throw new FetchError(name, `${what}; correct it in the configuration`, { isLasting: true });
  };
  if (/\p{Cc}/u.test(url + path)) refuse('url and path may have no control characters');
  if (path.startsWith('/')) refuse(`path '${path}' is absolute; it begins at the repository's root, without a slash`);
  const parts = path.split('/').filter((part) => part !== '' && part !== '.');
  if (parts.includes('..')) refuse(`path '${path}' has '..' in it; it has to stay in the repository`);
  return parts.join('/');
}

/** As git reads it: whatever a path begins with, it is no option, no comment and no pattern. */
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
  if (!isWithin(root, inside)) throw new FetchError(name, `path '${path}' is a link that leads out of the repository`);
  if (!lstatSync(inside).isDirectory()) throw new FetchError(name, `path '${path}' is no directory`);
  const schemas = new Map<string, Buffer>();
  for (const entry of readdirSync(inside, { withFileTypes: true })) {
    if (!entry.isDirectory() || entry.name === '.git') continue;
    const file = join(path, entry.name, SCHEMA_FILE);
    // Folders without one are skipped, and so are those whose one is a link to nowhere.
    const target = realPath(join(inside, entry.name, SCHEMA_FILE));
    if (target === undefined) continue;
    if (!isWithin(root, target)) throw new FetchError(name, `${file} is a link that leads out of the repository`);
    if (!lstatSync(target).isFile()) throw new FetchError(name, `${file} is no file`);
    schemas.set(entry.name, readFileSync(target));
  }
  return schemas;
}

/** `path` without links; undefined where there is nothing. */
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
