/** The view of the last reloads: what changed when, from what to what, and what was rejected and why. */
import type { ChangeAnswer, ReloadAnswer } from '../../../../src/status/answers.js';
import type { Answers } from '../client.js';
import { compare, type Marked } from '../differences.js';
import { type Child, make, makeIcon, makeTime, quoteLines, quoteName, replace } from '../dom.js';
import { count, formatDuration, formatNumber } from '../format.js';
import { escapeInvisible } from '../text.js';
import { makeChart } from './chart.js';
import type { View } from './view.js';

export function makeChangesView(): View {
  const chart = make('div', { class: 'card' });
  const list = make('ol', { class: 'reloads' });
  const panel = make('section', {}, chart, list);
  let shown: string | undefined;
  return {
    id: 'changes',
    title: 'Changes',
    panel,
    count: ({ history }) => history?.reloads.length,
    update({ history }: Answers) {
      // Otherwise, an open message would close, and the focus would be lost, each few seconds.
      const state = JSON.stringify(history);
      if (history === undefined || state === shown) return;
      shown = state;
      const { reloads } = history;
      replace(chart, make('h2', {}, 'Reload times'), makeChart(reloads));
      chart.hidden = reloads.length === 0;
      replace(list, ...(reloads.length === 0 ? [makeEmpty()] : reloads.map(makeReload)));
    },
  };
}

function makeEmpty(): HTMLElement {
  return make('li', { class: 'empty' }, 'Nothing has changed since the start. A reload appears here when it ends.');
}

function makeReload({ at, generation, reloadMs, error, changes, changeCount }: ReloadAnswer): HTMLElement {
  const isRejected = generation === null;
  const title = isRejected ? 'Rejected' : `Generation ${formatNumber(generation)}`;
  const what = isRejected ? '' : changeCount === 0 ? 'no option changed' : count(changeCount, 'option');
  return make(
    'li',
    { class: isRejected ? 'card reload rejected' : 'card reload' },
    make(
      'header',
      {},
      makeIcon(isRejected ? 'warn' : 'ok', isRejected ? 'Rejected' : 'Accepted'),
      make('h2', {}, title),
      make('span', { class: 'muted' }, [what, `in ${formatDuration(reloadMs)}`].filter(Boolean).join(', ')),
      makeTime(at, true),
    ),
    error === null ? null : quoteLines(error),
    makeChanges(changes, changeCount),
  );
}

/** Makes the list of changed options. */
export function makeChanges(changes: readonly ChangeAnswer[], total: number): Child {
  if (total === 0) return null;
  const rest = total - changes.length;
  return make(
    'ul',
    { class: 'changes' },
    ...changes.map((change) => make('li', {}, quoteName(change.namespace, change.key), makeDifferences(change))),
    rest > 0 ? make('li', { class: 'muted' }, `${count(rest, 'further option')}, whose values are not kept`) : null,
  );
}

function makeDifferences(change: ChangeAnswer): HTMLElement {
  const { listed, more } = compare(change.old, change.new);
  return make(
    'ul',
    { class: 'differences' },
    ...listed.map((difference) =>
      make(
        'li',
        {},
        difference.place === '' ? null : make('bdi', { class: 'mono place', dir: 'ltr' }, difference.place),
        makeSide('del', difference.old),
        make('span', { class: 'arrow' }, '→'),
        makeSide('ins', difference.new),
      ),
    ),
    more > 0 ? make('li', { class: 'muted' }, `and ${count(more, 'further difference')}`) : null,
  );
}

function makeSide(tag: 'del' | 'ins', side: Marked | null): HTMLElement {
  if (side === null) return make('span', { class: 'muted' }, 'not set');
  return make(tag, { class: 'mono', dir: 'ltr' }, side.before, make('mark', {}, side.middle), side.after);
}

/** Describes in one line what a reload did, for those who hear the page. */
export function describeReload({ generation, changes, changeCount }: ReloadAnswer): string {
  if (generation === null) return 'A reload was rejected.';
  const [first] = changes;
  const more = changeCount > 1 ? ` and ${changeCount - 1} more` : '';
  const what = first === undefined ? 'no option' : `${escapeInvisible(first.namespace)}/${escapeInvisible(first.key)}`;
  return `Generation ${generation}: ${what}${more} changed.`;
}
