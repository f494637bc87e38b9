/**
 * Changes the YAML parser's lexer so that lines within brackets or quotes may have any indentation, as in the Rust
 * command line. YAML 1.2 requires a deeper indentation than the parent's, which a list pasted as JSON does not have.
 * Pure.
 */
import { Lexer } from 'yaml';

/** The private part of the lexer that we change. `test/unit/cli-yaml.test.ts` tests each change. */
interface Internals {
  /** The minimum indentation of the next line. */
  indentNext: number;
  parseFlowCollection(): Generator<string, string | undefined>;
  parseQuotedScalar(): Generator<string, string | undefined>;
}

/** Creates a lexer. Use it once. */
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
