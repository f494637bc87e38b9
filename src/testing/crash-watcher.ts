/** Killing a watcher, to see that a service lives on. */
import { WatcherError } from '../errors.js';
import type { Options } from '../options.js';
import type { CrashKind } from '../watcher-protocol.js';

export type { CrashKind } from '../watcher-protocol.js';

/**
 * Kills the watcher of `store` as an accident would: by an uncaught exception (`exception`, `throw-null`), an
 * unhandled `rejection`, `process.exit(3)` (`exit`), running out of its heap by many small objects (`out-of-memory`) or
 * by large arrays (`out-of-memory-arrays`), both of which take a while, or termination from outside (`terminate`). Resolves when the thread is dead, and told of. To be called
 * in the thread that started the store.
 *
 * @throws {WatcherError} where this thread did not start the watcher
 */
export async function crashWatcher(store: Options, how: CrashKind = 'exception'): Promise<void> {
  if (store.thread === undefined) {
    throw new WatcherError(
      'WATCHER_CLOSED',
      'This thread did not start the watcher of the store, and cannot crash it: call crashWatcher() where init() was called.',
    );
  }
  await store.thread.crash(how);
}
