/**
 * Remembers the verdicts on bytes that are not published: beside a rejected file, or within the granularity of timestamps,
 * each poll reads the files again, and parsing the same bytes again would only cost memory. Runs in the watcher thread.
 */
import type { Issue } from '../../src/common/errors.js';
import type { Detail } from './issue-list.js';

/** The verdict on valid bytes, in a load that was rejected all the same. */
interface Valid {
  readonly isValid: true;
  /** The size of the encoded values, in bytes; 0 if they were not encoded. */
  readonly size: number;
}

/** The verdict on bytes that are invalid, or held back. */
interface Invalid {
  readonly isValid: false;
  readonly cause: 'invalid' | 'suspicious';
  /** The issues that the load listed. */
  readonly issues: readonly Issue[];
  readonly detail: Detail;
  /** Whether the file may be half-written. */
  readonly mayChange: boolean;
}

export type Verdict = Valid | Invalid;

/** The last verdict on each file. As large as the list of issues of one load, whatever the number of files. */
export class Verdicts {
  readonly #last = new Map<string, { readonly hash: string; readonly verdict: Verdict }>();

  /**
   * Returns the last verdict on the file of `namespace` if it was on bytes with this hash.
   *
   * @param detail how many issues of an invalid file the caller lists; if fewer are known, there is no verdict
   */
  recall(namespace: string, hash: string, detail: Detail): Verdict | undefined {
    const last = this.#last.get(namespace);
    if (last?.hash !== hash) return undefined;
    const { verdict } = last;
    return verdict.isValid || verdict.detail >= detail ? verdict : undefined;
  }

  /** Returns the hash of the bytes of the last verdict on the file of `namespace`. */
  hashOf(namespace: string): string | undefined {
    return this.#last.get(namespace)?.hash;
  }

  /** Replaces the last verdict on the file of `namespace`. */
  keep(namespace: string, hash: string, verdict: Verdict): void {
    this.#last.set(namespace, { hash, verdict });
  }

  /** Forgets the verdict on the file of `namespace`, which has other bytes now. */
  forget(namespace: string): void {
    this.#last.delete(namespace);
  }

  /** Forgets all verdicts but those on the files of `namespaces`, once the other files are published. */
  retain(namespaces: ReadonlyMap<string, unknown>): void {
    for (const namespace of this.#last.keys()) if (!namespaces.has(namespace)) this.#last.delete(namespace);
  }
}
