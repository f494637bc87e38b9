/** The error of an attempt to fetch. Pure. */

/** The schemas of a repository could not be fetched. The message begins with the repository's name. */
export class FetchError extends Error {
  override readonly name = 'FetchError';
  /** Whether another attempt would fail in the same way. */
  readonly isLasting: boolean;

  constructor(repository: string, message: string, { isLasting = false, cause }: FetchErrorOptions = {}) {
    super(`${repository}: ${message}`, { cause });
    this.isLasting = isLasting;
  }
}

interface FetchErrorOptions {
  readonly isLasting?: boolean;
  readonly cause?: unknown;
}
