/** A line at the bottom of a terminal that is drawn again and again. Runs in the command line's main thread. */
import { escapeControlChars } from '../../common/text.js';

/** Moves the cursor to the line's beginning and erases the line. */
const CLEAR = '\r\u001B[K';

/** A line on stderr. Shows nothing if stderr is not a terminal. */
export class BottomLine {
  readonly #isShown: boolean;

  /** @param isShown false to show nothing even on a terminal */
  constructor(isShown: boolean) {
    this.#isShown = isShown && process.stderr.isTTY === true && process.env.TERM !== 'dumb';
  }

  /** Replaces the line by `text`, cut to the width of the terminal. */
  draw(text: string): void {
    if (!this.#isShown) return;
    const width = Math.max(0, (process.stderr.columns || 80) - 1);
    const characters = [...escapeControlChars(text)];
    const line = characters.length > width ? `${characters.slice(0, width - 1).join('')}…` : characters.join('');
    process.stderr.write(CLEAR + line);
  }

  /** Erases the line. */
  clear(): void {
    if (this.#isShown) process.stderr.write(CLEAR);
  }
}
