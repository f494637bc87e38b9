/** Computes medians, spreads and slopes. */

/** Returns the value below which `share` (0 to 1) of `values` lie, interpolated between two neighbors if necessary. */
export function quantile(values, share) {
  const sorted = Float64Array.from(values).sort();
  const place = share * (sorted.length - 1);
  const below = Math.floor(place);
  const above = Math.ceil(place);
  return sorted[below] + (sorted[above] - sorted[below]) * (place - below);
}

/** Summarizes a list of figures: its median, and the range that holds four fifths of it. */
export function summarize(values) {
  return {
    median: quantile(values, 0.5),
    low: quantile(values, 0.1),
    high: quantile(values, 0.9),
    count: values.length,
  };
}

/** Divides each figure of `values` by its partner from the same round. */
export function ratios(values, partners) {
  if (values.length !== partners.length) {
    throw new Error(`${values.length} figures cannot be divided by ${partners.length}, one by one`);
  }
  return values.map((value, index) => value / partners[index]);
}

/**
 * Returns the power of x by which y grows, over points of `{ x, median }`: 0 is flat, 1 is linear. It is the slope of
 * the least-squares line through the logarithms of the points.
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
