/** The view of what is not used: options never read, and flags never evaluated or read, or that always say the same. */
import type { UsageAnswer, ValuesAnswer } from '../../../../src/status/answers.js';
import type { Answers } from '../client.js';
import { arrange, type Child, make, makeIcon, makeTime, quoteName, replace } from '../dom.js';
import { formatNumber } from '../format.js';
import { escapeLines } from '../text.js';
import { type Findings, findConstant, findUnused, identify, isCounted, isUnused, type Use } from '../usage.js';
import { makeOwner, makeUse } from './use-lines.js';
import type { Open, View } from './view.js';

/** How many rows a list has at first, and how many a click adds. */
const ROWS = 50;

export function makeUsageView(open: Open): View {
  const summary = make('div', { class: 'card usage' });
  const neverRead = makeList('Options never read', 'Each option has been read.', open);
  const constant = makeList('Flags that always say the same', 'No flag has always said the same.', open);
  const unused = makeList('Flags never evaluated or read', 'Each flag has been evaluated or read.', open);
  const failed = makeList('Flags whose context throws an error', '', open);
  const right = make('div', { class: 'stack' }, failed.card, constant.card, unused.card);
  const columns = make('div', { class: 'columns' }, neverRead.card, right);
  const panel = make('section', { class: 'stack' }, summary, columns);
  columns.hidden = true;
  replace(summary, 'Loading');
  let shown: UsageAnswer | undefined;
  let values: ValuesAnswer | undefined;
  let set: ReadonlySet<string> = new Set();
  return {
    id: 'usage',
    title: 'Usage',
    panel,
    showsUsage: true,
    update({ usage, values: newest }: Answers) {
      if (usage === undefined || (usage === shown && newest === values)) return;
      if (newest !== values) set = listSet(newest);
      values = newest;
      shown = usage;
      const found = findUnused(usage);
      columns.hidden = !isCounted(usage);
      replace(summary, ...makeSummary(usage, found));
      if (columns.hidden) return;
      neverRead.show(found.neverRead, (use) => (set.has(identify(use)) ? 'set in values' : undefined));
      constant.show(found.constant, (use) => ('flag' in use ? `always ${findConstant(use)}` : undefined));
      unused.show(found.unused, () => undefined);
      failed.show(found.failed, () => undefined);
      failed.card.hidden = found.failed.length === 0;
    },
  };
}

/** Lists the options that a values file sets, as `namespace/key`. */
function listSet(values: ValuesAnswer | undefined): ReadonlySet<string> {
  const all = values?.namespaces.flatMap(({ namespace, options }) => {
    return options.filter(({ isset }) => isset).map(({ key }) => `${namespace}/${key}`);
  });
  return new Set(all);
}

function makeSummary(usage: UsageAnswer, { neverRead, unused, constant }: Findings): Child[] {
  const { since, options, flags, problem } = usage;
  const same = constant.length === 1 ? 'flag always says the same' : 'flags always say the same';
  const notice = problem === null ? null : make('p', { class: 'notice' }, escapeLines(problem));
  const head = make('h2', {}, 'What is not used?');
  if (!isCounted(usage)) return [head, notice];
  return [
    head,
    make(
      'dl',
      { class: 'figures' },
      makeFigure(`${formatNumber(neverRead.length)} of ${formatNumber(options.length)}`, 'options never read'),
      makeFigure(formatNumber(constant.length), same),
      makeFigure(`${formatNumber(unused.length)} of ${formatNumber(flags.length)}`, 'flags never evaluated or read'),
    ),
    make('p', { class: 'muted' }, 'In all threads of this process, since ', makeTime(since, true), '.'),
    make(
      'p',
      { class: 'muted' },
      'Another process, or a job that has ended, may use them. Before you delete anything, ask all processes: ',
      make('code', {}, 'sentry-options usage'),
      '.',
    ),
    notice,
  ];
}

function makeFigure(figure: string, title: string): HTMLElement {
  return make('div', {}, make('dt', {}, title), make('dd', {}, figure));
}

/** A list of options or flags, whose rows keep the focus while their counts change. */
interface UseList {
  readonly card: HTMLElement;
  show(uses: readonly Use[], tag: (use: Use) => string | undefined): void;
}

interface Row {
  readonly element: HTMLElement;
  update(use: Use, tag: string | undefined): void;
}

function makeList(title: string, empty: string, open: Open): UseList {
  const head = make('h2', {}, title);
  const list = make('ul', { class: 'uses' });
  const none = make('p', { class: 'empty' }, empty);
  const more = make('button', { type: 'button', class: 'quiet', click: () => showMore() });
  const rows = new Map<string, Row>();
  let limit = ROWS;
  let uses: readonly Use[] = [];
  let tagOf: (use: Use) => string | undefined = () => undefined;
  const showMore = (): void => {
    limit += ROWS;
    render();
  };
  const render = (): void => {
    const visible = uses.slice(0, limit);
    const ids = new Set(visible.map(identify));
    for (const id of rows.keys()) if (!ids.has(id)) rows.delete(id);
    const elements = visible.map((use) => {
      const id = identify(use);
      const row = rows.get(id) ?? makeRow(use, open);
      rows.set(id, row);
      row.update(use, tagOf(use));
      return row.element;
    });
    arrange(list, elements);
    replace(head, title, make('span', { class: 'count' }, formatNumber(uses.length)));
    list.hidden = uses.length === 0;
    none.hidden = uses.length > 0;
    more.hidden = uses.length <= limit;
    more.textContent = `Show more (${formatNumber(Math.max(0, uses.length - limit))} are left)`;
  };
  return {
    card: make('div', { class: 'card' }, head, none, list, more),
    show(newest, tag) {
      uses = newest;
      tagOf = tag;
      render();
    },
  };
}

function makeRow(use: Use, open: Open): Row {
  const isFlag = 'flag' in use;
  const name = isFlag ? use.flag : use.key;
  const target = `${use.namespace}/${name}`;
  const button = make(
    'button',
    { type: 'button', class: 'link', click: () => open(isFlag ? 'flags' : 'options', target) },
    quoteName(use.namespace, name),
  );
  const line = make('div', { class: 'use' });
  const detail = make('small', {});
  let shown: string | undefined;
  return {
    element: make('li', {}, line, detail),
    update(newest, tag) {
      const state = JSON.stringify([newest, tag]);
      if (state === shown) return;
      shown = state;
      const answer = 'flag' in newest ? findConstant(newest) : undefined;
      arrange(line, [
        button,
        ...(tag !== undefined && answer !== undefined ? [makeIcon(answer, 'Answer')] : []),
        ...(tag === undefined ? [] : [make('span', { class: 'tag' }, tag)]),
      ]);
      // The title says that it was never used.
      if ('flag' in newest) replace(detail, isUnused(newest) ? makeOwner(newest) : makeUse(newest));
    },
  };
}
