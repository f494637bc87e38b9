/** Draws the current values and the last events on the whole terminal. Runs in the command line's main thread. */

import type { OptionsStore } from 'sentry-options';
import { formatDuration } from '../../common/duration.js';
import { escapeControlChars, formatRest } from '../../common/text.js';
import { formatTable, formatValue } from '../terminal/format.js';
import type { Entry } from './timeline.js';

/** The maximum number of entries that are kept; a terminal cannot show more. */
const MAX_ENTRIES = 100;
/** The interval in which ages are redrawn, in milliseconds. */
const REDRAW_MS = 1_000;
/** The maximum number of lines for entries. */
const TIMELINE_ROWS = 10;

// ANSI control sequences. ENTER and LEAVE switch to the alternate screen and back, and hide and show the cursor.
const ENTER = '\u001B[?1049h\u001B[?25l';
const LEAVE = '\u001B[?25h\u001B[?1049l';
const TO_TOP = '\u001B[H';
const CLEAR_LINE = '\u001B[K';
const CLEAR_BELOW = '\u001B[J';

/** A view on one terminal, shown between {@link open} and {@link close}. */
export class Screen {
  readonly #stream: NodeJS.WriteStream;
  readonly #namespace: string | undefined;
  readonly #entries: Entry[] = [];
  #store: OptionsStore | undefined;
  #timer: NodeJS.Timeout | undefined;
  readonly #redraw = (): void => this.#draw();

  /** @param namespace the only namespace to show; undefined for all */
  constructor(stream: NodeJS.WriteStream, namespace: string | undefined) {
    this.#stream = stream;
    this.#namespace = namespace;
  }

  /** Switches the terminal to the view. */
  open(store: OptionsStore): void {
    this.#store = store;
    this.#stream.write(ENTER);
    this.#stream.on('resize', this.#redraw);
    this.#timer = setInterval(this.#redraw, REDRAW_MS);
    this.#timer.unref();
    this.#draw();
  }

  /** Adds an entry, and redraws if the view is open. */
  add(entry: Entry): void {
    this.#entries.push(entry);
    if (this.#entries.length > MAX_ENTRIES) this.#entries.shift();
    this.#draw();
  }

  /** Restores the terminal. Does nothing if the view is not open. */
  close(): void {
    if (this.#store === undefined) return;
    this.#store = undefined;
    clearInterval(this.#timer);
    this.#stream.off('resize', this.#redraw);
    this.#stream.write(LEAVE);
  }

  #draw(): void {
    if (this.#store === undefined) return;
    // A terminal that does not know its size reports 0.
    const rows = this.#stream.rows || 24;
    const columns = this.#stream.columns || 80;
    const lines = renderScreen(this.#store, this.#entries, this.#namespace, new Date(), rows);
    const screen = lines.map((line) => `${escapeControlChars(line).slice(0, columns)}${CLEAR_LINE}`).join('\n');
    this.#stream.write(`${TO_TOP}${screen}${CLEAR_BELOW}`);
  }
}

/** Returns at most `rows` lines: the state, the options, then the last entries. */
function renderScreen(
  store: OptionsStore,
  entries: readonly Entry[],
  namespace: string | undefined,
  now: Date,
  rows: number,
): readonly string[] {
  const { directory, generation, health, reason, appliedAt } = store.status();
  const age = appliedAt === null ? '' : `, live for ${formatDuration(now.getTime() - Date.parse(appliedAt))}`;
  const head = [
    `${directory}: generation ${generation}${age}, ${health}`,
    ...(reason === null ? [] : reason.split('\n')),
    '',
  ];
  const timeline = entries
    .flatMap(({ time, text }) => {
      const [first = '', ...rest] = text.split('\n');
      return [`${time.toTimeString().slice(0, 8)} ${first}`, ...rest.map((line) => `         ${line.trim()}`)];
    })
    .slice(-TIMELINE_ROWS);
  const below = timeline.length > 0 ? ['', ...timeline] : [];
  const maxOptions = Math.max(1, rows - head.length - below.length);
  const options = formatOptions(store, namespace);
  const shown =
    options.length > maxOptions
      ? [...options.slice(0, maxOptions - 1), `… ${formatRest(options.length - maxOptions + 1)}`]
      : options;
  return [...head, ...shown, ...below].slice(0, rows);
}

/** Formats the options from one snapshot, so that all lines show the same generation. */
function formatOptions(store: OptionsStore, namespace: string | undefined): readonly string[] {
  const snapshot = store.snapshot();
  const { namespaces } = snapshot.toJSON();
  const names = namespace === undefined ? store.namespaces() : [namespace];
  const rows = names.flatMap((name) => {
    const options = snapshot.namespace(name);
    const values = new Map(Object.entries(namespaces[name] ?? {}));
    return options.keys().map((key) => {
      const from = options.isset(key) ? 'values' : values.has(key) ? 'default' : 'not set';
      return [name, key, formatValue(values.get(key)), from];
    });
  });
  return formatTable([['NAMESPACE', 'OPTION', 'VALUE', 'FROM'], ...rows])
    .trimEnd()
    .split('\n');
}
