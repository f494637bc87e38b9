import type { Environment } from './groups.mjs';

/** The library as npm packs it, in `folder`; `dist/` has to be there. */
export function pack(folder: string): Promise<string>;

/** What becomes of the package there, in words. Rejects where that is not what the environment is described with. */
export function check(environment: Environment, tarball: string): Promise<string>;

/** Whether mounts of one's own may be made: root may, and where there are user namespaces everybody. */
export function mayMount(): Promise<boolean>;
