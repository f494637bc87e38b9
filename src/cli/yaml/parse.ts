/**
 * YAML as values are written in it: one document, of which JSON can hold everything. The syntax is left to a parser; its
 * first fault is told. All that is wrong beyond the syntax is told at once (`convert.ts`). Pure.
 */

import { Composer, type Document, LineCounter, Parser, type YAMLParseError } from 'yaml';
import { MAX_DEPTH } from '../../files/strict-json.js';
import type { Position } from '../../files/text-position.js';
import { decodePrefix } from '../../files/utf8.js';
import { Converter, type YamlIssue } from './convert.js';
import { createLexer } from './lexer.js';
import type { YamlNode } from './node.js';

/** A text that has been read. */
export interface ParsedYaml {
  /** The document; undefined where there is none in the text, or its syntax is wrong. What is faulty in it is null. */
  readonly root: YamlNode | undefined;
  /** Whether it is no YAML at all: then there is one fault. */
  readonly isMalformed: boolean;
  readonly issues: readonly YamlIssue[];
  /** Where an offset is. */
  positionOf(offset: number): Position;
}

/** Reads `bytes`, which have to be UTF-8; a byte order mark is skipped. Never throws. */
export function parseYaml(bytes: Uint8Array): ParsedYaml {
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
      positionOf,
    };
  };
  const start = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0;
  const text = decodePrefix(bytes.subarray(start));
  const isWhole = Buffer.byteLength(text) === bytes.length - start;
  const control = CONTROL_CHARACTER.exec(text);
  if (control !== null || !isWhole) {
    countLines(text, lines);
    if (control === null) return malformed('invalid UTF-8', text.length);
    const code = (control[0].codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0');
    return malformed(`the character U+${code} is not allowed; write it as an escape in double quotes`, control.index);
  }
  const documents = parse(text, lines);
  if (documents === undefined) return malformed(`more than ${MAX_TOKENS} tokens; make several files of it`, 0);
  for (const [index, document] of documents.entries()) {
    const [error] = document.errors;
    if (error !== undefined) return malformed(describeYamlError(error), skipBlanks(text, error.pos[0]));
    if (index > 0) return malformed('there is more than one document', document.range[0]);
  }
  const contents = documents[0]?.contents ?? null;
  if (contents === null) return { root: undefined, isMalformed: false, issues: [], positionOf };
  const converter = new Converter(text);
  const root = converter.convert(contents);
  return { root, isMalformed: false, issues: converter.issues, positionOf };
}

/** What YAML does not let stand in a text, not even in quotes. */
const CONTROL_CHARACTER = /[^\t\n\r\u0020-\u007E\u0085\u00A0-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/u;

/** What a file may have: about a million values, for which the parser takes a gigabyte. */
const MAX_TOKENS = 2_000_000;

/** The documents in `text`; undefined where it is too large. */
function parse(text: string, lines: LineCounter): readonly Document.Parsed[] | undefined {
  let tokens = 0;
  const parser = new Parser(lines.addNewLine);
  // Scalars stay texts, and tags mean nothing: what they are is for `scalar.ts` to say.
  const composer = new Composer({ schema: 'failsafe', resolveKnownTags: false, merge: false, uniqueKeys: false });
  function* parsed() {
    lines.addNewLine(0);
    for (const lexeme of createLexer().lex(text)) {
      if (++tokens > MAX_TOKENS) return;
      yield* parser.next(lexeme);
    }
    yield* parser.end();
  }
  const documents = [...composer.compose(parsed())];
  return tokens > MAX_TOKENS ? undefined : documents;
}

function countLines(text: string, lines: LineCounter): void {
  lines.addNewLine(0);
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) lines.addNewLine(at + 1);
}

/** Where the text begins that is at fault: the parser may tell the beginning of its line. */
function skipBlanks(text: string, offset: number): number {
  let at = offset;
  while (text[at] === ' ') at++;
  return at;
}

function describeYamlError({ code, message }: YAMLParseError): string {
  // The parser calls itself for each level, until it cannot.
  if (code === 'RESOURCE_EXHAUSTION') return `more than ${MAX_DEPTH} levels in one another`;
  return message.split('\n')[0] ?? '';
}
