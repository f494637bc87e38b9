/** A replacement in one file, which must contain `from` exactly once. */
export interface Edit {
  readonly file: string;
  readonly from: string;
  readonly to: string;
}

/** Copies the library to `directory`, applies `edits`, and builds it, unless an earlier run has. */
export function makeVariant(directory: string, edits: readonly Edit[]): Promise<void>;

/** Returns a hash over the paths and the contents of all that a build of `directory` reads. */
export function hashSources(directory: string): string;

/** Returns the texts of the sources that `edits` change, by their paths. Throws unless each finds its place exactly once. */
export function applyEdits(edits: readonly Edit[]): ReadonlyMap<string, string>;
