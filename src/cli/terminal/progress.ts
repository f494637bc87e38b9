/** A progress line at the bottom of a terminal. Runs in the command line's main thread. */
import { escapeControlChars } from '../../common/text.js';

/** Moves the cursor to the line's beginning and erases the line. */
const CLEAR = '\r\u001B[K';

/** A line that lists the names that are not done yet. Shows nothing if stderr is not a terminal. */
export class Progress {
  readonly #left: Set<string>;
  readonly #total: number;
  readonly #isShown: boolean;

  /** @param isShown false to show nothing even on a terminal */
  constructor(names: readonly string[], isShown: boolean) {
    this.#left = new Set(names);
    this.#total = names.length;
    this.#isShown = isShown && process.stderr.isTTY === true && process.env.TERM !== 'dumb';
  }

  /** Writes the line. */
  draw(): void {
    if (!this.#isShown || this.#left.size === 0) return;
    const done = this.#total - this.#left.size;
    const text = `${done} of ${this.#total} done; waiting for ${[...this.#left].join(', ')}`;
    const width = Math.max(0, (process.stderr.columns || 80) - 1);
    const characters = [...escapeControlChars(text)];
    const line = characters.length > width ? `${characters.slice(0, width - 1).join('')}…` : characters.join('');
    process.stderr.write(CLEAR + line);
  }

  /** Calls `print`, which writes lines to stderr, and draws the progress line again below them. */
  interrupt(print: () => void): void {
    this.clear();
    print();
    this.draw();
  }

  /** Marks `name` as done. */
  end(name: string): void {
    this.#left.delete(name);
    this.clear();
    this.draw();
  }

  /** Erases the line. */
  clear(): void {
    if (this.#isShown) process.stderr.write(CLEAR);
  }
}
