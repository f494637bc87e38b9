/** The work of `sentry-options diff --base --head`. Runs in the command line's main thread. */
import type { NamespaceSchema } from '../../schema/namespace-schema.js';
import { readSchemas } from '../schemas/read.js';
import { CommandError, CommandErrors, type FileError } from '../terminal/errors.js';
import { Output } from '../terminal/output.js';
import { loadTargetValues } from '../values/load.js';
import { compareRoots, type RootDifferences, type RootValues } from './effective.js';

/** What is compared. */
export interface Roots {
  readonly schemas: string;
  readonly base: string;
  readonly head: string;
  /** The namespaces to leave out, by their exact names; those of no namespace are ignored. */
  readonly excluded: readonly string[];
}

/**
 * Validates the schemas and both roots, the excluded namespaces too, and compares the roots. Prints a warning for each
 * option that no schema declares, and no other message: what a service rejects is for `validate-values` to say.
 *
 * @throws {CommandError} if a schema, or a file of a root, has an issue; with the issues of all files
 */
export function diffRoots({ excluded, ...roots }: Roots): RootDifferences {
  const { before, after, namespaces } = loadRoots(roots, new Output({ isQuiet: true }));
  const without = (values: RootValues): RootValues =>
    new Map([...values].filter(([namespace]) => !excluded.includes(namespace)));
  return compareRoots(without(before), without(after), namespaces);
}

/** Prints nothing. */
class NoOutput extends Output {
  override warn(): void {}
}

/**
 * Validates the schemas and both roots.
 *
 * @param output gets the warnings of both roots; by default, `validate-values` alone prints them
 *
 * @throws {CommandError} as {@link diffRoots}
 */
export function loadRoots(
  { schemas, base, head }: Pick<Roots, 'schemas' | 'base' | 'head'>,
  output: Output = new NoOutput({ isQuiet: true }),
): {
  readonly before: RootValues;
  readonly after: RootValues;
  readonly namespaces: ReadonlyMap<string, NamespaceSchema>;
} {
  const namespaces = readSchemas(schemas, { info() {}, warn() {} });
  const [before, after] = loadBoth({ '--base': base, '--head': head }, namespaces, output);
  return { before, after, namespaces };
}

/** Loads both roots, the second one also if the first has issues. */
function loadBoth(
  roots: Readonly<Record<'--base' | '--head', string>>,
  schemas: ReadonlyMap<string, NamespaceSchema>,
  output: Output,
): [RootValues, RootValues] {
  /** By message; of the same issue in both roots, one. */
  const errors = new Map<string, string | FileError>();
  const load = (option: '--base' | '--head'): RootValues => {
    try {
      return loadTargetValues(roots[option], schemas, output, { option, isSide: true }).values;
    } catch (error) {
      if (!(error instanceof CommandError)) throw error;
      const each = error instanceof CommandErrors ? error.errors : [error.message];
      for (const one of each) errors.set(typeof one === 'string' ? one : one.message, one);
      return new Map();
    }
  };
  const values: [RootValues, RootValues] = [load('--base'), load('--head')];
  if (errors.size > 0) throw new CommandErrors([...errors.values()]);
  return values;
}
