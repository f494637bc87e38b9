/** Opens stores: `openOptions`, and the start of a watcher. Runs in any thread. Must not reach `schema/`, `files/` or ajv. */
import { runWithoutContext } from '../common/async-context.js';
import { ConfigError } from '../common/errors.js';
import { readSettings } from '../common/settings.js';
import { CONFIGURATION, type OptionsConfig, resolveConfig, SETTINGS } from '../config/config.js';
import { checkHandle, type StoreHandle } from '../memory/handle.js';
import { StoreView } from '../view/view.js';
import { WatcherThread } from '../watcher/watcher-thread.js';
import { OptionsStore } from './options-store.js';

/** The settings of {@link openOptions}: a configuration, or only the handle of another thread's store. */
export type OpenConfig =
  | OptionsConfig
  | {
      /** The {@link OptionsStore.handle} of another thread's store. */
      handle: StoreHandle;
    };

/**
 * Opens a separate store, in addition to this thread's: a new one with its own watcher, or, with `handle`, another
 * thread's store. The named exports do not use it. Close it with {@link OptionsStore.close}.
 *
 * @throws {ConfigError} if a setting is invalid
 * @throws {SchemaError | ValuesError} if files are invalid; lists all issues
 * @throws {SnapshotTooLargeError} if the values are larger than shared memory may hold
 * @throws {StartTimeoutError | WatcherError} if the watcher thread does not start
 * @throws {HandleVersionError} if another version of the library made the handle
 * @example await using store = openOptions({ directory: '/srv/options' });
 */
export function openOptions(config?: OpenConfig): OptionsStore {
  const names = [...SETTINGS, 'handle'] as const;
  const settings = readSettings<OptionsConfig & { handle: StoreHandle }>(CONFIGURATION, config, names);
  if (settings.handle === undefined) return startStore(settings);
  const others = SETTINGS.filter((name) => settings[name] !== undefined);
  if (others.length > 0) {
    throw new ConfigError(`handle must be the only setting; also got ${others.join(', ')}. Remove the other settings.`);
  }
  return new OptionsStore(new StoreView(checkHandle(settings.handle)));
}

/** What {@link startStore} calls. */
interface StartHooks {
  /** Before the start is logged. */
  readonly onStart: (store: OptionsStore) => void;
  /** At the first close, before it does anything else. */
  readonly onClose: (store: OptionsStore) => void;
}

/** Starts a watcher and opens its store. */
export function startStore(config: OptionsConfig | undefined, hooks?: StartHooks): OptionsStore {
  const resolved = resolveConfig(config);
  // The thread, its port and its timers live longer than the request that may have called `init()`.
  const thread = runWithoutContext(() => WatcherThread.start(resolved));
  const detectExit = () => runWithoutContext(() => thread.detectExit());
  let store: OptionsStore;
  try {
    const view = new StoreView(thread.handle, thread.log, detectExit);
    store = new OptionsStore(view, thread, () => hooks?.onClose(store));
    hooks?.onStart(store);
  } catch (error) {
    // Out of stack or memory: nobody would ever stop the thread.
    void thread.stop();
    throw error;
  }
  thread.logStart(resolved);
  return store;
}
