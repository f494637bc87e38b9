/**
 * Collects the issues of all files of a load, up to a length that does not depend on the number of files: the message of
 * the error lists them all. Runs in the watcher thread.
 */
import type { Issue } from '../../src/common/errors.js';
import { MAX_ISSUES_LENGTH } from '../../src/schema/issues.js';

/** The most characters of all issues, four times those of one file. Further files are only counted. */
const MAX_LENGTH = 4 * MAX_ISSUES_LENGTH;

/** How many issues of a file are listed: none, the first, or all. */
export const Detail = { NONE: 0, FIRST: 1, ALL: 2 } as const;
export type Detail = (typeof Detail)[keyof typeof Detail];

/** The issues of a load. */
export class IssueList {
  readonly #issues: Issue[] = [];
  #length = 0;
  #omitted = 0;

  /** Whether no file has an issue. */
  get isEmpty(): boolean {
    return this.#issues.length === 0;
  }

  /** How many issues of the next file are listed: all, only the first if the list is long, none if it is full. */
  get detail(): Detail {
    if (this.#length >= MAX_LENGTH) return Detail.NONE;
    return this.#length < MAX_ISSUES_LENGTH ? Detail.ALL : Detail.FIRST;
  }

  /** Adds the issues of one more file, of which there must be at least one. Returns those that it lists. */
  add(issues: readonly Issue[]): readonly Issue[] {
    const listed = select(issues, this.detail);
    if (listed.length === 0) this.#omitted++;
    for (const issue of listed) {
      this.#issues.push(issue);
      this.#length += issue.file.length + issue.pointer.length + issue.message.length;
    }
    return listed;
  }

  /** Returns the list, which ends with the number of files that it leaves out. */
  toArray(): readonly Issue[] {
    const last = this.#issues.at(-1);
    if (this.#omitted === 0 || last === undefined) return this.#issues;
    const files = this.#omitted === 1 ? '1 more file' : `${this.#omitted} more files`;
    return [...this.#issues, { ...last, pointer: '', message: `and the issues of ${files}, not listed here` }];
  }
}

function select(issues: readonly Issue[], detail: Detail): readonly Issue[] {
  const [first, second] = issues;
  if (detail === Detail.NONE || first === undefined) return [];
  if (detail === Detail.ALL || second === undefined) return issues;
  return [first, { ...second, pointer: '', message: 'and more issues of this file, not listed here' }];
}
