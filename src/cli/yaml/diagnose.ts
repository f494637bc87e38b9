/**
 * Says in plain words what is wrong with the syntax of a YAML text, at the place where the mistake begins: the parser
 * knows only where it can go no further. Pure.
 */
import { Lexer } from 'yaml';
import { truncate } from '../../common/text.js';
import { findWrongIndent, isKeyOrEntry, lineAt, lineBefore } from './indentation.js';
import { describeNoKey } from './key-advice.js';
import { createLexer } from './lexer.js';

/** What is wrong, and where it begins. */
export interface Diagnosis {
  readonly message: string;
  /** The offset in the text, in UTF-16 units. */
  readonly offset: number;
}

/** An error of the parser. */
export interface ParserError extends Diagnosis {
  /** The parser's name for this kind of error. */
  readonly code: string;
}

/** The maximum number of characters of a message, which may quote a whole token. */
const MAX_MESSAGE = 200;

/** The errors that an indentation, or an open quote or bracket, may cause. */
const OF_STRUCTURE = new Set([
  'BAD_INDENT',
  'BLOCK_AS_IMPLICIT_KEY',
  'BLOCK_IN_FLOW',
  'MISSING_CHAR',
  'MULTILINE_IMPLICIT_KEY',
  'UNEXPECTED_TOKEN',
]);

/** Diagnoses an error of the parser in `text`. Its time is proportional to the length of the text. */
export function diagnose(text: string, error: ParserError): Diagnosis {
  const found = findConflict(text) ?? findTemplate(text, error) ?? findScalar(text, error);
  if (found !== undefined) return found;
  const structure = OF_STRUCTURE.has(error.code) ? findStructure(text, error) : undefined;
  const first = truncate(error.message.split('\n', 1)[0] ?? '', MAX_MESSAGE);
  return structure ?? { message: first, offset: skipBlanks(text, error.offset) };
}

/** Finds what git leaves in a file that it could not merge: its marks, perhaps without the first one. */
function findConflict(text: string): Diagnosis | undefined {
  const found = /^(?:<{7} |[|>]{7} |={7}$)/m.exec(text);
  if (found === null) return undefined;
  const message = found[0].startsWith('<')
    ? 'a merge conflict of git begins here; resolve it'
    : 'the line is left over from a merge conflict of git; remove it, and check the lines around it';
  return { message, offset: found.index };
}

/** Finds a line of a template, such as `{{- if .Values.x }}`, where the parser cannot continue. */
function findTemplate(text: string, error: ParserError): Diagnosis | undefined {
  const { start, indent, content } = lineAt(text, skipBlanks(text, error.offset));
  if (!/^\{[{%]/.test(content)) return undefined;
  return { message: 'the line is part of a template; write what the template generates', offset: start + indent };
}

/** Finds a scalar that must be in quotes or needs an escape, and a tab. */
function findScalar(text: string, { code, message, offset }: ParserError): Diagnosis | undefined {
  const at = skipBlanks(text, offset);
  switch (code) {
    case 'TAB_AS_INDENT':
      return { message: 'the line is indented by a tab; use spaces', offset: text.indexOf('\t', offset) };
    case 'BAD_SCALAR_START':
      return { message: `a value that begins with "${text[at]}" must be in quotes`, offset: at };
    case 'BAD_DQ_ESCAPE': {
      const written = text.slice(offset, offset + 2);
      return { message: `${written} is no escape; write \\${written}, or put the value in single quotes`, offset };
    }
    default:
      if (/^(?:Alias|Anchor) cannot be an empty string/.test(message)) {
        return { message: `a value that begins with "${text[at]}" must be in quotes`, offset: at };
      }
      if (message.startsWith('Comments must be separated')) {
        return { message: 'a space is missing before "#", which begins a comment; or put the value in quotes', offset };
      }
      if (!/^(?:Block scalar header|Not a YAML token)/.test(message)) return undefined;
      return {
        message: 'a value that begins with "|" or ">" must be in quotes, unless its text is in the next lines',
        offset: at,
      };
  }
}

/** Finds a quote or a bracket that is not closed, a missing colon or comma, or a line with a wrong indentation. */
function findStructure(text: string, error: ParserError): Diagnosis | undefined {
  const { offset } = error;
  const ours = scan(createLexer(), text, offset);
  const { before, isInBrackets } = ours;
  const isOpen = isInBrackets || ours.quote !== undefined || before?.isLong === true;
  // The library's lexer ends quotes and brackets at a line that is indented less, and so finds where they begin.
  const { quote, bracket } = isOpen ? scan(new Lexer(), text, offset) : ours;
  if (quote !== undefined) return { message: `the quote ${text[quote]} that begins here is not closed`, offset: quote };
  if (bracket !== undefined)
    return { message: `the "${text[bracket]}" that begins here is not closed`, offset: bracket };
  const at = skipBlanks(text, offset);
  if (isInBrackets) {
    if (text[at] === '-')
      return { message: 'within brackets, commas separate the entries of a list, and no "- "', offset: at };
    return { message: 'a comma is missing between two entries', offset: at };
  }
  if (/[\]}]/.test(text[at] ?? '')) {
    return { message: `the "${text[at]}" has no opening bracket before it`, offset: at };
  }
  // Behind a line break, the indentation of a line is wrong.
  if (before !== undefined && text.slice(lineAt(text, at).start, at).trim() !== '') {
    const advice = `put all of the value in quotes, and write ${before.quote === "'" ? "''" : '\\"'} for a quote within`;
    return { message: `there is text after the closing quote; ${advice}`, offset: at };
  }
  return findLine(text, at);
}

