/** Reads what has been read of a store. Runs in readers, and in the watcher for the server. */
import type { Usage } from '../status/usage.js';
import type { StoreView } from '../view/view.js';

/** See `OptionsStore.usage`. */
export function readUsage(_view: StoreView): Usage {
  return { since: new Date(0).toISOString(), options: [], flags: [], problem: null };
}
