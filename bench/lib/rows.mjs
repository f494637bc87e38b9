/**
 * Makes the answer to a question: rows, each a figure or a comparison of two, and how cost grows. Plain data, as in
 * `results/`.
 */
import { ratios, slope, summarize } from './statistics.mjs';

/**
 * Compares two things that were measured in turn.
 *
 * @param row `what` and `against`: the names; `samples` and `partners`: their figures by round, which belong together
 *   one by one; the `unit`; and an optional `target`: `{ atMost }` or `{ atLeast }` of the ratio, with `isHeadline` if
 *   the project's README shows the row
 */
export function compared({ what, against, unit, samples, partners, target }) {
  return {
    what,
    unit,
    figure: summarize(samples),
    against,
    other: summarize(partners),
    ratio: summarize(ratios(samples, partners)),
    ...(target && { target: { of: 'ratio', ...target } }),
  };
}

/** Makes a row with a single figure. `target`: `{ atMost }` in the same unit, with `text` if it needs another form. */
export function measured({ what, unit, samples, target }) {
  return {
    what,
    unit,
    figure: summarize(samples),
    ...(target && { target: { of: 'figure', ...target } }),
  };
}

/** Whether the median of a row reaches its target; undefined if the row has no target. */
export function isReached({ target, ...row }) {
  if (target === undefined) return undefined;
  const { median } = row[target.of];
  return target.atMost === undefined ? median >= target.atLeast : median <= target.atMost;
}

/** Makes a line of a picture from the figures by round for each x. */
export function line(name, samplesByX) {
  return { name, points: samplesByX.map(([x, samples]) => ({ x, ...summarize(samples) })) };
}

/** How far a slope may differ from the expected law by chance. */
const TOLERANCE = 0.1;

/**
 * Computes how the cost of a {@link line} grows, against the law that it should follow: 'flat' (0), 'linear' (1), or a
 * number. `why`: the reason if the slope is steeper.
 */
export function growth({ name, points }, law, { x, why = '' }) {
  const limit = { flat: 0, linear: 1 }[law] ?? law;
  const found = slope(points);
  return { what: name, x, slope: found, law, isWithin: found <= limit + TOLERANCE, why };
}
