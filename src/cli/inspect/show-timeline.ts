/**
 * Shows the timeline of a watched store: draws a view if stdout is a terminal, else prints each entry. Runs in the
 * command line's main thread.
 */
import { withCleanUp } from '../terminal/interrupt.js';
import type { Output } from '../terminal/output.js';
import { Screen, type ScreenSource } from './screen.js';
import { type Entry, formatEntry, formatEntryAsJson, type OnEntry } from './timeline.js';

/** What the work of a watching command calls. */
export interface Timeline {
  /** Adds an entry. */
  readonly add: OnEntry;
  /** Shows the source from now on; `start` is the first entry where there is no view. */
  readonly open: (source: ScreenSource, start: Entry) => void;
  /** Aborted when the reader of stdout has closed it. */
  readonly signal: AbortSignal;
}

/**
 * Calls `follow`, and shows its entries until it has ended, a signal ends the process, or the reader of stdout closes
 * it.
 */
export async function showTimeline(
  isJson: boolean,
  output: Output,
  follow: (timeline: Timeline) => Promise<void>,
): Promise<void> {
  const gone = new AbortController();
  const { signal } = gone;
  // The reader, such as `head`, closed its end of the pipe.
  process.stdout.on('error', () => gone.abort());
  if (isJson || !process.stdout.isTTY) {
    const format = isJson ? formatEntryAsJson : formatEntry;
    const add = (entry: Entry): void => void output.data(format(entry)).catch(() => gone.abort());
    await follow({ add, open: (_, start) => add(start), signal });
    return;
  }
  const view = new Screen(process.stdout);
  await withCleanUp(
    () => view.close(),
    async () => {
      try {
        await follow({ add: (entry) => view.add(entry), open: (source) => view.open(source), signal });
      } finally {
        view.close();
      }
    },
  );
}
