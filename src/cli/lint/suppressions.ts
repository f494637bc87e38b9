/** The comments that suppress findings: `# sentry-options-ignore rollout-0: meant, since …`. Pure. */
import type { FindingCode } from './findings.js';

const COMMENT = /(?:^|\s)#\s*sentry-options-ignore\s+([\w-]+(?:,[ ]?[\w-]+){0,20})/;

/** The comments of one file. */
export class Suppressions {
  /** The codes of the comment on each line, from 1. */
  readonly #codes = new Map<number, readonly string[]>();

  constructor(text: string) {
    for (const [index, line] of text.split('\n').entries()) {
      const codes = COMMENT.exec(line)?.[1];
      if (codes !== undefined) this.#codes.set(index + 1, codes.split(/,[ ]?/));
    }
  }

  /** Whether a comment on one of `lines` names `code`. */
  has(code: FindingCode, lines: readonly number[]): boolean {
    return lines.some((line) => this.#codes.get(line)?.includes(code) === true);
  }
}
