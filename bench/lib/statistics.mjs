/** Medians, spreads and slopes. */

/** The value below which `share` of `values` lie (0 to 1), between two neighbours where it falls between them. */
export function quantile(values, share) {
  const sorted = Float64Array.from(values).sort();
  const place = share * (sorted.length - 1);
  const below = Math.floor(place);
  const above = Math.ceil(place);
  return sorted[below] + (sorted[above] - sorted[below]) * (place - below);
}

/** What a list of figures is told by: its median, and the range that four fifths of it lie in. */
export function summarize(values) {
  return {
    median: quantile(values, 0.5),
    low: quantile(values, 0.1),
    high: quantile(values, 0.9),
    count: values.length,
  };
}

/** Each figure of `values` divided by its partner, the one that was measured beside it. */
export function ratios(values, partners) {
  if (values.length !== partners.length) {
    throw new Error(`${values.length} figures cannot be divided by ${partners.length}, one by one`);
  }
  return values.map((value, index) => value / partners[index]);
}

/**
 * The power of x that y grows by, over points of `{ x, median }`: 0 is flat, 1 is linear. That of the straight line
 * through their logarithms that comes closest to all of them.
 */
export function slope(points) {
  const xs = points.map(({ x }) => Math.log(x));
  const ys = points.map(({ median }) => Math.log(median));
  const mean = (list) => list.reduce((sum, value) => sum + value, 0) / list.length;
  const [meanX, meanY] = [mean(xs), mean(ys)];
  const covariance = xs.reduce((sum, x, index) => sum + (x - meanX) * (ys[index] - meanY), 0);
  const variance = xs.reduce((sum, x) => sum + (x - meanX) ** 2, 0);
  return covariance / variance;
}
