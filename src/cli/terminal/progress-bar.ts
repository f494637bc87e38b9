/** A progress bar at the bottom of a terminal. Runs in the command line's main thread. */
import { escapeControlChars } from '../../common/text.js';

/** Moves the cursor to the line's beginning and erases the line. */
const CLEAR = '\r\u001B[K';
const WIDTH = 20;

/** A bar on stderr. Shows nothing if stderr is not a terminal. */
export class ProgressBar {
  readonly #isShown: boolean;

  /** @param isShown false to show nothing even on a terminal */
  constructor(isShown: boolean) {
    this.#isShown = isShown && process.stderr.isTTY === true && process.env.TERM !== 'dumb';
  }

  /** Draws the bar: `done` of `total`, and `text` beside it. */
  draw(done: number, total: number, text: string): void {
    if (!this.#isShown) return;
    const filled = total === 0 ? 0 : Math.floor((done / total) * WIDTH);
    const bar = `[${'#'.repeat(filled)}${'.'.repeat(WIDTH - filled)}] ${done} of ${total}${text}`;
    const width = Math.max(0, (process.stderr.columns || 80) - 1);
    const characters = [...escapeControlChars(bar)];
    const line = characters.length > width ? `${characters.slice(0, width - 1).join('')}…` : characters.join('');
    process.stderr.write(CLEAR + line);
  }

  /** Erases the bar. */
  clear(): void {
    if (this.#isShown) process.stderr.write(CLEAR);
  }
}
