/** Draws lines: figures over sizes, with the spread of each figure. */
import { frame, label, MAX_SERIES, round, roundedDomain, scaleOf, stroke, text } from './frame.mjs';

const HEIGHT = 470;
const [LEFT, RIGHT, TOP, BOTTOM] = [80, 620, 74, 410];
const NAME_HEIGHT = 22;

/**
 * @param picture `x` and `y`: `{ label, scale: 'log' | 'linear' }`, x also `{ names }` for values that are not numbers;
 *   `lines`: as `line()` makes them
 */
export function drawLines({ title, note, x, y, lines }) {
  if (lines.length > MAX_SERIES) throw new Error(`${title} must have at most ${MAX_SERIES} lines; got ${lines.length}`);
  const points = lines.flatMap((line) => line.points);
  const xs = points.map((point) => point.x);
  const horizontal = scaleOf(x.scale, [Math.min(...xs), Math.max(...xs)], [LEFT + 14, RIGHT - 14]);
  const lowest = Math.min(...points.map(({ low }) => low));
  const domain = roundedDomain(y.scale, lowest, Math.max(...points.map(({ high }) => high)));
  const vertical = scaleOf(y.scale, domain, [BOTTOM, TOP]);
  const body = [
    ...vertical.ticks.flatMap((value) => [
      stroke(LEFT, vertical.at(value), RIGHT, vertical.at(value), 'grid'),
      text(LEFT - 8, vertical.at(value) + 4, label(value), 'muted', 'end'),
    ]),
    ...(x.names === undefined ? [...new Set(xs)] : x.names.map((_, index) => index)).flatMap((value) => [
      stroke(horizontal.at(value), BOTTOM, horizontal.at(value), BOTTOM + 5, 'axis'),
      text(horizontal.at(value), BOTTOM + 20, x.names?.[value] ?? label(value), 'muted', 'middle'),
    ]),
    stroke(LEFT, BOTTOM, RIGHT, BOTTOM, 'axis'),
    text((LEFT + RIGHT) / 2, BOTTOM + 44, x.label, 'ink', 'middle'),
    `<text transform="translate(24 ${(TOP + BOTTOM) / 2}) rotate(-90)" class="ink" text-anchor="middle">${y.label}</text>`,
    ...lines.flatMap((line, index) => drawLine(line, index, horizontal, vertical)),
    ...drawNames(lines, vertical),
  ];
  return frame({ title, note, height: HEIGHT, body });
}

function drawLine({ points }, index, horizontal, vertical) {
  const path = points
    .map(({ x, median }, place) => `${place === 0 ? 'M' : 'L'}${round(horizontal.at(x))} ${round(vertical.at(median))}`)
    .join('');
  return [
    ...points.map(({ x, low, high }) =>
      stroke(horizontal.at(x), vertical.at(low), horizontal.at(x), vertical.at(high), `l${index}`, 1.5),
    ),
    `<path d="${path}" class="l${index}" stroke-width="2"/>`,
    ...points.map(({ x, median }) => drawMarker(index, horizontal.at(x), vertical.at(median))),
  ];
}

/** Draws a marker with a different shape for each line. */
function drawMarker(index, x, y) {
  const at = (dx, dy) => `${round(x + dx)} ${round(y + dy)}`;
  const shapes = [
    `<circle cx="${round(x)}" cy="${round(y)}" r="4.5" class="f0"/>`,
    `<rect x="${round(x - 4)}" y="${round(y - 4)}" width="8" height="8" class="f1"/>`,
    `<polygon points="${at(0, -6)} ${at(5.5, 4.5)} ${at(-5.5, 4.5)}" class="f2"/>`,
    `<polygon points="${at(0, -6)} ${at(6, 0)} ${at(0, 6)} ${at(-6, 0)}" class="f3"/>`,
    `<polygon points="${at(0, 6)} ${at(5.5, -4.5)} ${at(-5.5, -4.5)}" class="f4"/>`,
    `<rect x="${round(x - 2.5)}" y="${round(y - 6)}" width="5" height="12" class="f5"/>`,
  ];
  return shapes[index];
}

/** Draws the lines' names at their ends, moved apart if they would overlap. */
function drawNames(lines, vertical) {
  const ends = lines
    .map(({ name, points }, index) => ({ name, index, y: vertical.at(points.at(-1).median) }))
    .sort((a, b) => a.y - b.y);
  let free = TOP;
  for (const end of ends) {
    end.place = Math.max(end.y, free);
    free = end.place + NAME_HEIGHT;
  }
  // Names that are now below the picture move up again.
  let limit = BOTTOM;
  for (const end of ends.toReversed()) {
    end.place = Math.min(end.place, limit);
    limit = end.place - NAME_HEIGHT;
  }
  return ends.flatMap(({ name, index, y, place }) => [
    stroke(RIGHT - 6, y, RIGHT + 12, place, `l${index}`),
    drawMarker(index, RIGHT + 20, place),
    text(RIGHT + 32, place + 4, name),
  ]);
}
