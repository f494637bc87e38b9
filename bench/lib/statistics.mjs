/** Medians and spreads. */

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
  return values.map((value, index) => value / partners[index]);
}
