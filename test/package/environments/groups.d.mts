/** One environment, as `groups.mjs` describes it. */
export interface Environment {
  readonly name: string;
  /** The directory that is copied over `program/`; its package.json names the tools. */
  readonly folder?: string;
  /** The command that starts the program. `/app` stands for the working directory. */
  readonly start: string;
  /** Whether the environment needs only Node and this project's esbuild. */
  readonly quick?: boolean;
  /** Shell commands that run before the program, in a private mount namespace. */
  readonly mounts?: string;
  /** Matches the error of a program that must not start. */
  readonly error?: RegExp;
}

/** All environments, by table. */
export const GROUPS: Readonly<Record<'packages' | 'runtimes' | 'hosts', readonly Environment[]>>;
