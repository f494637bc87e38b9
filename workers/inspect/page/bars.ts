/** Computes the bars of the chart of reload times. Pure. */
import type { ReloadAnswer } from '../../../src/status/answers.js';

/** One bar, from the left edge and from the bottom, in units of the drawing. */
export interface Bar {
  readonly x: number;
  readonly width: number;
  readonly height: number;
  readonly reload: ReloadAnswer;
}

/** The lowest bar, so that it can be seen. */
const MIN_HEIGHT = 2;

/**
 * Computes a bar for each reload, the oldest first.
 *
 * @param slots for how many bars there is room: few bars stay narrow
 */
export function computeBars(
  reloads: readonly ReloadAnswer[],
  { width, height, slots }: { readonly width: number; readonly height: number; readonly slots: number },
): { readonly bars: readonly Bar[]; readonly top: number } {
  const top = computeTop(Math.max(...reloads.map(({ reloadMs }) => reloadMs), 0));
  const step = width / Math.max(slots, reloads.length);
  const bars = [...reloads].reverse().map((reload, index) => ({
    x: index * step + step * 0.15,
    width: step * 0.7,
    height: Math.max(MIN_HEIGHT, (reload.reloadMs / top) * height),
    reload,
  }));
  return { bars, top };
}

/** Returns the next round number: 1, 2 or 5 times a power of ten. */
export function computeTop(value: number): number {
  const power = 10 ** Math.floor(Math.log10(Math.max(value, 1)));
  return [1, 2, 5, 10].map((factor) => factor * power).find((top) => top >= value) ?? value;
}
