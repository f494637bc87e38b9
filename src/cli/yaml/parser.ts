/**
 * Changes the YAML parser so that its time is proportional to the length of the text: it stops at the first error, at
 * the second document, and at a level that is too deep. Pure.
 */
import { Composer, type Document, Parser, type YAMLParseError } from 'yaml';
import { MAX_DEPTH } from '../../files/strict-json.js';
import { createLexer } from './lexer.js';

/** An error of the text, which ends the parse. */
export class YamlSyntaxError extends Error {
  /** The offset in the text, in UTF-16 units. */
  readonly offset: number;
  /** The parser's name for this kind of error; '' for a limit. */
  readonly code: string;

  constructor(message: string, offset: number, code = '') {
    super(message);
    this.offset = offset;
    this.code = code;
  }
}

/** The private parts of the library that we change. `test/unit/cli-yaml.test.ts` tests each change. */
interface ParserInternals {
  /** The type of the current token. */
  readonly type: string;
  /** The indentation of the current line. */
  readonly indent: number;
  atIndentedComment(start: readonly { readonly type: string }[], indent: number): boolean;
}

interface ComposerInternals {
  onError(source: ErrorSource, code: string, message: string, isWarning?: boolean): void;
}

type ErrorSource = number | readonly number[] | { readonly offset: number };

/** The maximum number of tokens: about a million values, for which the parser needs a gigabyte of memory. */
const MAX_TOKENS = 2_000_000;

/** The parser's stack of open nodes holds the document, the collections, and a scalar. */
const MAX_STACK = MAX_DEPTH + 2;

const TOO_DEEP = `more than ${MAX_DEPTH} nested levels`;

/**
 * Parses `text` to its documents, but at most to two of them. Scalars stay strings, and tags unresolved: `scalar.ts`
 * resolves them.
 *
 * @param onLine called with the offset of each line
 * @throws {YamlSyntaxError} for the first error in `text`
 */
export function parseDocuments(text: string, onLine: (offset: number) => void): readonly Document.Parsed[] {
  const parser = createParser(onLine);
  const composer = createComposer();
  function* tokens() {
    let count = 0;
    let documents = 0;
    onLine(0);
    for (const lexeme of createLexer().lex(text)) {
      if (++count > MAX_TOKENS) throw new YamlSyntaxError(`more than ${MAX_TOKENS} tokens; split the file`, 0);
      for (const token of parser.next(lexeme)) {
        yield token;
        if (token.type === 'error') return;
        if (token.type === 'document' && ++documents === 2) return;
      }
      if (parser.stack.length > MAX_STACK) throw new YamlSyntaxError(TOO_DEEP, parser.offset);
    }
    yield* parser.end();
  }
  const documents = [...composer.compose(tokens())];
  // An error before the first document.
  const [error] = [...documents.flatMap(({ errors }) => errors), ...composer.streamInfo().errors];
  if (error !== undefined) throw toSyntaxError(error);
  return documents;
}

function toSyntaxError({ message, pos, code }: YAMLParseError): YamlSyntaxError {
  return new YamlSyntaxError(message, pos[0], code);
}

function createParser(onLine: (offset: number) => void): Parser {
  const parser = new Parser(onLine);
  const internals = parser as unknown as ParserInternals;
  // The library's own function reads `start` from its beginning, which takes quadratic time if empty lines and then
  // many comments follow a block: from its end, the comment before this one is found at once.
  internals.atIndentedComment = (start, indent) =>
    internals.type === 'comment' &&
    internals.indent > indent &&
    start.findLast(({ type }) => type !== 'newline' && type !== 'space') === undefined;
  return parser;
}

function createComposer(): Composer {
  const composer = new Composer({ schema: 'failsafe', resolveKnownTags: false, merge: false, uniqueKeys: false });
  let first: YamlSyntaxError | undefined;
  // The library collects all errors and warnings, each an object with a stack: gigabytes for some files.
  (composer as unknown as ComposerInternals).onError = (source, code, message, isWarning = false) => {
    if (isWarning) return;
    // The library catches what it throws itself, to report that its recursion went too deep; then it comes here again.
    first ??= new YamlSyntaxError(code === 'RESOURCE_EXHAUSTION' ? TOO_DEEP : message, toOffset(source), code);
    throw first;
  };
  return composer;
}

function toOffset(source: ErrorSource): number {
  if (typeof source === 'number') return source;
  return 'offset' in source ? source.offset : (source[0] as number);
}
