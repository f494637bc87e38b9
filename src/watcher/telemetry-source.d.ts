/** The code that sends reload telemetry, bundled to one self-contained text by `esbuild.config.mjs`. */
declare module 'telemetry-source' {
  const source: string;
  export default source;
}
