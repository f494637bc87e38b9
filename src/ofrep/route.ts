/** Finds what a request asks for. Pure. */

/** The path of all flags; that of a flag adds its key. */
const FLAGS = '/ofrep/v1/evaluate/flags';

/** What a path refers to: all flags if `key` is undefined. Null: a key that cannot be decoded. */
export interface Route {
  readonly key: string | undefined | null;
}

/** Returns what `url` refers to; undefined if it is another path. */
export function findRoute(url: string, basePath: string): Route | undefined {
  const { pathname } = new URL(url);
  const all = basePath + FLAGS;
  if (pathname === all) return { key: undefined };
  if (!pathname.startsWith(`${all}/`)) return undefined;
  try {
    // Also slashes, which some proxies decode.
    return { key: decodeURIComponent(pathname.slice(all.length + 1)) };
  } catch {
    return { key: null };
  }
}
