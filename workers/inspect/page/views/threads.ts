/** The view of the threads that hold the store: which are behind, and which are blocked. */
import type { ThreadAnswer } from '../../../../src/status/answers.js';
import type { Answers } from '../client.js';
import { make, makeIcon, makeTime, replace } from '../dom.js';
import { formatDuration, formatNumber } from '../format.js';
import { judgeThread } from '../verdict.js';
import type { View } from './view.js';

export function makeThreadsView(): View {
  const rows = make('tbody');
  const rest = make('p', { class: 'muted' }, 'Further threads may hold the store, and cannot be asked.');
  const columns = ['Thread', 'Event loop', 'Reads'].map((title) => make('th', { scope: 'col' }, title));
  const panel = make(
    'section',
    {},
    make(
      'div',
      { class: 'card' },
      make('table', {}, make('thead', {}, make('tr', {}, ...columns)), rows),
      rest,
      make(
        'p',
        { class: 'help' },
        'A thread whose event loop does not turn cannot answer requests: it computes, waits, or is stopped in a debugger. ' +
          'A thread that is behind adopts the newest values with its next read.',
      ),
    ),
  );
  return {
    id: 'threads',
    title: 'Threads',
    panel,
    count: ({ threads }) => threads?.threads.length,
    update({ threads }: Answers) {
      if (threads === undefined) return;
      // The blocked ones first.
      const sorted = [...threads.threads].sort(
        (a, b) =>
          Number(a.responds) - Number(b.responds) || Number(b.isBehind) - Number(a.isBehind) || a.threadId - b.threadId,
      );
      replace(rows, ...sorted.map((thread) => makeRow(thread)));
      rest.hidden = !threads.isFull;
    },
  };
}

const ICONS = { turns: 'ok', late: 'note', blocked: 'warn' } as const;
const LABELS = { turns: 'Good', late: 'Note', blocked: 'Warning' } as const;

function makeRow(thread: ThreadAnswer): HTMLElement {
  const state = judgeThread(thread);
  const { threadId, isMain, isOwner, generation, adoptedAt, isBehind, responds, silentMs, activity } = thread;
  const roles = [isMain ? 'main' : '', isOwner ? 'started the watcher' : ''].filter(Boolean).join(', ');
  const silent = silentMs === null ? 'does not respond' : `silent for ${formatDuration(silentMs)}`;
  const behind = isBehind ? [' ', make('span', { class: 'tag' }, 'behind')] : [];
  return make(
    'tr',
    { class: state },
    make('th', { scope: 'row' }, `Thread ${threadId}`, make('small', {}, roles)),
    make(
      'td',
      {},
      make('div', { class: 'with-icon' }, makeIcon(ICONS[state], LABELS[state]), responds ? 'turns' : silent),
      make('small', {}, activity ?? ''),
    ),
    make('td', {}, `Generation ${formatNumber(generation)}`, behind, make('small', {}, 'since ', makeTime(adoptedAt))),
  );
}
