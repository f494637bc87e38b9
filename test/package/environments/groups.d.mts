/** One environment, as `groups.mjs` describes it. */
export interface Environment {
  readonly name: string;
  readonly start: string;
  readonly quick?: boolean;
  readonly mounts?: string;
  readonly error?: RegExp;
}

/** All environments, by table. */
export const GROUPS: Readonly<Record<'packages' | 'runtimes' | 'hosts', readonly Environment[]>>;