/** Finds a line without a colon, with two, or with a wrong indentation. */
function findLine(text: string, offset: number): Diagnosis | undefined {
  const line = lineAt(text, offset);
  const content = line.content.replace(/^(?:- +)+/, '');
  if (/^[^\s'":#]+:[^\s:/]/.test(content) && !/: |:$/.test(content)) {
    return { message: 'a space is missing after the colon', offset };
  }
  if (/^[^\s'"]+: [^'"[{#|>]*: /.test(content)) {
    const isKey = /^[^\s'"]+: [\w.-]+: /.test(content);
    const advice = isKey ? '; or, if a key begins there, put it into a line of its own below, indented deeper' : '';
    return { message: `the value has a colon and a space in it, so it must be in quotes${advice}`, offset };
  }
  const closed = /[\]}](?= *$)/.exec(text.slice(line.start, offset))?.[0];
  if (closed !== undefined) {
    return {
      message: `there is text after the "${closed}"; put all of the value in quotes, or remove the text`,
      offset,
    };
  }
  if (/: [?-] /.test(line.content)) {
    return {
      message: 'a list begins in the line below its key; a text that begins with "- " or "? " must be in quotes',
      offset,
    };
  }
  const wrong = findWrongIndent(text, line.start);
  if (wrong !== undefined) return wrong;
  if (!isKeyOrEntry(line.content)) {
    const { indent = 0, content: before = '' } = lineBefore(text, line) ?? {};
    const block = line.indent <= indent ? /: ([|>])[-+\d]*$/.exec(before)?.[1] : undefined;
    if (block === undefined) return { message: describeNoKey(line.content), offset };
    return { message: `the text of the "${block}" above must be indented deeper than its key`, offset };
  }
  if (!/^- |^-$/.test(line.content))
    return { message: 'a key is beside the entries of a list; correct its indentation', offset };
  return { message: 'an entry of a list is beside keys; indent it below the key that it belongs to', offset };
}

/** What the text has open at an offset. */
interface Scan {
  /** The offset of a quote that is not closed where the text around it ends. */
  readonly quote: number | undefined;
  /** The same for a bracket. */
  readonly bracket: number | undefined;
  /** The quote of a text that is closed just before the offset, and whether the text has several lines. */
  readonly before: { readonly quote: string; readonly isLong: boolean } | undefined;
  readonly isInBrackets: boolean;
}

/** The marks that the lexer puts between the parts of the text: of a document, an error in brackets, and a scalar. */
const MARKS = ['\u0002', '\u0018', '\u001f'];

/** Scans up to `end`. Use the lexer once. */
function scan(lexer: Lexer, text: string, end: number): Scan {
  const open: number[] = [];
  let before: Scan['before'];
  let isInBrackets = false;
  let at = 0;
  for (const lexeme of lexer.lex(text)) {
    if (lexeme === '\u0018' && open.length > 0) return { quote: undefined, bracket: open.at(-1), before, isInBrackets };
    if (MARKS.includes(lexeme)) continue;
    const quote = /^["']/.exec(lexeme)?.[0];
    if (quote !== undefined && !isClosed(lexeme, quote)) return { quote: at, bracket: undefined, before, isInBrackets };
    if (at < end) {
      if (quote !== undefined) before = { quote, isLong: lexeme.includes('\n') };
      else if (lexeme.trim() !== '') before = undefined;
    }
    if (lexeme === '[' || lexeme === '{') open.push(at);
    else if (lexeme === ']' || lexeme === '}') {
      const last = open.pop();
      if (last !== undefined && text[last] !== (lexeme === ']' ? '[' : '{')) {
        return { quote: undefined, bracket: last, before, isInBrackets };
      }
    }
    at += lexeme.length;
    if (at <= end) isInBrackets = open.length > 0;
    // A bracket that is open there may be closed later.
    if (at > end && open.length === 0) break;
  }
  return { quote: undefined, bracket: open.at(-1), before, isInBrackets };
}

function isClosed(lexeme: string, quote: string): boolean {
  return lexeme.length >= 2 && lexeme.endsWith(quote);
}

/** Skips spaces: the parser may report the beginning of the line instead of the offending token. */
function skipBlanks(text: string, offset: number): number {
  let at = offset;
  while (text[at] === ' ') at++;
  return at;
}
