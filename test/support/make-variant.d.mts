/** A replacement in one file, which must contain `from` exactly once. */
export interface Edit {
  readonly file: string;
  readonly from: string;
  readonly to: string;
}

/** Copies the package to `directory`, applies `edits`, and builds it. */
export function makeVariant(directory: string, edits: readonly Edit[]): Promise<void>;

/** Returns the texts of the sources that `edits` change, by their paths. Throws unless each finds its place exactly once. */
export function applyEdits(edits: readonly Edit[]): ReadonlyMap<string, string>;
