/**
 * The code of the watcher thread as self-contained strings, which `esbuild.config.mjs` bundles. Functions return them:
 * V8 creates the string of a function when it is called for the first time. A thread that never calls it has no string.
 */

/** The bundle of `workers/watcher.ts`. */
declare module 'watcher-source' {
  export default function getWatcherSource(): string;
  /** Identifies the bundle: other code has another number. */
  export const id: number;
}

/** The bundle of `workers/telemetry/client.ts`, which sends reload telemetry. */
declare module 'telemetry-source' {
  export default function getTelemetrySource(): string;
}

/** The bundle of the server that answers what is live, which the watcher thread evaluates if there is to be one. */
declare module 'inspect-source' {
  export default function getInspectSource(): string;
}
