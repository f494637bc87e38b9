/** The comments that suppress findings and warnings: `# sentry-options-ignore rollout-0: meant, since …`. Pure. */
import { formatName } from '../../common/text.js';
import type { Position } from '../../files/text-position.js';
import { FINDING_CODES, type FindingCode } from '../lint/findings.js';
import { suggestSimilar } from '../terminal/suggest.js';

/** The code of a target that only one namespace has, which each command warns of. */
export const LONE_TARGET = 'lone-target';

const CODES: readonly string[] = [...FINDING_CODES, LONE_TARGET];

const COMMENT = /(?:^|\s)#\s*sentry-options-ignore(?![\w-])(?:\s+([\w-]+(?:,[ ]?[\w-]+){0,20}))?/;

/** A comment that suppresses nothing, and why. */
interface Mistake extends Position {
  readonly message: string;
}

/** The comments of one file. */
export class Suppressions {
  /** The comments with a code that does not exist, or without any. */
  readonly mistakes: readonly Mistake[];
  /** The codes of the comment on each line, from 1. */
  readonly #codes = new Map<number, readonly string[]>();

  constructor(text: string) {
    const mistakes: Mistake[] = [];
    for (const [index, content] of text.split('\n').entries()) {
      const match = COMMENT.exec(content);
      if (match === null) continue;
      const codes = match[1]?.split(/,[ ]?/) ?? [];
      this.#codes.set(index + 1, codes);
      const unknown = codes.find((code) => !CODES.includes(code));
      if (codes.length > 0 && unknown === undefined) continue;
      const what = unknown === undefined ? 'names no code' : `names ${formatName(unknown)}, which is no code`;
      const advice = suggestSimilar(unknown ?? '', CODES) || `; the codes are ${CODES.join(', ')}`;
      const column = content.indexOf('#', match.index) + 1;
      mistakes.push({ message: `The comment ${what}${advice}`, line: index + 1, column });
    }
    this.mistakes = mistakes;
  }

  /** Whether a comment anywhere says that a target is meant that only one namespace has. */
  get isLoneTargetMeant(): boolean {
    return [...this.#codes.values()].some((codes) => codes.includes(LONE_TARGET));
  }

  /** Whether a comment on one of `lines` names `code`. */
  has(code: FindingCode, lines: readonly number[]): boolean {
    return lines.some((line) => this.#codes.get(line)?.includes(code) === true);
  }
}
