/**
 * Watches a store: draws a view if stdout is a terminal, else prints each event. Runs in the command line's main
 * thread.
 */
import type { OptionsStore } from 'sentry-options';
import { escapeControlCharsInLines } from '../../common/text.js';
import { CommandError } from '../terminal/errors.js';
import { withCleanUp } from '../terminal/interrupt.js';
import type { Output } from '../terminal/output.js';
import { Screen } from './screen.js';
import { requireSchema, withStore } from './store.js';
import { describeReload, type Entry, logToTimeline, type OnEntry } from './timeline.js';

/** The arguments of `watch`. */
interface WatchRequest {
  readonly directory: string | undefined;
  /** The only namespace to show; undefined for all. */
  readonly namespace: string | undefined;
  /** The poll interval in milliseconds. */
  readonly interval: number;
}

/**
 * Watches until a signal ends the process, or the reader of stdout closes it.
 *
 * @throws {CommandError} if the files are invalid at the start, or when the watcher has crashed
 */
export async function watch(request: WatchRequest, output: Output): Promise<void> {
  const gone = new AbortController();
  // The reader, such as `head`, closed its end of the pipe.
  process.stdout.on('error', () => gone.abort());
  if (!process.stdout.isTTY) {
    const onEntry = (entry: Entry): void => void output.data(plainText(entry)).catch(() => gone.abort());
    await follow(request, gone.signal, onEntry, (store) => onEntry({ time: new Date(), text: begin(store) }));
    return;
  }
  const view = new Screen(process.stdout, request.namespace);
  await withCleanUp(
    () => view.close(),
    async () => {
      try {
        await follow(
          request,
          gone.signal,
          (entry) => view.add(entry),
          (store) => view.open(store),
        );
      } finally {
        view.close();
      }
    },
  );
}

async function follow(
  { directory, namespace, interval }: WatchRequest,
  signal: AbortSignal,
  onEntry: OnEntry,
  onOpen: (store: OptionsStore) => void,
): Promise<void> {
  await withStore(
    directory,
    logToTimeline(onEntry),
    async (open) => {
      if (namespace !== undefined) requireSchema(open, namespace);
      const { store } = open;
      const events = store.changes({ signal });
      onOpen(store);
      for await (const event of events) {
        onEntry({ time: new Date(), text: describeReload(store, event, namespace) });
      }
      const { watcher, reason } = store.status();
      if (!signal.aborted) throw new CommandError(`the watcher is ${watcher}: ${reason}`);
    },
    interval,
  );
}

function begin(store: OptionsStore): string {
  const { directory, generation } = store.status();
  return `watching ${directory}, generation ${generation}: ${store.namespaces().join(', ') || 'no namespaces'}`;
}

/** Formats an entry: the time before its first line, the other lines indented below it. */
function plainText({ time, text }: Entry): string {
  const [first = '', ...rest] = escapeControlCharsInLines(text).split('\n');
  return [`${time.toISOString()} ${first}`, ...rest.map((line) => `  ${line.trim()}`), ''].join('\n');
}
