/** Draws the current values and the last events on the whole terminal. Runs in the command line's main thread. */

import type { Status } from 'sentry-options';
import { formatDuration } from '../../common/duration.js';
import { escapeControlChars, formatRest } from '../../common/text.js';
import { formatTable } from '../terminal/format.js';
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

/** What a screen shows, as it is at each drawing. */
export interface ScreenSource {
  /** What is watched, for the first line. */
  readonly title: string;
  status(): Pick<Status, 'generation' | 'health' | 'reason' | 'appliedAt'>;
  /** Returns a row for each option, all of one generation: namespace, key, value, and where it is from. */
  rows(): readonly (readonly string[])[];
}

/** A view on one terminal, shown between {@link open} and {@link close}. */
export class Screen {
  readonly #stream: NodeJS.WriteStream;
  readonly #entries: Entry[] = [];
  #source: ScreenSource | undefined;
  #timer: NodeJS.Timeout | undefined;
  readonly #redraw = (): void => this.#draw();

  constructor(stream: NodeJS.WriteStream) {
    this.#stream = stream;
  }

  /** Switches the terminal to the view. */
  open(source: ScreenSource): void {
    this.#source = source;
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
    if (this.#source === undefined) return;
    this.#source = undefined;
    clearInterval(this.#timer);
    this.#stream.off('resize', this.#redraw);
    this.#stream.write(LEAVE);
  }

  #draw(): void {
    if (this.#source === undefined) return;
    // A terminal that does not know its size reports 0.
    const rows = this.#stream.rows || 24;
    const columns = this.#stream.columns || 80;
    const lines = renderScreen(this.#source, this.#entries, new Date(), rows);
    const screen = lines.map((line) => `${escapeControlChars(line).slice(0, columns)}${CLEAR_LINE}`).join('\n');
    this.#stream.write(`${TO_TOP}${screen}${CLEAR_BELOW}`);
  }
}

/** Returns at most `rows` lines: the state, the options, then the last entries. */
function renderScreen(source: ScreenSource, entries: readonly Entry[], now: Date, rows: number): readonly string[] {
  const { generation, health, reason, appliedAt } = source.status();
  const age = appliedAt === null ? '' : `, live for ${formatDuration(now.getTime() - Date.parse(appliedAt))}`;
  const head = [
    `${source.title}: generation ${generation}${age}, ${health}`,
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
  const options = formatTable([['NAMESPACE', 'OPTION', 'VALUE', 'FROM'], ...source.rows()])
    .trimEnd()
    .split('\n');
  const shown =
    options.length > maxOptions
      ? [...options.slice(0, maxOptions - 1), `… ${formatRest(options.length - maxOptions + 1)}`]
      : options;
  return [...head, ...shown, ...below].slice(0, rows);
}
