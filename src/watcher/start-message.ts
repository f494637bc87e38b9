/** Formats the message that a store has started. Runs in the owner, the thread that called `init()`. */
import { formatDuration } from '../common/duration.js';
import { joinFirst } from '../common/text.js';
import type { StoreHandle } from '../memory/handle.js';
import { Catalog } from '../names/catalog.js';

/** The maximum number of namespaces in the message. */
const NAMESPACES_LISTED = 5;

/**
 * Names the directory, the interval in milliseconds, and the namespaces.
 *
 * @example 'Started with /etc/sentry-options, polled every 5 s: shop (1 namespace)'
 */
export function describeStart({ directory, catalog, catalogChecksum }: StoreHandle, interval: number | null): string {
  const names = new Catalog(new Uint8Array(catalog), catalogChecksum);
  const count = names.namespaceCount;
  const listed = Array.from({ length: Math.min(count, NAMESPACES_LISTED) }, (_, ordinal) => names.at(ordinal).name);
  const when = interval === null ? 'polled only by refresh()' : `polled every ${formatDuration(interval)}`;
  const namespaces = `${joinFirst(listed, count)} (${count} ${count === 1 ? 'namespace' : 'namespaces'})`;
  return `Started with ${directory}, ${when}: ${namespaces.trimStart()}`;
}
