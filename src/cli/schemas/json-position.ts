/** Where in a JSON text a value stands. */
import { type Node, parseTree } from 'jsonc-parser';
import { findPosition, type Position } from '../../files/text-position.js';

/** A JSON text whose values can be found. */
export class JsonText {
  readonly #text: string;
  #root: Node | undefined;

  /** @param text valid JSON, with as many levels as strict JSON may have */
  constructor(text: string) {
    this.#text = text;
  }

  /**
   * Where the value at `path` begins, by names and decimal indexes from the root; where the nearest one around it does,
   * if there is none.
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
  // The last of duplicate keys counts.
  return children.findLast((property) => property.children?.[0]?.value === step)?.children?.[1];
}
