/** The view of all options: what is live, since when, from which file; searched as people type. */
import type { Answers } from '../client.js';
import { arrange, make } from '../dom.js';
import { count, formatNumber } from '../format.js';
import { type Entry, listEntries, type Show, search } from '../search.js';
import { listUses, type Uses } from '../usage.js';
import { getRow, type Row } from './option-row.js';
import type { Open, View } from './view.js';

/** How many rows are made at a time. Ten thousand at once would take a second. */
const ROWS = 100;
const FILTERS: readonly (readonly [Show, string])[] = [
  ['all', 'All'],
  ['set', 'Set'],
  ['changed', 'Changed since the start'],
  ['unused', 'Never used'],
  ['flags', 'Flags'],
];

export interface OptionsView extends View {
  /** Puts the focus into the field for the search. */
  focus(): void;
  /** Searches for `query`. */
  search(query: string): void;
}

export function makeOptionsView(open: Open, onQuery: (query: string) => void): OptionsView {
  let entries: readonly Entry[] = [];
  let found: readonly Entry[] = [];
  let values: Answers['values'];
  let usage: Answers['usage'];
  let uses: Uses = new Map();
  let filter: Show = 'all';
  let limit = ROWS;
  const rows = new Map<string, Row>();

  const input = make('input', {
    type: 'search',
    id: 'search',
    placeholder: 'Search namespace, key or value',
    'aria-label': 'Search options',
    autocomplete: 'off',
    spellcheck: 'false',
    input: () => restart(),
    keydown: (event) => {
      if ((event as KeyboardEvent).key !== 'Escape') return;
      if (input.value === '') input.blur();
      input.value = '';
      restart();
    },
  });
  const filters = FILTERS.map(([show, title]) =>
    make(
      'button',
      { type: 'button', class: 'chip', 'aria-pressed': String(show === 'all'), click: () => select(show) },
      title,
    ),
  );
  const summary = make('p', { class: 'muted', role: 'status' });
  const list = make('ul', { class: 'options' });
  const head = make(
    'div',
    { class: 'head', 'aria-hidden': 'true' },
    ...['Option', 'Live value', 'Used', 'Last changed'].map((title) => make('span', {}, title)),
  );
  const more = make('button', { type: 'button', class: 'quiet', click: () => showMore() });
  const notice = make(
    'p',
    { class: 'notice', hidden: true },
    'This address shows types instead of values. A Unix socket shows values, and so does any address with the setting ',
    make('code', {}, 'inspect: { values: true }'),
    ', unless ',
    make('code', {}, 'redactValues'),
    ' hides them.',
  );
  const panel = make(
    'section',
    {},
    make(
      'div',
      { class: 'tools' },
      input,
      make('div', { class: 'chips', role: 'group', 'aria-label': 'Filter' }, ...filters),
    ),
    notice,
    summary,
    head,
    list,
    more,
  );
  new IntersectionObserver(
    (observed) => {
      if (observed.some(({ isIntersecting }) => isIntersecting)) showMore();
    },
    { rootMargin: '400px' },
  ).observe(more);

  const select = (show: Show): void => {
    filter = show;
    for (const [index, button] of filters.entries())
      button.setAttribute('aria-pressed', String(FILTERS[index]?.[0] === show));
    restart();
  };
  const restart = (): void => {
    limit = ROWS;
    onQuery(input.value);
    render();
  };
  const showMore = (): void => {
    if (limit >= found.length) return;
    limit += ROWS;
    render();
  };
  const render = (): void => {
    found = search(entries, input.value, filter, uses);
    arrange(
      list,
      found.slice(0, limit).map((entry) => {
        const row = getRow(rows, entry, open);
        row.showUse(uses.get(entry.id));
        return row.element;
      }),
    );
    const total = entries.length;
    summary.textContent =
      values === undefined
        ? 'Loading'
        : found.length === total
          ? count(total, 'option')
          : `${formatNumber(found.length)} of ${count(total, 'option')}`;
    head.hidden = found.length === 0;
    more.hidden = limit >= found.length;
    more.textContent = `Show more (${formatNumber(Math.max(0, found.length - limit))} are left)`;
  };
  render();
  return {
    id: 'options',
    title: 'Options',
    panel,
    showsUsage: true,
    count: (answers) => answers.values?.namespaces.reduce((sum, { options }) => sum + options.length, 0),
    focus: () => {
      input.focus();
      input.select();
    },
    search: (query) => {
      if (input.value === query) return;
      input.value = query;
      restart();
    },
    update(answers) {
      notice.hidden = answers.status?.showsValues !== false;
      if (answers.usage !== usage) {
        usage = answers.usage;
        uses = listUses(usage);
        if (answers.values === values) render();
      }
      if (answers.values === undefined || answers.values === values) return;
      const previous = values?.generation;
      values = answers.values;
      entries = listEntries(values);
      const ids = new Set(entries.map(({ id }) => id));
      for (const id of rows.keys()) if (!ids.has(id)) rows.delete(id);
      render();
      if (previous !== undefined) flash(found.slice(0, limit), previous, rows);
    },
  };
}

/** Marks the options that have changed after a generation. */
function flash(entries: readonly Entry[], generation: number, rows: ReadonlyMap<string, Row>): void {
  for (const { id, option } of entries) {
    if (option.since.generation > generation) rows.get(id)?.element.classList.add('fresh');
  }
}
