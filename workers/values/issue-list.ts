/**
 * Collects the issues of all files of a load, up to a length that does not depend on the number of files: the message of
 * the error lists them all. Runs in the watcher thread.
 */
import type { Issue } from '../../src/common/errors.js';
import { MAX_ISSUES_LENGTH } from '../../src/schema/issues.js';

/** The most characters of all issues, four times those of one file. Further files are only counted. */
const MAX_LENGTH = 4 * MAX_ISSUES_LENGTH;

/** The issues of a load. */
export class IssueList {
  readonly #issues: Issue[] = [];
  #length = 0;
  #omitted = 0;

  /** Whether no file has an issue. */
  get isEmpty(): boolean {
    return this.#issues.length === 0;
  }

  /** Adds the issues of one more file; only the first one if the list is long, none if it is full. */
  add(issues: readonly Issue[]): void {
    const [first, second] = issues;
    if (first === undefined) return;
    if (this.#length >= MAX_LENGTH) this.#omitted++;
    else if (second === undefined || this.#length < MAX_ISSUES_LENGTH) issues.forEach(this.#push);
    else
      [first, { ...second, pointer: '', message: 'and more issues of this file, not listed here' }].forEach(this.#push);
  }

  /** Returns the list, which ends with the number of files that it leaves out. */
  toArray(): readonly Issue[] {
    const last = this.#issues.at(-1);
    if (this.#omitted === 0 || last === undefined) return this.#issues;
    const files = this.#omitted === 1 ? '1 more file' : `${this.#omitted} more files`;
    return [...this.#issues, { ...last, pointer: '', message: `and the issues of ${files}, not listed here` }];
  }

  readonly #push = (issue: Issue): void => {
    this.#issues.push(issue);
    this.#length += issue.file.length + issue.pointer.length + issue.message.length;
  };
}
