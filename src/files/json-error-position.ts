/**
 * Finds where a document stops being strict JSON, and why. Runs in the watcher and in the command line, never in a
 * reader, and only for a document that is known to be invalid.
 */
import { visit } from 'jsonc-parser';

/** How deep containers may nest, the document's root included. */
export const MAX_DEPTH = 127;

/** What is wrong with a document. */
export interface JsonIssue {
  readonly what: string;
  /** The place, in UTF-16 units from 0; the document's length if it ends too early. */
  readonly offset: number;
}

/** What must come next. */
type Expected = 'value' | 'value or end' | 'key' | 'key or end' | 'colon' | 'comma or end';

/** Thrown to end the visit. A symbol, not an Error: nobody needs its stack. */
const found = Symbol('found');

/**
 * Finds the first issue of `text`, which must be invalid.
 *
 * jsonc-parser continues after an issue, because editors need that; here the first issue ends the visit. That makes its
 * recursion safe: up to the first issue its depth is the document's, and one container too many is an issue.
 */
export function locateIssue(text: string): JsonIssue {
  const containers: ('object' | 'list')[] = [];
  let expected: Expected = 'value';
  let issue: JsonIssue = { what: 'invalid JSON', offset: 0 };

  const stop = (what: string, offset: number): never => {
    issue = { what, offset };
    throw found;
  };
  const begin = (kind: 'object' | 'list', offset: number): void => {
    if (containers.length === MAX_DEPTH) stop('recursion limit exceeded', offset);
    containers.push(kind);
    expected = kind === 'object' ? 'key or end' : 'value or end';
  };
  const end = (): void => {
    containers.pop();
    expected = 'comma or end';
  };
  const checkText = (content: string, offset: number): void => {
    if (!content.isWellFormed()) stop('lone surrogate in a string', offset);
  };

  try {
    visit(
      text,
      {
        onObjectBegin: (offset) => begin('object', offset),
        onArrayBegin: (offset) => begin('list', offset),
        // The parser also calls these at the end of the text, before the error: the container is still open then.
        onObjectEnd: (offset) => (offset < text.length ? end() : undefined),
        onArrayEnd: (offset) => (offset < text.length ? end() : undefined),
        onObjectProperty(name, offset) {
          checkText(name, offset);
          expected = 'colon';
        },
        onSeparator(character) {
          expected = character === ',' && containers.at(-1) === 'object' ? 'key' : 'value';
        },
        onLiteralValue(value, offset) {
          if (typeof value === 'string') checkText(value, offset);
          if (typeof value === 'number' && !Number.isFinite(value)) stop('number out of range', offset);
          expected = 'comma or end';
        },
        onError(_code, offset) {
          const inString = text[offset] === '"' ? findInString(text, offset) : undefined;
          if (inString !== undefined) stop(inString.what, inString.offset);
          stop(describe(expected, containers.at(-1), text, offset), offset);
        },
      },
      { disallowComments: true, allowTrailingComma: false },
    );
  } catch (thrown) {
    if (thrown !== found) throw thrown;
  }
  return issue;
}

/** Describes what is wrong at `offset`, which does not have what is `expected`. */
function describe(expected: Expected, container: 'object' | 'list' | undefined, text: string, offset: number): string {
  const next = text[offset];
  if (next === undefined) return `EOF while parsing ${describeEnd(expected, container)}`;
  if (expected === 'colon') return 'expected `:`';
  if (expected === 'comma or end') {
    // The scanner reads the zero of `01` as a separate number.
    if (/^\d\d$/.test(text.slice(offset - 1, offset + 1))) return 'invalid number';
    if (container === undefined) return 'trailing characters';
    return container === 'object' ? 'expected `,` or `}`' : 'expected `,` or `]`';
  }
  // Not right after an opening bracket: there, 'value or end' or 'key or end' is expected.
  if ((expected === 'key' && next === '}') || (expected === 'value' && next === ']' && container === 'list')) {
    return 'trailing comma';
  }
  if (/[-0-9]/.test(next)) return expected.startsWith('key') ? 'key must be a string' : 'invalid number';
  return expected.startsWith('key') ? 'key must be a string' : 'expected value';
}

function describeEnd(expected: Expected, container: 'object' | 'list' | undefined): string {
  if (expected === 'value' || container === undefined) return 'a value';
  return container === 'object' ? 'an object' : 'a list';
}

/** Finds the issue inside the string that begins at `start`; undefined if the string has none. */
function findInString(text: string, start: number): JsonIssue | undefined {
  for (let at = start + 1; ; at++) {
    const character = text[at];
    if (character === undefined) return { what: 'EOF while parsing a string', offset: at };
    if (character === '"') return undefined;
    if (character < ' ') {
      return { what: 'control character (\\u0000-\\u001F) found while parsing a string', offset: at };
    }
    if (character !== '\\') continue;
    const escaped = /^(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/.exec(text.slice(at + 1, at + 6));
    if (escaped === null) {
      return text.length <= at + 1
        ? { what: 'EOF while parsing a string', offset: text.length }
        : { what: 'invalid escape', offset: at };
    }
    at += escaped[0].length;
  }
}
