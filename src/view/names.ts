/** One thread's access to the names of a store, which other code may have overwritten. Runs in readers. */
import type { SnapshotUnreadableError } from '../common/errors.js';
import type { Catalog } from '../names/catalog.js';
import { CatalogCorruptedError } from '../names/name-table.js';
import { describeFailure, isCorruption, makeUnreadableError, OVERWRITTEN, RESTART } from './read-failure.js';

/** What {@link describeFailure} calls the names. */
const CATALOG = 'the catalog';

/** The names of all namespaces and options. */
export class Names {
  readonly #catalog: Catalog;
  readonly #onCorruption: (message: string) => void;

  /** `onCorruption` receives the message for each corruption that this thread finds. */
  constructor(catalog: Catalog, onCorruption: (message: string) => void) {
    this.#catalog = catalog;
    this.#onCorruption = onCorruption;
  }

  /**
   * Calls `read`, which decodes names of the catalog.
   *
   * @throws {SnapshotUnreadableError} if other code has overwritten them, or this thread has no stack or memory left
   */
  read<T>(read: (catalog: Catalog) => T): T {
    try {
      return read(this.#catalog);
    } catch (error) {
      throw this.#reject(error);
    }
  }

  /** Throws as {@link read} does if other code has overwritten the catalog. Call it if a name is not found. */
  check(): void {
    if (!this.#catalog.isIntact) throw this.#reject(new CatalogCorruptedError(OVERWRITTEN));
  }

  /** Describes what keeps this thread from reading the names; undefined if nothing does. */
  findProblem(): string | undefined {
    return this.#catalog.isIntact ? undefined : describeFailure(CATALOG, new CatalogCorruptedError(OVERWRITTEN));
  }

  #reject(error: unknown): SnapshotUnreadableError {
    if (isCorruption(error)) this.#onCorruption(describeFailure(CATALOG, error));
    return makeUnreadableError(CATALOG, error, RESTART);
  }
}
