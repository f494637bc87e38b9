/** The types of `cases.mjs`, for tests. */
type Options = Readonly<Record<string, unknown>>;

export const PROPERTIES: Readonly<Record<'shop' | 'safety', Readonly<Record<string, object>>>>;
export const OUTAGES: readonly {
  readonly name: string;
  readonly before: Options & { readonly rules: readonly string[] };
  /** Undefined if the file is invalid. */
  readonly options: Options | undefined;
  readonly text: string;
}[];
