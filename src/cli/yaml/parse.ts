/**
 * Parses a YAML file of values: one document whose values JSON can represent. Reports the first syntax error of the
 * parser, or all issues that `convert.ts` finds. A top-level `definitions` may hold any YAML. Pure.
 */

import { type Document, LineCounter } from 'yaml';
import type { Position } from '../../files/text-position.js';
import { decodePrefix } from '../../files/utf8.js';
import { Converter } from './convert.js';
import { diagnose } from './diagnose.js';
import type { YamlIssue } from './issue.js';
import type { YamlNode } from './node.js';
import { parseDocuments, YamlSyntaxError } from './parser.js';

/** A parsed file. */
export interface ParsedYaml {
  /** The document, with null for each node that has an issue; undefined if the file is empty or malformed. */
  readonly root: YamlNode | undefined;
  /** Whether the syntax is invalid; then there is exactly one issue. */
  readonly isMalformed: boolean;
  readonly issues: readonly YamlIssue[];
  /** What JSON cannot represent of the top-level `definitions`. No issues, since only aliases take values from there. */
  readonly unused: readonly YamlIssue[];
  /**
   * The offsets of each `- ` that begins a line, and continues a text without quotes: probably an entry of a list that
   * was indented too deep. At most `MAX_ISSUES`, and one for each text.
   */
  readonly movedEntries: readonly number[];
  /** Returns the line and the column of an offset, both from 1. */
  positionOf(offset: number): Position;
}

/**
 * Parses `bytes`, which must be UTF-8. Skips a byte-order mark. Never throws.
 *
 * @param isLenient whether to accept what the Rust command line accepts in a file that no service reads: of a key that is
 *   given twice the last one counts, `<<` is a key like any other, and a number that JSON cannot represent is null
 */
export function parseYaml(bytes: Uint8Array, { isLenient = false } = {}): ParsedYaml {
  const lines = new LineCounter();
  const positionOf = (offset: number): Position => {
    const { line, col } = lines.linePos(offset);
    return { line, column: col };
  };
  const malformed = (message: string, offset: number): ParsedYaml => {
    return {
      root: undefined,
      isMalformed: true,
      issues: [{ path: [], message, offset, isValue: false, isKey: false }],
      unused: [],
      movedEntries: [],
      positionOf,
    };
  };
  const start = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0;
  // A lone CR is a line break in YAML, but not for the parser. The offsets stay the same.
  const text = decodePrefix(bytes.subarray(start)).replaceAll(/\r(?!\n)/g, '\n');
  const isWhole = Buffer.byteLength(text) === bytes.length - start;
  const control = CONTROL_CHARACTER.exec(text);
  if (control !== null || !isWhole) {
    countLines(text, lines);
    if (control === null) return malformed('invalid UTF-8', text.length);
    const code = (control[0].codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0');
    return malformed(`the character U+${code} is not allowed; write it as an escape in double quotes`, control.index);
  }
  let documents: readonly Document.Parsed[];
  try {
    documents = parseDocuments(text, lines.addNewLine);
  } catch (error) {
    if (!(error instanceof YamlSyntaxError)) throw error;
    const { message, offset } = diagnose(text, error);
    return malformed(message, offset);
  }
  const [document, second] = documents;
  if (second !== undefined)
    return malformed('the file must have one document; got more than one: remove the line ---', second.range[0]);
  const contents = document?.contents ?? null;
  if (contents === null)
    return { root: undefined, isMalformed: false, issues: [], unused: [], movedEntries: [], positionOf };
  const converter = new Converter(contents, text, isLenient, (offset) => positionOf(offset).line);
  const root = converter.convert();
  const { issues, unused, movedEntries } = converter;
  return { root, isMalformed: false, issues, unused, movedEntries, positionOf };
}

/** A character that YAML allows only as an escape, even in quotes. */
const CONTROL_CHARACTER = /[^\t\n\r\u0020-\u007E\u0085\u00A0-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/u;

function countLines(text: string, lines: LineCounter): void {
  lines.addNewLine(0);
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) lines.addNewLine(at + 1);
}
