/**
 * Finds the integers that a JavaScript number cannot hold, as written. Runs in the watcher and in the command line, and
 * only for a document with a number beyond ±(2^53 − 1): only the document's text has the original digits.
 */

/** An integer beyond ±(2^53 − 1). */
export interface UnsafeInteger {
  /** The place: the keys, and the indexes in decimal, from the document's root. */
  readonly path: readonly string[];
  /** The digits, with the sign if it is negative. */
  readonly literal: string;
}

/** How many integers are listed below one member of the document's members: each option must be named, not counted. */
const MAX_UNSAFE_INTEGERS = 1_000;

/** The part of a container that is kept: only members with such an integer somewhere below. A literal is a leaf. */
type Tree = Map<string, Tree | string>;

/** A container that is being read. */
interface Frame {
  readonly isArray: boolean;
  readonly members: Tree;
  key: string;
  index: number;
}

/**
 * Finds the integers beyond ±(2^53 − 1) that `text` writes without fraction and exponent. `text` must be valid JSON. An
 * integer does not count if a later duplicate of its key replaces it.
 */
export function findUnsafeIntegers(text: string): readonly UnsafeInteger[] {
  const found: UnsafeInteger[] = [];
  const root = scan(text);
  if (typeof root === 'string') found.push({ path: [], literal: root });
  else if (root !== undefined) collect(root, [], found, Number.POSITIVE_INFINITY);
  return found;
}

/** Scans the document. Returns its tree, or its only literal; undefined if it has no such integer. */
function scan(text: string): Tree | string | undefined {
  const frames: Frame[] = [];
  let result: Tree | string | undefined;

  // Stores every value in its place, even one without such an integer: it may replace a value with one.
  const put = (value: Tree | string | undefined): void => {
    const frame = frames.at(-1);
    if (frame === undefined) {
      result = value;
    } else if (!frame.isArray) {
      if (value === undefined) frame.members.delete(frame.key);
      else frame.members.set(frame.key, value);
    } else if (value !== undefined && frame.members.size < MAX_UNSAFE_INTEGERS) {
      frame.members.set(String(frame.index), value);
    }
  };

  for (let at = 0; at < text.length; ) {
    const frame = frames.at(-1);
    let next = at + 1;
    switch (text[at]) {
      case '"':
        next = findStringEnd(text, at);
        if (frame !== undefined && !frame.isArray && isKey(text, next)) frame.key = JSON.parse(text.slice(at, next));
        else put(undefined);
        break;
      case '{':
      case '[':
        frames.push({ isArray: text[at] === '[', members: new Map(), key: '', index: 0 });
        break;
      case '}':
      case ']':
        frames.pop();
        put(frame === undefined || frame.members.size === 0 ? undefined : frame.members);
        break;
      case ',':
        if (frame !== undefined) frame.index++;
        break;
      case ':':
      case ' ':
      case '\t':
      case '\r':
      case '\n':
        break;
      default: {
        next = findScalarEnd(text, at);
        put(toUnsafeLiteral(text.slice(at, next)));
      }
    }
    at = next;
  }
  return result;
}

/** Finds the offset after the string that begins at `start`. */
function findStringEnd(text: string, start: number): number {
  let at = start + 1;
  while (text[at] !== '"') at += text[at] === '\\' ? 2 : 1;
  return at + 1;
}

/** Finds the offset after the number, `true`, `false` or `null` that begins at `start`. */
function findScalarEnd(text: string, start: number): number {
  SCALAR.lastIndex = start;
  SCALAR.test(text);
  return SCALAR.lastIndex;
}

const SCALAR = /[-+.\w]+/y;

function toUnsafeLiteral(scalar: string): string | undefined {
  return scalar.length > 15 && /^-?\d+$/.test(scalar) && !Number.isSafeInteger(Number(scalar)) ? scalar : undefined;
}

/** Whether the string that ends before `offset` is a key. */
function isKey(text: string, offset: number): boolean {
  let at = offset;
  while (text[at] === ' ' || text[at] === '\n' || text[at] === '\r' || text[at] === '\t') at++;
  return text[at] === ':';
}

/** Lists the literals of `tree` until there are `limit` in all. Each member of a member has its own limit. */
function collect(tree: Tree, path: readonly string[], found: UnsafeInteger[], limit: number): void {
  for (const [key, member] of tree) {
    if (found.length >= limit) return;
    const place = [...path, key];
    const end = place.length === 2 ? found.length + MAX_UNSAFE_INTEGERS : limit;
    if (typeof member === 'string') found.push({ path: place, literal: member });
    else collect(member, place, found, end);
  }
}
