/** Runs one environment, for environments.test.ts. */
import type { Environment } from './groups.mjs';

/** Packs the library into `folder` with npm and returns the tarball's path. `dist/` must exist. */
export function pack(folder: string): Promise<string>;

/** Runs an environment and returns its outcome in words. Rejects if the outcome differs from the description. */
export function check(environment: Environment, tarball: string): Promise<string>;

/** Whether this process may create mounts: root may, and everybody if there are user namespaces. */
export function mayMount(): Promise<boolean>;
