/**
 * The parser's lexer, made to read what is in brackets or quotes as the family does: however far its lines are indented.
 * YAML 1.2 wants them deeper than what they belong to, which a list that was pasted as JSON is not. Pure.
 */
import { Lexer } from 'yaml';

/** The part of the lexer that is not public. `parse.ts` has a test for each of what it does. */
interface Internals {
  /** How deep the next line has to be indented at least. */
  indentNext: number;
  parseFlowCollection(): Generator<string, string | undefined>;
  parseQuotedScalar(): Generator<string, string | undefined>;
}

/** A lexer, to be used once. */
export function createLexer(): Lexer {
  const lexer = new Lexer();
  const internals = lexer as unknown as Internals;
  for (const name of ['parseFlowCollection', 'parseQuotedScalar'] as const) {
    const parse = internals[name];
    internals[name] = function* () {
      const { indentNext } = internals;
      internals.indentNext = 0;
      try {
        return yield* parse.call(internals);
      } finally {
        internals.indentNext = indentNext;
      }
    };
  }
  return lexer;
}
