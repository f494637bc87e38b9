/** Builds `dist/` once before the tests, so that none of them runs on an old one. */
import { buildDist } from '../../esbuild.config.mjs';

export default async function setup(): Promise<void> {
  await buildDist();
}
