/**
 * Reads the schemas of one repository from a temporary clone. Runs in the command line's main thread.
 *
 * Trusts neither the list of repositories nor their contents. Git receives only addresses that we have checked. The
 * clone is bare: git writes no file of the repository to the disk, and so runs no filter, no hook and no submodule.
 * Schemas come from git's object store, their sizes first.
 */
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SCHEMA_FILE } from '../../config/base-directory.js';
import { SAFE_CONFIG } from '../git/command.js';
import { GitLimitError, GitStartError } from '../git/errors.js';
import { Git } from '../git/git.js';
import type { Deadline, GitLimits } from '../git/limits.js';
import {
  describeObjects,
  describeSize,
  describeTotalSize,
  findEntries,
  type GitObject,
  listFolders,
  readBlobs,
} from '../git/objects.js';
import type { Workspace } from '../git/workspace.js';
import { CommandError } from '../terminal/errors.js';
import { type Address, allowedProtocols, parseAddress } from './address.js';
import { FetchError } from './fetch-error.js';
import { adviseOn, isLasting } from './lasting.js';
import type { RepositorySource } from './repositories.js';

/** The schemas of a repository by namespace, unchecked. */
export type FetchedSchemas = ReadonlyMap<string, Buffer>;

/** The schemas of a repository, and the commit that has them. */
export interface Fetched {
  readonly sha: string;
  readonly schemas: FetchedSchemas;
}

/** What an attempt may use. */
export interface FetchContext {
  readonly workspace: Workspace;
  readonly limits: GitLimits;
  /** The end of all attempts for the source. */
  readonly deadline: Deadline;
}

/** Receives a `file` that is not a schema, with the reason. */
type OnSkipped = (file: string, why: string) => void;

/** A server on this machine runs within the same limits, and may leave out the contents that no schema needs. */
const LOCAL_SERVER = ['git', ...[...SAFE_CONFIG, 'uploadpack.allowFilter=true'].map((it) => `-c ${it}`), 'upload-pack'];

const FETCH_CONFIG = [
  ...SAFE_CONFIG,
  // Packs are files whose sizes we can measure.
  'fetch.unpackLimit=1',
  // Neither further addresses nor other protocols than those that we have checked.
  'protocol.version=2',
  'transfer.bundleURI=false',
  'fetch.uriProtocols=',
  'clone.rejectShallow=false',
  'clone.defaultRemoteName=origin',
];

/**
 * Fetches the schemas of the newest commit of `source`, in one attempt.
 *
 * @throws {FetchError} if the attempt fails
 * @throws {GitStartError} if git is not installed
 */
export async function fetchOnce(
  source: RepositorySource,
  context: FetchContext,
  onSkipped: OnSkipped,
): Promise<Fetched> {
  const { name } = source;
  try {
    const { address, path } = checkSource(source);
    const folder = mkdtempSync(join(tmpdir(), 'sentry-options-'));
    return await context.workspace.use(folder, async () => {
      return await new Clone(name, address, path, folder, context).fetch(onSkipped);
    });
  } catch (error) {
    if (error instanceof FetchError || (error instanceof GitStartError && error.isLasting)) throw error;
    const isOurs = error instanceof CommandError || (error instanceof Error && 'syscall' in error);
    if (!isOurs) throw error;
    const isLasting = error instanceof GitLimitError && error.isLasting;
    throw new FetchError(name, error.message, { isLasting, cause: error });
  }
}

/**
 * Returns the address, and the path of the schemas, normalized.
 *
 * @throws {FetchError} if the address or the path is not allowed
 */
function checkSource({ name, url, path }: RepositorySource): { readonly address: Address; readonly path: string } {
  const reject = (message: string): never => {
    throw new FetchError(name, `${message}. Correct it in the configuration`, { isLasting: true });
  };
  if (/\p{Cc}/u.test(url + path)) reject('url and path must not contain control characters');
  const address = parseAddress(url, process.cwd());
  if ('issue' in address) return reject(address.issue);
  if (path.startsWith('/')) reject(`path must be relative to the repository's root; got '${path}'`);
  const parts = path.split('/').filter((part) => part !== '' && part !== '.');
  if (parts.includes('..')) reject(`path must not contain '..'; got '${path}'`);
  return { address, path: parts.join('/') };
}

/** A bare clone without the contents of files. */
class Clone {
  readonly #name: string;
  readonly #address: Address;
  readonly #path: string;
  readonly #git: Git;
  readonly #repository: string;

