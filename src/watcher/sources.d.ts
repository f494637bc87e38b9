/** Code of the watcher thread as self-contained texts, bundled by `esbuild.config.mjs`. */

/** The thread itself. */
declare module 'watcher-source' {
  const source: string;
  export default source;
}

/** What sends reload telemetry. */
declare module 'telemetry-source' {
  const source: string;
  export default source;
}
