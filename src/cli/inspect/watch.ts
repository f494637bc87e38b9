/** Watching a store: a line for each thing that happens, or a view of what is live where stdout is a terminal. */
import type { OptionsStore } from 'sentry-options';
import { escapeControlCharsInLines } from '../../common/text.js';
import { CommandError } from '../terminal/errors.js';
import { withCleanUp } from '../terminal/interrupt.js';
import type { Output } from '../terminal/output.js';
import { Screen } from './screen.js';
import { requireSchema, withStore } from './store.js';
import { describeReload, type Entry, logToTimeline, type OnEntry } from './timeline.js';

/** What is to be watched. */
interface WatchRequest {
  readonly directory: string | undefined;
  /** All, where it is left out. */
  readonly namespace: string | undefined;
  /** Milliseconds between two looks at the files. */
  readonly interval: number;
}

/**
 * Watches until a signal ends the process, or nobody reads stdout any more.
 *
 * @throws {CommandError} where the files cannot be used at the start, and when the watcher has died
 */
export async function watch(request: WatchRequest, output: Output): Promise<void> {
  const gone = new AbortController();
  // A reader such as `head` has had enough.
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

/** An entry as lines: the time before the first, the others below it. */
function plainText({ time, text }: Entry): string {
  const [first = '', ...rest] = escapeControlCharsInLines(text).split('\n');
  return [`${time.toISOString()} ${first}`, ...rest.map((line) => `  ${line.trim()}`), ''].join('\n');
}
