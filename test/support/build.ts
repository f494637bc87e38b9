/** Vitest's global setup: builds `dist/` once, so that no test uses an old build; not if `.ci/run` has just built it. */
import { buildDist } from '../../esbuild.config.mjs';

export default async function setup(): Promise<void> {
  if (process.env.DIST_IS_BUILT === undefined) await buildDist();
}