  constructor(name: string, address: Address, path: string, folder: string, context: FetchContext) {
    this.#name = name;
    this.#address = address;
    this.#path = path;
    this.#repository = join(folder, 'repo');
    const server = address.isLocal ? [`remote.origin.uploadpack=${LOCAL_SERVER.join(' ')}`] : [];
    this.#git = new Git({
      ...context,
      config: [...FETCH_CONFIG, ...server],
      env: { GIT_ALLOW_PROTOCOL: allowedProtocols(process.env.GIT_ALLOW_PROTOCOL) },
      repository: this.#repository,
      hasOwnServer: address.isLocal,
    });
  }

  async fetch(onSkipped: OnSkipped): Promise<Fetched> {
    const server = this.#address.isLocal ? [`--upload-pack=${LOCAL_SERVER.join(' ')}`] : [];
    const flags = [
      '--quiet',
      '--bare',
      '--depth=1',
      '--single-branch',
      '--no-tags',
      '--filter=blob:none',
      '--no-local',
    ];
    await this.#ask(['clone', ...flags, '--template=', ...server, '--', this.#address.url, this.#repository]);
    const [sha = '', tree = ''] = await this.#resolveHead();
    const directory = await this.#findDirectory(tree, sha);
    const files = await this.#findFiles(directory, server);
    const places = files.map((file) => `${tree}:${join(this.#path, file)}`);
    const objects = await describeObjects(this.#git, places);
    const found = new Map<string, GitObject>();
    for (const [index, file] of files.entries()) {
      const object = objects[index];
      const path = join(this.#path, file);
      const [folder = ''] = file.split('/');
      const why = this.#checkSchema(path, object);
      if (why !== undefined) onSkipped(path, why);
      else if (object !== undefined) found.set(folder, object);
    }
    if (found.size === 0) {
      this.#reject(`'${this.#path}' has no directory with a ${SCHEMA_FILE} (commit ${sha}). Correct path`);
    }
    const issue = describeTotalSize([...found.values()], this.#git.limits);
    if (issue !== undefined) this.#reject(issue);
    const contents = await readBlobs(this.#git, [...found.values()]);
    return { sha, schemas: new Map([...found.keys()].map((folder, index) => [folder, contents[index] as Buffer])) };
  }

  /** Returns the ids of the newest commit and of its root directory. */
  async #resolveHead(): Promise<readonly string[]> {
    const { isOk, stdout } = await this.#git.run(['rev-parse', '--verify', '--quiet', 'HEAD']);
    if (!isOk) this.#reject('it has no commit on its default branch. Push one, or correct its default branch');
    const sha = stdout.toString().trim();
    return [sha, await this.#ask(['rev-parse', `${sha}^{tree}`])];
  }

  /** Returns the id of the schemas directory. */
  async #findDirectory(tree: string, sha: string): Promise<string> {
    const path = this.#path;
    const [directory] = await describeObjects(this.#git, [`${tree}:${path}`]);
    if (directory === undefined || directory.type === 'dangling') {
      this.#reject(`Schemas path does not exist: '${path}' (commit ${sha}). Correct path`);
    }
    if (directory.type === 'symlink') {
      this.#reject(`path must stay in the repository; got '${path}', a symbolic link that leads out of it`);
    }
    if (directory.type !== 'tree') this.#reject(`path must be a directory; got '${path}'`);
    return directory.id;
  }

  /** Returns the schemas in the directory `id` by their paths in it, and fetches them. */
  async #findFiles(id: string, server: readonly string[]): Promise<readonly string[]> {
    const path = this.#path;
    const folders = (await listFolders(this.#git, id, `'${path}'`)).map(({ name }) => name);
    for (const folder of folders) {
      // Git itself creates no such name, but a repository can contain it.
      if (/\p{Cc}|[/\\]|^\.{1,2}$|^\.git$|^$/iu.test(folder)) {
        this.#reject(`'${path}' has a directory that no namespace can have: '${folder}'. Remove it`);
      }
    }
    const entries = await findEntries(
      this.#git,
      id,
      `'${path}'`,
      folders.map((folder) => `${folder}/${SCHEMA_FILE}`),
    );
    // All in one request: git would fetch them one by one when we ask for their sizes.
    const blobs = [...new Set(entries.filter(({ type }) => type === 'blob').map(({ id: blob }) => blob))];
    if (blobs.length > 0) {
      const flags = ['--no-tags', '--recurse-submodules=no', '--filter=blob:none', ...server];
      await this.#ask(['-c', 'fetch.negotiationAlgorithm=noop', 'fetch', ...flags, 'origin', ...blobs]);
    }
    return entries.map(({ name }) => name);
  }

  /** Returns why a place with the name of a schema has none; undefined if it has one. */
  #checkSchema(path: string, object: GitObject | undefined): string | undefined {
    if (object === undefined) return 'it cannot be read';
    if (object.type === 'dangling' || object.type === 'loop' || object.type === 'notdir') {
      return 'it is a symbolic link to nothing';
    }
    if (object.type === 'symlink') {
      this.#reject(`${path} must stay in the repository; got a symbolic link that leads out of it`);
    }
    if (object.type !== 'blob') this.#reject(`${path} must be a regular file; got a directory or a special file`);
    const issue = describeSize(object, this.#git.limits);
    if (issue !== undefined) this.#reject(`${path} ${issue}`);
    return undefined;
  }

  /** @returns the stdout of git, trimmed */
  async #ask(args: readonly string[]): Promise<string> {
    const { isOk, stdout, stderr } = await this.#git.run(args);
    if (!isOk) {
      const advice = adviseOn(stderr);
      const message = advice === undefined ? stderr : `${stderr}\n${advice}`;
      throw new FetchError(this.#name, message, { isLasting: isLasting(stderr) });
    }
    return stdout.toString().trim();
  }

  #reject(message: string): never {
    throw new FetchError(this.#name, message, { isLasting: true });
  }
}
