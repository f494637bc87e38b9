/** Killing a watcher, to see that a service lives on. */
import { ConfigError } from '../common/errors.js';
import type { OptionsStore } from '../store/options-store.js';
import type { CrashKind } from '../watcher/protocol.js';

export type { CrashKind } from '../watcher/protocol.js';

/**
 * Kills the watcher of `store` as an accident would: by an uncaught exception, an unhandled rejection, `throw null`,
 * `process.exit(3)`, by running out of its heap (which takes seconds), by many small objects or by large arrays, or by
 * termination from outside. Resolves when the thread is dead, and told of; at once where it has been before. To be
 * called in the thread that started the store.
 *
 * @throws {ConfigError} if this thread did not start the watcher
 */
export async function crashWatcher(store: OptionsStore, how: CrashKind = 'exception'): Promise<void> {
  if (store.thread === undefined) {
    throw new ConfigError(
      'store must be a store whose watcher this thread started. Call crashWatcher() in the thread that called init().',
      { key: 'store' },
    );
  }
  await store.thread.crash(how);
}
