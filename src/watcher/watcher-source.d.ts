/** The watcher thread's source, bundled to one self-contained text by `esbuild.config.mjs`. */
declare module 'watcher-source' {
  const source: string;
  export default source;
}
