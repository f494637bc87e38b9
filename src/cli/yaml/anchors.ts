/**
 * The values of a document's anchors, and the limits of what its aliases may expand to: a few lines must not become
 * gigabytes. Pure.
 */
import { type Document, isAlias, isMap, isSeq, type Node } from 'yaml';
import { MAX_FILE_BYTES } from '../../files/read.js';
import { MAX_DEPTH } from '../../files/strict-json.js';
import type { YamlNode } from './node.js';

/** The issue of a value with too many levels. */
export const TOO_DEEP = `more than ${MAX_DEPTH} nested levels`;

/** How many aliases may be followed, in all expansions, for each event of the parser; as in the Rust command line. */
const FOLLOWED_PER_EVENT = 100;

/** An anchor. It belongs to its name until the next anchor of that name begins. */
interface Anchor {
  /** Undefined while the value is being converted. */
  value?: YamlNode;
}

/** The anchors of one document, in document order. */
export class Anchors {
  readonly #anchors = new Map<string, Anchor>();
  readonly #maxFollowed: number;
  /** How many aliases have been followed so far, within expansions, too. */
  #followed = 0;
  /** The number of characters that aliases have expanded to so far. */
  #expanded = 0;
  #isExhausted = false;

  constructor(document: Document['contents']) {
    this.#maxFollowed = FOLLOWED_PER_EVENT * countEvents(document);
  }

  /** Adds the anchor of a value that begins here. Set its value when it ends. */
  open(name: string): Anchor {
    const anchor: Anchor = {};
    this.#anchors.set(name, anchor);
    return anchor;
  }

  /**
   * Returns the value of the nearest anchor `name` above, or what is wrong with the alias; for an alias after the one
   * that exceeds a limit, undefined.
   *
   * @param depth the number of lists and mappings around the alias
   */
  resolve(name: string, depth: number): YamlNode | string | undefined {
    const anchor = this.#anchors.get(name);
    if (anchor === undefined)
      return `the alias *${name} has no anchor before it in this file; quote it if it is a text`;
    const { value } = anchor;
    if (value === undefined) {
      return `recursion limit exceeded: the alias *${name} refers to a value that contains it`;
    }
    if (depth + value.levels > MAX_DEPTH) return TOO_DEEP;
    if (this.#isExhausted) return undefined;
    this.#followed += 1 + value.aliases;
    this.#expanded += value.size;
    const issue = this.#checkLimits(name);
    if (issue === undefined) return value;
    this.#isExhausted = true;
    return issue;
  }

  #checkLimits(name: string): string | undefined {
    const upTo = `repetition limit exceeded: the aliases up to *${name}`;
    if (this.#followed > this.#maxFollowed) {
      return `${upTo} follow more than ${this.#maxFollowed} aliases, ${FOLLOWED_PER_EVENT} for each value and each end of a list or mapping`;
    }
    if (this.#expanded > MAX_FILE_BYTES) return `${upTo} expand to more than ${MAX_FILE_BYTES} characters`;
    return undefined;
  }
}

/** Counts the events of a parser: one for each scalar and alias, two for each list and mapping. */
function countEvents(node: Node | null): number {
  let count = 1;
  if (node === null || isAlias(node)) return count;
  if (isSeq(node)) for (const item of node.items) count += countEvents(item as Node | null);
  else if (isMap(node)) {
    for (const { key, value } of node.items)
      count += countEvents(key as Node | null) + countEvents(value as Node | null);
  } else return count;
  return count + 1;
}
