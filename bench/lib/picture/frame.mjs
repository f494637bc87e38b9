/**
 * The parts that all pictures share: background, colors, text and scales. Plain SVG with its own background, so that it
 * is readable on any page. Colors follow the reader's color scheme, and every line and bar has its name beside it, so
 * that color alone never identifies one.
 */
import { number } from '../table.mjs';

export const WIDTH = 860;

/** Colors by series: light, dark. Distinct also for readers who cannot see red or green. */
const COLORS = [
  ['#0a58ca', '#6cb0ff'],
  ['#b34700', '#ff9d57'],
  ['#087f6f', '#3fd6be'],
  ['#8e2a8b', '#e58be0'],
  ['#6b5900', '#dcc24a'],
  ['#57606a', '#a8b3bf'],
];

/** The number of series with distinct colors. */
export const MAX_SERIES = COLORS.length;

function style() {
  const rules = (scheme) => {
    const [paper, ink, muted, grid] = [
      ['#ffffff', '#1f2328', '#525b65', '#dde2e7'],
      ['#0d1117', '#e6edf3', '#9da7b3', '#2b323b'],
    ][scheme];
    const series = COLORS.map((pair, index) => `.f${index}{fill:${pair[scheme]}}.l${index}{stroke:${pair[scheme]}}`);
    return `.paper{fill:${paper}}.ink{fill:${ink}}.muted{fill:${muted}}.grid{stroke:${grid}}.axis{stroke:${muted}}${series.join('')}`;
  };
  return (
    `<style>text{font:13px system-ui,'Segoe UI',Helvetica,Arial,sans-serif}.title{font-size:16px;font-weight:600}` +
    `line,path{fill:none}.target{stroke-dasharray:6 4}${rules(0)}` +
    `@media(prefers-color-scheme:dark){${rules(1)}}</style>`
  );
}

/** Makes a whole picture of `height` around `body`, below its title and a note on how to read it. */
export function frame({ title, note, height, body }) {
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img" ` +
    `aria-label="${escapeXml(title)}">${style()}<rect class="paper" width="${WIDTH}" height="${height}"/>` +
    `${text(20, 30, title, 'ink title')}${text(20, 50, note, 'muted')}${body.join('')}</svg>\n`
  );
}

/** Draws a line of text; `anchor` is the point of the text that is at x. */
export function text(x, y, content, classes = 'ink', anchor = 'start') {
  return `<text x="${round(x)}" y="${round(y)}" class="${classes}" text-anchor="${anchor}">${escapeXml(content)}</text>`;
}

/** Draws a straight line. */
export function stroke(x1, y1, x2, y2, classes, width = 1) {
  return `<line x1="${round(x1)}" y1="${round(y1)}" x2="${round(x2)}" y2="${round(y2)}" class="${classes}" stroke-width="${width}"/>`;
}

/** Maps values of `[low, high]` to `[from, to]`, with ticks. A logarithmic scale needs positive values. */
export function scaleOf(kind, [low, high], [from, to]) {
  const of = kind === 'log' ? Math.log10 : (value) => value;
  const [first, last] = [of(low), of(high)];
  const at = (value) => from + ((of(value) - first) / (last - first || 1)) * (to - from);
  return { at, ticks: kind === 'log' ? logarithmicTicks(low, high) : linearTicks(low, high) };
}

/** Returns the next round values around `[low, high]`, as the ends of an axis. */
export function roundedDomain(kind, low, high) {
  if (kind === 'log') {
    const candidates = logarithmicSteps(low / 10, high * 10, [1, 2, 5]);
    const below = candidates.filter((value) => value <= low).at(-1);
    const above = candidates.find((value) => value >= high);
    return below === above ? [below / 2, above * 2] : [below, above];
  }
  const [, step = 1] = linearTicks(0, high);
  return [0, Math.ceil(high / step) * step || 1];
}

function logarithmicTicks(low, high) {
  const decades = logarithmicSteps(low, high, [1]);
  return decades.length >= 3 ? decades : logarithmicSteps(low, high, [1, 2, 5]);
}

function logarithmicSteps(low, high, digits) {
  const steps = [];
  for (let power = Math.floor(Math.log10(low)); power <= Math.ceil(Math.log10(high)); power++) {
    for (const digit of digits) {
      const value = Number(`${digit}e${power}`);
      if (value >= low * 0.999 && value <= high * 1.001) steps.push(value);
    }
  }
  return steps;
}

function linearTicks(low, high) {
  const rough = (high - low) / 5 || 1;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((digit) => digit * power).find((candidate) => candidate >= rough);
  const ticks = [];
  for (let value = Math.ceil(low / step) * step; value <= high * 1.001; value += step) {
    ticks.push(Number(value.toPrecision(6)));
  }
  return ticks;
}

/** Formats a number at an axis or a point. */
export const label = number;

/** Rounds to two decimals, which is more than a screen shows. */
export function round(value) {
  return Number(value.toFixed(2));
}

function escapeXml(content) {
  return content.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
}
