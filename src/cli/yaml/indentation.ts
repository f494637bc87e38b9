/** Finds the line of a YAML text whose indentation fits no line above. Pure. */

import { describeNoKey } from './key-advice.js';

/** A line of a text. */
interface Line {
  /** The offset of its beginning, and of the beginning of the next one. */
  readonly start: number;
  readonly next: number;
  /** The number of spaces before its content. */
  readonly indent: number;
  /** Without spaces and comments around it; '' if there is nothing else. */
  readonly content: string;
}

/** The number of characters of a line that count: more than a person writes. */
const MAX_LENGTH = 10_000;

/** Returns the line that contains an offset. */
export function lineAt(text: string, offset: number): Line {
  return readLine(text, text.lastIndexOf('\n', offset - 1) + 1);
}

/** Returns the nearest line before `line` that has content; undefined if there is none. */
export function lineBefore(text: string, { start }: Line): Line | undefined {
  for (let at = start; at > 0; ) {
    const line = lineAt(text, at - 1);
    if (line.content !== '') return line;
    at = line.start;
  }
  return undefined;
}

/** Returns the nearest line after `line` that has content; undefined if there is none. */
function lineAfter(text: string, { next }: Line): Line | undefined {
  for (let at = next; at < text.length; ) {
    const line = readLine(text, at);
    if (line.content !== '') return line;
    at = line.next;
  }
  return undefined;
}

