/** Finds the position of a value in a JSON text. Pure. */
import { type Node, parseTree } from 'jsonc-parser';
import { findPosition, type Position } from '../../files/text-position.js';

/** A JSON text. Parses it when a position is first needed. */
export class JsonText {
  readonly #text: string;
  #root: Node | undefined;

  /** @param text valid JSON, nested at most as deeply as strict JSON allows */
  constructor(text: string) {
    this.#text = text;
  }

  /**
   * Returns the position of the value at `path`; if there is none, that of its nearest existing parent.
   *
   * @param path names and decimal indexes from the root
   */
  findPosition(path: readonly string[]): Position {
    this.#root ??= parseTree(this.#text);
    let node = this.#root;
    for (const step of path) {
      const next = node && findChild(node, step);
      if (next === undefined) break;
      node = next;
    }
    return findPosition(this.#text, node?.offset ?? 0);
  }
}

function findChild({ type, children = [] }: Node, step: string): Node | undefined {
  if (type === 'array') return /^\d+$/.test(step) ? children[Number(step)] : undefined;
  // Of duplicate keys the last one counts.
  return children.findLast((property) => property.children?.[0]?.value === step)?.children?.[1];
}
