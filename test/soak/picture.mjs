/** Draws memory over time as an SVG, for `npm run test:soak`. */

const [WIDTH, HEIGHT, LEFT, BOTTOM] = [720, 240, 60, 30];
const COLORS = ['#1f77b4', '#d62728', '#2ca02c', '#9467bd'];

/** Returns an SVG. `samples` are objects with `minutes` and a number in MiB for each of `series` (`[key, label]`). */
export function drawPicture(samples, series) {
  const minutes = samples.at(-1).minutes;
  const max = Math.max(...samples.flatMap((sample) => series.map(([key]) => sample[key]))) * 1.1;
  const x = (value) => (LEFT + (value / minutes) * (WIDTH - LEFT - 10)).toFixed(1);
  const y = (value) => (HEIGHT - BOTTOM - (value / max) * (HEIGHT - BOTTOM - 10)).toFixed(1);
  const lines = series.map(([key, label], index) => {
    const points = samples.map((sample) => `${x(sample.minutes)},${y(sample[key])}`).join(' ');
    const place = `x="${WIDTH - 12}" y="${20 + 16 * index}" text-anchor="end"`;
    return `<polyline fill="none" stroke="${COLORS[index]}" points="${points}"/>
<text ${place} fill="${COLORS[index]}">${label}</text>`;
  });
  const ticks = [0, 0.25, 0.5, 0.75, 1].map((part) => {
    const [time, size] = [minutes * part, (max / 1.1) * part];
    return `<text x="${x(time)}" y="${HEIGHT - 10}" text-anchor="middle">${time.toFixed(1)}</text>
<text x="${LEFT - 6}" y="${y(size)}" text-anchor="end">${size.toFixed(0)}</text>`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="sans-serif" font-size="11">
<rect width="${WIDTH}" height="${HEIGHT}" fill="white"/>
<path d="M${LEFT} 10V${HEIGHT - BOTTOM}H${WIDTH - 10}" fill="none" stroke="black"/>
${ticks.join('\n')}
${lines.join('\n')}
<text x="${LEFT + 6}" y="20">MiB over minutes</text>
</svg>
`;
}
