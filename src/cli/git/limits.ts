/**
 * What one source may cost: the remote `origin` of `validate-schema-changes`, or one repository of `fetch-schemas`.
 * Pure, except for the clock of {@link Deadline}.
 */
import { CommandError } from '../terminal/errors.js';

/** The limits of git for one source. */
export interface GitLimits {
  /** The time of all git processes together, in seconds. */
  readonly seconds: number;
  /** The time of one git process, in seconds. */
  readonly callSeconds: number;
  /** The memory of one git process, in MiB. */
  readonly memory: number;
  /** The disk space that git may fill, in MiB. */
  readonly disk: number;
  /** The size of all schemas of a commit together, in MiB. */
  readonly schemas: number;
}

/** The variables that change {@link GitLimits}. */
export const LIMIT_VARIABLES = {
  seconds: 'SENTRY_OPTIONS_GIT_TIMEOUT',
  callSeconds: 'SENTRY_OPTIONS_GIT_CALL_TIMEOUT',
  memory: 'SENTRY_OPTIONS_GIT_MEMORY',
  disk: 'SENTRY_OPTIONS_GIT_DISK',
  schemas: 'SENTRY_OPTIONS_GIT_SCHEMAS',
} as const satisfies Record<keyof GitLimits, string>;

/** Less than two minutes, even with the time that git gets to end. One process may use all of it. */
const DEFAULT_LIMITS: GitLimits = { seconds: 110, callSeconds: 110, memory: 128, disk: 256, schemas: 4 };

const MIB = 1024 * 1024;

/** The largest schema that the library reads, in bytes. */
const LIBRARY_SCHEMA_BYTES = 8 * MIB;

/** Returns the largest size of a schema, in bytes: a quarter of all, by default more than a ConfigMap can hold. */
export function maxSchemaBytes({ schemas }: GitLimits): number {
  return Math.floor(Math.min(LIBRARY_SCHEMA_BYTES, (schemas * MIB) / 4));
}

/** Returns the largest sum of all schemas in a commit, in bytes. */
export function maxSchemasBytes({ schemas }: GitLimits): number {
  return Math.floor(schemas * MIB);
}

/** The largest number of directories beside each other in a schemas directory. */
export const MAX_FOLDERS = 10_000;

/**
 * Returns the limits that the variables in `env` set, with defaults for the others.
 *
 * @param defaults limits that differ from the usual ones
 * @throws {CommandError} if a variable is not a number above 0, at most 2 000 000
 */
export function readLimits(env: NodeJS.ProcessEnv, defaults: Partial<GitLimits> = {}): GitLimits {
  const read = (name: keyof GitLimits): number => {
    const variable = LIMIT_VARIABLES[name];
    const text = env[variable];
    if (text === undefined || text === '') return defaults[name] ?? DEFAULT_LIMITS[name];
    const value = Number(text);
    // The largest number of seconds that a timer can wait; as MiB, more than any machine has.
    if (value > 0 && value <= 2_000_000) return value;
    throw new CommandError(`${variable} must be a number above 0, at most 2000000; got '${text}'`);
  };
  return {
    seconds: read('seconds'),
    callSeconds: read('callSeconds'),
    memory: read('memory'),
    disk: read('disk'),
    schemas: read('schemas'),
  };
}

/** The moment until which all work for one source must end. */
export class Deadline {
  readonly #end: number;

  constructor(seconds: number) {
    this.#end = performance.now() + seconds * 1_000;
  }

  /** The time that is left, in milliseconds; 0 if none. */
  get left(): number {
    return Math.max(0, this.#end - performance.now());
  }
}
