/** One environment, as `groups.mjs` describes it. */
export interface Environment {
  readonly name: string;
  readonly start: string;
  readonly quick?: boolean;
  readonly mounts?: string;
  readonly says?: RegExp;
}

/** All of them, by the table that they are in. */
export const GROUPS: Readonly<Record<'packages' | 'runtimes' | 'hosts', readonly Environment[]>>;
