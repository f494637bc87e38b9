/** A line at the bottom of a terminal that says how far something is. Runs in the command line. */

/** Escape sequences: to the line's beginning, and nothing to the right of it. */
const CLEAR = '\r\u001B[K';

/** What is shown as long as names are left. Nothing at all where stderr is no terminal. */
export class Progress {
  readonly #left: Set<string>;
  readonly #total: number;
  readonly #isShown: boolean;

  /** @param isShown whether anything is shown, on a terminal */
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
    const characters = [...text.replaceAll(/\p{Cc}/gu, '?')];
    const line = characters.length > width ? `${characters.slice(0, width - 1).join('')}…` : characters.join('');
    process.stderr.write(CLEAR + line);
  }

  /** Does `say`, which writes lines of its own to stderr, and draws the line anew below them. */
  interrupt(say: () => void): void {
    this.clear();
    say();
    this.draw();
  }

  /** Nobody waits for `name` any more. */
  end(name: string): void {
    this.#left.delete(name);
    this.clear();
    this.draw();
  }

  /** Takes the line away. */
  clear(): void {
    if (this.#isShown) process.stderr.write(CLEAR);
  }
}
