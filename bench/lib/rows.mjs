/**
 * What a question answers with: rows, each a figure or a comparison of two, and how cost grows. Plain data, as it is
 * written to `results/`.
 */
import { ratios, slope, summarize } from './statistics.mjs';

/**
 * One thing against another that was measured in turn with it.
 *
 * @param row `what` and `against` in words, their figures by round, which belong together one by one, the `unit`, and
 *   the `target`, where there is one: `{ atMost }` or `{ atLeast }` of the ratio and
 *   `isHeadline`, where the project's README shows the row
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

/** A figure by itself; a `target` is `{ atMost }` in the same unit, and `text` where it has to be said otherwise. */
export function measured({ what, unit, samples, target }) {
  return {
    what,
    unit,
    figure: summarize(samples),
    ...(target && { target: { of: 'figure', ...target } }),
  };
}

/** Whether the median of what a row's target is about is where it has to be; undefined where there is no target. */
export function isReached({ target, ...row }) {
  if (target === undefined) return undefined;
  const { median } = row[target.of];
  return target.atMost === undefined ? median >= target.atLeast : median <= target.atMost;
}

/** A line of a picture: figures by round, for each x. */
export function line(name, samplesByX) {
  return { name, points: samplesByX.map(([x, samples]) => ({ x, ...summarize(samples) })) };
}

/** How far a slope may be off by chance and still count as the law that it is held against. */
const TOLERANCE = 0.1;

/**
 * How the cost of a {@link line} grows, against the law that it should follow: 'flat' (0), 'linear' (1), or a number.
 * `why` says where the rest comes from, if it is steeper.
 */
export function growth({ name, points }, law, { x, why = '' }) {
  const limit = { flat: 0, linear: 1 }[law] ?? law;
  const found = slope(points);
  return { what: name, x, slope: found, law, isWithin: found <= limit + TOLERANCE, why };
}
