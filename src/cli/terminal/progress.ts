/** A list of pending names at the bottom of a terminal. Runs in the command line's main thread. */
import { BottomLine } from './bottom-line.js';

/** A line that lists the names that are not done yet. Shows nothing if stderr is not a terminal. */
export class Progress {
  readonly #left: Set<string>;
  readonly #total: number;
  readonly #line: BottomLine;

  /** @param isShown false to show nothing even on a terminal */
  constructor(names: readonly string[], isShown: boolean) {
    this.#left = new Set(names);
    this.#total = names.length;
    this.#line = new BottomLine(isShown);
  }

  /** Writes the line. */
  draw(): void {
    if (this.#left.size === 0) return;
    const done = this.#total - this.#left.size;
    this.#line.draw(`${done} of ${this.#total} done; waiting for ${[...this.#left].join(', ')}`);
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
    this.#line.clear();
  }
}
