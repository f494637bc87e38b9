/** A progress bar at the bottom of a terminal. Runs in the command line's main thread. */
import { BottomLine } from './bottom-line.js';

/** The number of characters between the brackets. */
const WIDTH = 20;

/** A bar on stderr. Shows nothing if stderr is not a terminal. */
export class ProgressBar {
  readonly #line: BottomLine;

  /** @param isShown false to show nothing even on a terminal */
  constructor(isShown: boolean) {
    this.#line = new BottomLine(isShown);
  }

  /** Draws the bar: `done` of `total`, and `text` beside it. */
  draw(done: number, total: number, text: string): void {
    const filled = total === 0 ? 0 : Math.floor((done / total) * WIDTH);
    this.#line.draw(`[${'#'.repeat(filled)}${'.'.repeat(WIDTH - filled)}] ${done} of ${total}${text}`);
  }

  /** Erases the bar. */
  clear(): void {
    this.#line.clear();
  }
}
