/**
 * The directory that `fetch-schemas` creates. It is built beside its place and appears whole, by one rename, or not at
 * all. Runs in the command line's main thread.
 */
import { createHash } from 'node:crypto';
import { lstatSync, mkdirSync, mkdtempSync, renameSync, rmdirSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { SCHEMA_FILE } from '../../config/base-directory.js';
import { CommandError } from '../terminal/errors.js';
import type { FetchedSchemas } from './clone.js';

/** A schema that is written, but not yet in the directory. */
interface StagedSchema {
  readonly file: string;
  /** Tells different schemas apart. */
  readonly hash: string;
}

/** The schemas of all repositories, each namespace once. */
export class OutputDirectory {
  /** The temporary folder. The caller removes it. */
  readonly folder: string;
  readonly #path: string;
  /** The highest directory that did not exist; undefined if the directory around `path` existed. */
  readonly #firstParent: string | undefined;
  /** By repository, and then by namespace. On disk and not in memory, since there may be many. */
  readonly #staged = new Map<string, ReadonlyMap<string, StagedSchema>>();
  /** By namespace, the repositories whose schemas were added. */
  readonly #owners = new Map<string, { readonly repository: string; readonly hash: string }>();
  #files = 0;

  /** @throws {CommandError} if `path` exists, or if nothing can be created there */
  constructor(path: string) {
    if (lstatSync(path, { throwIfNoEntry: false })) throw new CommandError(`Output directory already exists: ${path}`);
    this.#path = path;
    const parent = dirname(resolve(path));
    this.#firstParent = attempt(path, () => mkdirSync(parent, { recursive: true }));
    this.folder = attempt(path, () => mkdtempSync(join(parent, '.sentry-options-')));
    attempt(path, () => mkdirSync(join(this.folder, 'out')));
  }

  /** Writes the schemas of a repository to the temporary folder. */
  stage(repository: string, schemas: FetchedSchemas): void {
    const staged = [...schemas].map(([namespace, bytes]) => {
      const file = join(this.folder, `${this.#files++}`);
      attempt(file, () => writeFileSync(file, bytes));
      return [namespace, { file, hash: createHash('sha256').update(bytes).digest('hex') }] as const;
    });
    this.#staged.set(repository, new Map(staged));
  }

  /**
   * Adds the staged schemas of a repository, or, if one conflicts with another repository's, none of them.
   *
   * @returns the reason why none was added; undefined if they were
   */
  add(repository: string): string | undefined {
    const schemas = this.#staged.get(repository) ?? new Map<string, StagedSchema>();
    for (const [namespace, { hash }] of schemas) {
      const owner = this.#owners.get(namespace);
      if (owner !== undefined && owner.hash !== hash) {
        return (
          `${repository}: namespace '${namespace}' already has a different schema, from '${owner.repository}'. ` +
          `No schema of '${repository}' was copied`
        );
      }
    }
    for (const [namespace, { file, hash }] of schemas) {
      if (this.#owners.has(namespace)) continue;
      this.#owners.set(namespace, { repository, hash });
      const target = join(this.folder, 'out', namespace);
      attempt(target, () => mkdirSync(target));
      attempt(target, () => renameSync(file, join(target, SCHEMA_FILE)));
    }
    return undefined;
  }

  /** The number of namespaces that were added. */
  get size(): number {
    return this.#owners.size;
  }

  /** Creates the directory with all added schemas. */
  create(): void {
    attempt(this.#path, () => renameSync(join(this.folder, 'out'), this.#path));
  }

  /** Removes the directories that were created around the directory, unless something is in them. */
  removeParents(): void {
    if (this.#firstParent === undefined) return;
    for (let at = dirname(resolve(this.#path)); at.length >= this.#firstParent.length; at = dirname(at)) {
      try {
        rmdirSync(at);
      } catch {
        // Something is in it.
        return;
      }
    }
  }
}

function attempt<T>(path: string, operation: () => T): T {
  try {
    return operation();
  } catch (error) {
    throw new CommandError(`${path} cannot be written (${(error as Error).message})`, { cause: error });
  }
}
