/** What has been read since the start of a store, in all of its threads: the types of `OptionsStore.usage()`. */

/** What has been read since the start, in all threads together. Times are RFC 3339, with whole seconds. */
export interface Usage {
  /** When counting began: at the start of the store. */
  readonly since: string;
  /** All options that are not feature flags, by namespace and in the schema's order. */
  readonly options: readonly OptionUsage[];
  /** All feature flags that a schema lists, and then those by pattern that are set; by namespace. */
  readonly flags: readonly FlagUsage[];
  /** Why the counts may be too low; null if they are exact. */
  readonly problem: string | null;
}

/** Whether an option has been read. */
export interface OptionUsage {
  /** The namespace that declares the option. */
  readonly namespace: string;
  /** The option's name. */
  readonly key: string;
  /** When a thread first read it: its value, whether it is set, or a listener was added. Null if none has. */
  readonly firstReadAt: string | null;
}

/** How often a flag was evaluated. */
export interface FlagUsage {
  /** The namespace that declares the flag. */
  readonly namespace: string;
  /** The flag's name, without `feature.`. */
  readonly flag: string;
  /** How many evaluations said that it is on. */
  readonly on: number;
  /** How many evaluations said that it is off, also because it is not set. */
  readonly off: number;
  /** How many evaluations failed, because the context threw an error. The answer was off; not counted in `off`. */
  readonly errors: number;
  /** When it was last evaluated; null if never. As precise as the polls: the watcher notes it at each. */
  readonly lastEvaluatedAt: string | null;
  /** When a thread first read its definition by `get`, or added a listener; null if none has. */
  readonly firstReadAt: string | null;
}
