/** Finds the positions of values in a JSON text. Pure. */
import { type Node, parseTree } from 'jsonc-parser';
import type { Position } from '../../files/text-position.js';

/**
 * A JSON text. Parses it when a position is first needed, and keeps what it has found: a text may have a thousand
 * issues in one object of a million members.
 */
export class JsonText {
  readonly #text: string;
  /** The members of the objects on the paths so far. */
  readonly #members = new Map<Node, ReadonlyMap<string, Node>>();
  #root: Node | undefined;
  /** The offset of each line; empty until it is needed. */
  readonly #lines: number[] = [];

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
    let node = this.#findRoot();
    for (const step of path) {
      const next = node && this.#findChild(node, step);
      if (next === undefined) break;
      node = next;
    }
    return this.#toPosition(node?.offset ?? 0);
  }

  /** Returns the position of the name of the property at `path`, names from the root; undefined if there is none. */
  findName(path: readonly string[]): Position | undefined {
    let node = this.#findRoot();
    for (const step of path) node = node?.type === 'object' ? this.#findChild(node, step) : undefined;
    return node?.parent === undefined ? undefined : this.#toPosition(node.parent.offset);
  }

  #findRoot(): Node | undefined {
    this.#root ??= parseTree(this.#text);
    return this.#root;
  }

  #findChild(node: Node, step: string): Node | undefined {
    const { type, children = [] } = node;
    if (type === 'array') return /^\d+$/.test(step) ? children[Number(step)] : undefined;
    const members = this.#members.get(node) ?? toMembers(children);
    this.#members.set(node, members);
    return members.get(step);
  }

  #toPosition(offset: number): Position {
    if (this.#lines.length === 0) {
      for (let at = 0; at >= 0; at = this.#text.indexOf('\n', at) + 1 || -1) this.#lines.push(at);
    }
    let [line, end] = [0, this.#lines.length];
    while (end - line > 1) {
      const middle = (line + end) >> 1;
      if ((this.#lines[middle] as number) <= offset) line = middle;
      else end = middle;
    }
    return { line: line + 1, column: offset - (this.#lines[line] as number) + 1 };
  }
}

/** Returns the values of an object's properties by name. Of duplicate keys the last one counts. */
function toMembers(properties: readonly Node[]): ReadonlyMap<string, Node> {
  return new Map(properties.map(({ children: [key, value] = [] }) => [key?.value as string, value as Node]));
}
