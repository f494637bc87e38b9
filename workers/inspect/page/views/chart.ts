/** The chart of reload times. */
import type { ReloadAnswer } from '../../../../src/status/answers.js';
import { computeBars } from '../bars.js';
import { type Child, draw, make, makeTime, now } from '../dom.js';
import { count, formatDuration, formatTime } from '../format.js';

const WIDTH = 600;
const HEIGHT = 88;
/** The server keeps as many reloads. */
const SLOTS = 20;

/** Draws a bar for each reload. The drawing has a description: its numbers are in the list as well. */
export function makeChart(reloads: readonly ReloadAnswer[]): Child {
  const oldest = reloads.at(-1);
  if (oldest === undefined) return null;
  const { bars, top } = computeBars(reloads, { width: WIDTH, height: HEIGHT, slots: SLOTS });
  const rejected = reloads.filter(({ generation }) => generation === null).length;
  const slowest = Math.max(...reloads.map(({ reloadMs }) => reloadMs));
  const summary = `${count(reloads.length, 'reload')}, the slowest in ${formatDuration(slowest)}, ${rejected} rejected`;
  const chart = draw(
    'svg',
    {
      class: 'chart',
      viewBox: `0 0 ${WIDTH} ${HEIGHT}`,
      role: 'img',
      'aria-label': summary,
      preserveAspectRatio: 'none',
    },
    ...[0, HEIGHT / 2, HEIGHT].map((y) => draw('line', { class: 'grid', x1: 0, x2: WIDTH, y1: y, y2: y })),
    ...bars.map(({ x, width, height, reload }) => {
      const outcome = reload.generation === null ? 'rejected' : `generation ${reload.generation}`;
      const label = `${formatTime(reload.at, now())}: ${outcome} in ${formatDuration(reload.reloadMs)}`;
      const kind = reload.generation === null ? 'bar rejected' : 'bar';
      return draw('rect', { class: kind, x, width, height, y: HEIGHT - height }, draw('title', {}, label));
    }),
  );
  return make(
    'figure',
    { class: 'figure' },
    make(
      'div',
      { class: 'scale', 'aria-hidden': 'true' },
      make('span', {}, formatDuration(top)),
      make('span', {}, '0'),
    ),
    chart,
    make(
      'figcaption',
      {},
      `${count(reloads.length, 'reload')} since `,
      makeTime(oldest.at, true),
      `, the slowest in ${formatDuration(slowest)}`,
      rejected === 0 ? null : [', ', make('span', { class: 'key rejected' }, `${rejected} rejected`)],
    ),
  );
}
