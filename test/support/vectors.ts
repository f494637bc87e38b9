/** The vectors in `test/vectors`: what the family answers, with schemas and values as they were written. */
import { readFileSync } from 'node:fs';
import { findNodeAtLocation, parseTree } from 'jsonc-parser';

/** An answer of the family: whether it takes what it was asked, else why not. */
export interface Answer {
  readonly valid: boolean;
  readonly error?: string;
}

/** One file of vectors. */
export interface Vectors<T> {
  readonly cases: readonly T[];
  /** The text of a part of a case, as `JSON.parse` loses what a number was written as: `['cases', 3, 'schema']`. */
  textOf(path: readonly (string | number)[]): string;
}

/** The vectors of `test/vectors/FILE.json`. */
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
