/** Watches a store on files. Runs in the command line's main thread. */
import type { OptionsStore } from 'sentry-options';
import { CommandError } from '../terminal/errors.js';
import { formatValue } from '../terminal/format.js';
import type { Output } from '../terminal/output.js';
import type { ScreenSource } from './screen.js';
import { showTimeline } from './show-timeline.js';
import { requireSchema, withStore } from './store.js';
import { describeReload, describeStart, logToTimeline } from './timeline.js';

/** The arguments of `watch`. */
interface WatchRequest {
  readonly directory: string | undefined;
  /** The only namespace to show; undefined for all. */
  readonly namespace: string | undefined;
  /** The poll interval in milliseconds. */
  readonly interval: number;
  readonly isJson: boolean;
}

/**
 * Watches until a signal ends the process, or the reader of stdout closes it.
 *
 * @throws {CommandError} if the files are invalid at the start, or when the watcher has crashed
 */
export async function watch({ directory, namespace, interval, isJson }: WatchRequest, output: Output): Promise<void> {
  await showTimeline(isJson, output, async ({ add, open, signal }) => {
    await withStore(
      directory,
      logToTimeline(add),
      async (opened) => {
        if (namespace !== undefined) requireSchema(opened, namespace);
        const { store } = opened;
        const events = store.changes({ signal });
        const status = store.status();
        open(makeSource(store, namespace), describeStart(status.directory, status.generation, store.namespaces()));
        for await (const event of events) add(describeReload(store, event, namespace));
        const { watcher, reason } = store.status();
        if (!signal.aborted) throw new CommandError(`the watcher is ${watcher}: ${reason}`);
      },
      interval,
    );
  });
}

function makeSource(store: OptionsStore, namespace: string | undefined): ScreenSource {
  return {
    title: `the files in ${store.status().directory}`,
    status: () => store.status(),
    // From one snapshot, so that all rows show the same generation.
    rows() {
      const snapshot = store.snapshot();
      const { namespaces } = snapshot.toJSON();
      const names = namespace === undefined ? store.namespaces() : [namespace];
      return names.flatMap((name) => {
        const options = snapshot.namespace(name);
        const values = new Map(Object.entries(namespaces[name] ?? {}));
        return options.keys().map((key) => {
          const from = options.isset(key) ? 'values' : values.has(key) ? 'default' : 'not set';
          return [name, key, formatValue(values.get(key)), from];
        });
      });
    },
  };
}
