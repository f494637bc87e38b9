/** One place in one file: `from` has to stand there exactly once. */
export interface Edit {
  readonly file: string;
  readonly from: string;
  readonly to: string;
}

/** Copies the package to `directory`, makes `edits` there, and builds it. */
export function makeVariant(directory: string, edits: readonly Edit[]): Promise<void>;
