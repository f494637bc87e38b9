/** Vitest's global setup: builds `dist/` once, so that no test uses an old build. */
import { buildDist } from '../../esbuild.config.mjs';

export default async function setup(): Promise<void> {
  await buildDist();
}
