/** What an option's value can be: what JSON can say, deeply frozen when it comes from a reader. */
export type OptionValue =
  | null
  | boolean
  | number
  | string
  | readonly OptionValue[]
  | { readonly [key: string]: OptionValue };
