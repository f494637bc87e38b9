/** Draws bars that consist of parts, one after the other. */
import { frame, label, MAX_SERIES, round, roundedDomain, scaleOf, stroke, text } from './frame.mjs';

const [LEFT, RIGHT, TOP, ROW] = [250, 740, 112, 40];

/** @param picture `x`: `{ label }`; `parts`: their names; `bars`: `{ name, values }`, a value for each part */
export function drawStacks({ title, note, x, parts, bars }) {
  if (parts.length > MAX_SERIES) throw new Error(`${title} must have at most ${MAX_SERIES} parts; got ${parts.length}`);
  const totals = bars.map(({ values }) => values.reduce((sum, value) => sum + value, 0));
  const scale = scaleOf('linear', roundedDomain('linear', 0, Math.max(...totals)), [LEFT, RIGHT]);
  const bottom = TOP + bars.length * ROW;
  const body = [
    ...scale.ticks.flatMap((value) => [
      stroke(scale.at(value), TOP - 8, scale.at(value), bottom, 'grid'),
      text(scale.at(value), bottom + 18, label(value), 'muted', 'middle'),
    ]),
    text((LEFT + RIGHT) / 2, bottom + 42, x.label, 'ink', 'middle'),
    ...drawLegend(parts),
    ...bars.flatMap((bar, index) => drawBar(bar, TOP + index * ROW, scale, totals[index])),
  ];
  return frame({ title, note, height: bottom + 60, body });
}

function drawBar({ name, values }, y, scale, total) {
  let end = 0;
  const boxes = values.map((value, index) => {
    const from = scale.at(end);
    end += value;
    // A thin gap separates the parts, so that they are distinct without their colors.
    const width = Math.max(0, scale.at(end) - from - 1);
    return `<rect x="${round(from)}" y="${y}" width="${round(width)}" height="24" class="f${index}"/>`;
  });
  return [text(LEFT - 12, y + 17, name, 'ink', 'end'), ...boxes, text(scale.at(end) + 8, y + 17, label(total))];
}

/** Draws the names of the parts, in the order of the bars. */
function drawLegend(parts) {
  let x = 20;
  return parts.flatMap((part, index) => {
    const items = [
      `<rect x="${round(x)}" y="68" width="12" height="12" class="f${index}"/>`,
      text(x + 18, 79, part, 'ink'),
    ];
    x += 40 + part.length * 6.8;
    return items;
  });
}
