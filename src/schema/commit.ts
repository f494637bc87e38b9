/** What may name the commit that values were generated from. Pure; runs with the validator, never in a reader. */

/** Anything that git and other systems use, and that can be shown anywhere: in a log, a label of a metric, a page. */
const COMMIT = /^[\w.+/-]{1,64}$/;

/** Whether `text` can name a commit: a SHA, a tag, a branch, a number. */
export function isCommit(text: string): boolean {
  return COMMIT.test(text);
}