function readLine(text: string, start: number): Line {
  const end = text.indexOf('\n', start);
  const next = end < 0 ? text.length : end + 1;
  const line = text.slice(start, Math.min(next, start + MAX_LENGTH)).trimEnd();
  const indent = /^ */.exec(line)?.[0].length ?? 0;
  const content = line
    .slice(indent)
    .replace(/(?:^| )#.*$/, '')
    .trimEnd();
  return { start, next, indent, content };
}

/** An indentation that a list or a mapping has. */
interface Level {
  readonly indent: number;
  /** Whether entries of a list begin there; else keys do. */
  readonly isList: boolean;
  /** Its line, while it has no other, and nothing but spaces is before the level in it. */
  only?: Line;
}

/** What is wrong with an indentation, and where. */
interface WrongIndent {
  readonly message: string;
  readonly offset: number;
}

/**
 * Finds the first line that begins at `from` or later, and whose indentation fits no line above. If it would fit without
 * the line above it, that one may have been moved to the left, or may lack its colon: finds the line above.
 */
export function findWrongIndent(text: string, from: number): WrongIndent | undefined {
  /** The open lists and mappings. */
  let levels: Level[] = [];
  /** The line before, and the levels that it closed. */
  let before: Line | undefined;
  let closed: readonly Level[] = [];
  /** Whether the line before opens a deeper level, and whether it has left the level that the line before it opened. */
  let opens = true;
  let isMoved = false;
  /** A block of text: the indentation of its key, and of its first line. */
  let block: { readonly key: number; text?: number } | undefined;
  let brackets = 0;
  for (let at = 0; at < text.length; ) {
    const line = readLine(text, at);
    at = line.next;
    if (line.content === '') continue;
    if (block !== undefined && line.indent > block.key) {
      block.text ??= line.indent;
      if (line.indent < block.text && line.start >= from) return describe(line, block.text);
      continue;
    }
    block = undefined;
    const isWithin = brackets > 0;
    brackets = Math.max(0, brackets + countBrackets(line.content, isWithin));
    // Within brackets, any indentation is valid.
    if (isWithin) continue;
    const kept = levels.filter(({ indent }) => indent <= line.indent);
    const isKept = kept.at(-1)?.indent === line.indent;
    const isDeeper = opens && line.indent > (levels.at(-1)?.indent ?? -1);
    if (!isKept && !isDeeper && line.start >= from) {
      if (before !== undefined && line.indent > before.indent && !isKeyOrEntry(before.content)) {
        return { message: describeNoKey(before.content), offset: contentOf(before) };
      }
      const isBack = closed.some(({ indent }) => indent === line.indent);
      const isBelow = isMoved && before !== undefined && line.indent > before.indent;
      return (isBack || isBelow) && before !== undefined
        ? describeBoth(before, line)
        : describe(line, findMeant(line, levels), findOtherLine(text, line, levels));
    }
    closed = levels.slice(kept.length);
    isMoved = opens && isKept && !isEntry(line.content);
    before = line;
    levels = isKept ? kept : [...kept, { indent: line.indent, isList: isEntry(line.content), only: line }];
    if (isKept) delete levels.at(-1)?.only;
    // Each `- ` before the content opens a level.
    let { content, indent } = line;
    for (let dash = /^- +/.exec(content); dash !== null; dash = /^- +/.exec(content)) {
      content = content.slice(dash[0].length);
      indent += dash[0].length;
      if (/^[^\s].*:(?: |$)/.test(content) || isEntry(content)) levels.push({ indent, isList: isEntry(content) });
    }
    if (/(?:^|[:-] )[|>][-+\d]*$/.test(content))
      block = /\d/.test(content.slice(content.search(/[|>][-+\d]*$/)))
        ? { key: line.indent, text: 0 }
        : { key: line.indent };
    opens = /:$|^-$|: [&!]\S+$/.test(content) || block !== undefined;
  }
  return undefined;
}

/** Whether a line has a key with its colon, or an entry of a list. */
export function isKeyOrEntry(content: string): boolean {
  return /: |:$|^- |^-$/.test(content);
}

/** Whether a line begins with an entry of a list. */
function isEntry(content: string): boolean {
  return /^-(?: |$)/.test(content);
}

/** The last level that begins before a line does, and the first that begins after it. */
function findAdjacent({ indent }: Line, levels: readonly Level[]): readonly Level[] {
  const after = levels.findIndex((level) => level.indent > indent);
  return after < 0 ? levels.slice(-1) : levels.slice(Math.max(0, after - 1), after + 1);
}

/**
 * Returns what the line may be meant to be indented by: the adjacent levels, of lists for an entry. No key is meant to
 * be beside the outermost ones if it fits another level.
 */
function findMeant(line: Line, levels: readonly Level[]): string {
  const adjacent = findAdjacent(line, levels);
  const alike = adjacent.filter(({ isList }) => isList === isEntry(line.content));
  const likely = (alike.length > 0 ? alike : adjacent).map(({ indent }) => indent);
  return (likely.length > 1 ? likely.filter((indent) => indent > 0) : likely).join(' or ');
}

/**
 * Returns the only line of an adjacent level, if that one is probably wrong instead: the line below has the indentation
 * of this one, or it has an odd indentation, and this one has not. Undefined if there is none.
 */
function findOtherLine(text: string, line: Line, levels: readonly Level[]): number | undefined {
  const only = findAdjacent(line, levels).at(-1)?.only;
  if (only === undefined || only.indent === 0 || isEntry(only.content) !== isEntry(line.content)) return undefined;
  const isOdd = only.indent % 2 === 1 && line.indent % 2 === 0;
  return isOdd || lineAfter(text, line)?.indent === line.indent
    ? text.slice(0, only.start).split('\n').length
    : undefined;
}

/** Counts the brackets that a line opens, less those that it closes. In a text without quotes, brackets do not count. */
function countBrackets(content: string, isWithin: boolean): number {
  const plain = content.replaceAll(/"(?:[^"\\]|\\.)*"|'[^']*'/g, '');
  if (!isWithin && !/(?:^|[:-] +)[[{]/.test(plain)) return 0;
  return plain.replaceAll(/[^[{]/g, '').length - plain.replaceAll(/[^\]}]/g, '').length;
}

function describe(line: Line, meant: number | string, other?: number): WrongIndent {
  const instead = other === undefined ? '' : `, or line ${other} by ${line.indent}`;
  return {
    message: `${describeIndent(line)}, which fits no line above; indent it by ${meant}${instead}`,
    offset: contentOf(line),
  };
}

/** Describes two lines of which either may be wrong. */
function describeBoth(line: Line, { indent: other }: Line): WrongIndent {
  const message = `${describeIndent(line)}, and the one below by ${other}; indent both by ${other}, or both by ${line.indent}`;
  return { message, offset: contentOf(line) };
}

function describeIndent({ indent }: Line): string {
  return `the line is indented by ${indent} ${indent === 1 ? 'space' : 'spaces'}`;
}

function contentOf({ start, indent }: Line): number {
  return start + indent;
}
