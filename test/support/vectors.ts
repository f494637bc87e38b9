/** Reads the vectors in `test/vectors`: results of the Rust core, with schemas and values as they were written. */
import { readFileSync } from 'node:fs';
import { findNodeAtLocation, parseTree } from 'jsonc-parser';

/** A result of the Rust core: whether the input is valid, else the error. */
export interface Answer {
  readonly valid: boolean;
  readonly error?: string;
}

/** One file of vectors. */
export interface Vectors<T> {
  readonly cases: readonly T[];
  /** Returns the source of a part, such as `['cases', 3, 'schema']`: `JSON.parse` loses how numbers are written. */
  textOf(path: readonly (string | number)[]): string;
}

/** Reads `test/vectors/FILE.json`. */
export function readVectors<T>(file: string): Vectors<T> {
  const text = readFileSync(new URL(`../vectors/${file}.json`, import.meta.url), 'utf8');
  const tree = parseTree(text);
  return {
    cases: (JSON.parse(text) as { cases: T[] }).cases,
    textOf(path) {
      const node = tree && findNodeAtLocation(tree, [...path]);
      if (node === undefined) throw new Error(`no ${path.join('/')} in ${file}.json`);
      return text.slice(node.offset, node.offset + node.length);
    },
  };
}
