/** The code of the watcher thread as self-contained strings, which `esbuild.config.mjs` bundles. */

/** The bundle of `workers/watcher.ts`. */
declare module 'watcher-source' {
  const source: string;
  export default source;
}

/** The bundle of `workers/telemetry/client.ts`, which sends reload telemetry. */
declare module 'telemetry-source' {
  const source: string;
  export default source;
}
