/** Probes and loads the files for a poller. Runs in the watcher thread. */
import type { LoadResult } from '../values/results.js';
import type { Clock } from './clock.js';
import type { PollerParts } from './parts.js';
import { RETRY_MS, shouldRetry } from './retry.js';

/** Probes the files. After a change, they must be loaded. */
export function probeFiles({ clock, files, freshness }: PollerParts): void {
  const signature = files.probe();
  freshness.probed(signature, clock.monotonicTime());
}

/** Loads; loads a second time if the first load may have met a writer in the middle of its work. */
export async function loadFiles({ clock, files, live }: PollerParts, accepts: boolean): Promise<LoadResult> {
  const { published, record } = live;
  const before = published.generation === 0 ? undefined : published;
  const result = files.load(before, accepts);
  if (!shouldRetry(result, { namespaces: published.namespaces, record })) return result;
  await pause(clock);
  return files.load(before, accepts);
}

/** Waits before a second load. No request shortens the pause. */
export function pause(clock: Clock): Promise<void> {
  return new Promise((resolve) => void clock.timer(RETRY_MS, resolve));
}
