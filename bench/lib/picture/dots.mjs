/** Draws figures below each other, each as a dot with its spread, on a logarithmic axis. */
import { frame, label, roundedDomain, scaleOf, stroke, text } from './frame.mjs';

const [LEFT, RIGHT, TOP, ROW] = [330, 740, 86, 26];

/**
 * @param picture `x`: `{ label }`; `dots`: `{ name, median, low, high, series }`; `series` (0: ours) selects the
 *   color, and a dot without `median` is a heading
 */
export function drawDots({ title, note, x, dots }) {
  const figures = dots.filter(({ median }) => median !== undefined);
  const domain = roundedDomain(
    'log',
    Math.min(...figures.map(({ low }) => low)),
    Math.max(...figures.map(({ high }) => high)),
  );
  const scale = scaleOf('log', domain, [LEFT, RIGHT]);
  const bottom = TOP + dots.length * ROW;
  const body = [
    ...scale.ticks.flatMap((value) => [
      stroke(scale.at(value), TOP - 14, scale.at(value), bottom - 8, 'grid'),
      text(scale.at(value), bottom + 10, label(value), 'muted', 'middle'),
    ]),
    text((LEFT + RIGHT) / 2, bottom + 34, x.label, 'ink', 'middle'),
    ...dots.flatMap((dot, index) => drawDot(dot, TOP + index * ROW, scale)),
  ];
  return frame({ title, note, height: bottom + 52, body });
}

function drawDot({ name, median, low, high, series = 0 }, y, scale) {
  if (median === undefined) return [text(20, y + 4, name, 'ink')];
  const x = scale.at(median);
  const mark =
    series === 0
      ? `<circle cx="${x.toFixed(2)}" cy="${y}" r="5.5" class="f0"/>`
      : `<rect x="${(x - 4.5).toFixed(2)}" y="${y - 4.5}" width="9" height="9" class="f${series}"/>`;
  return [
    text(LEFT - 14, y + 4, name, series === 0 ? 'ink' : 'muted', 'end'),
    stroke(scale.at(low), y, scale.at(high), y, `l${series}`, 2),
    mark,
    text(RIGHT + 14, y + 4, label(median)),
  ];
}
