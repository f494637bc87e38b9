/** Crashes a watcher, to test that a service survives. Runs in the thread that started the store. */
import { ConfigError } from '../common/errors.js';
import { describeArgument } from '../common/value.js';
import { type OptionsStore, requireStore } from '../store/options-store.js';
import type { CrashKind } from '../watcher/protocol.js';

export type { CrashKind } from '../watcher/protocol.js';

const KINDS: ReadonlySet<CrashKind> = new Set<CrashKind>([
  'exception',
  'rejection',
  'throw-null',
  'exit',
  'out-of-memory',
  'out-of-memory-arrays',
  'terminate',
]);

/**
 * Crashes the watcher of `store` as an accident would: by an uncaught exception, an unhandled rejection, `throw null`,
 * `process.exit(3)`, heap exhaustion (which takes seconds) with many small objects or with large arrays, or termination
 * from outside. Call it in the thread that started the store.
 *
 * @param how the kind of crash. Default: `'exception'`
 * @returns a promise that resolves when the thread has ended and the crash is logged; at once if it already was
 * @throws {ConfigError} if this thread did not start the watcher
 * @example
 * await crashWatcher(store);
 * expect(store.status().watcher).toBe('crashed');
 */
export async function crashWatcher(store: OptionsStore, how: CrashKind = 'exception'): Promise<void> {
  requireStore(store);
  if (!KINDS.has(how)) {
    throw new ConfigError(`how must be one of ${[...KINDS].join(', ')}; got ${describeArgument(how)}.`, { key: 'how' });
  }
  if (store.thread === undefined) {
    throw new ConfigError(
      'store must be a store whose watcher this thread started. Call crashWatcher() in the thread that called init().',
      { key: 'store' },
    );
  }
  await store.thread.crash(how);
}
