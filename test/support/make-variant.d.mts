/** A replacement in one file, which must contain `from` exactly once. */
export interface Edit {
  readonly file: string;
  readonly from: string;
  readonly to: string;
}

/** Copies the package to `directory`, applies `edits`, and builds it. */
export function makeVariant(directory: string, edits: readonly Edit[]): Promise<void>;
