/** The rows of the view of all options. Each opens, and then shows all that is known of its option. */
import type { OptionValue } from '../../../../src/common/value.js';
import type { OptionAnswer } from '../../../../src/status/answers.js';
import { type Child, make, makeBlock, makeTime, quote, quoteName, replace } from '../dom.js';
import { FLAG_PREFIX, summarizeFlag } from '../flags.js';
import { formatNumber } from '../format.js';
import type { Entry } from '../search.js';
import { formatBlock, formatLine } from '../text.js';
import type { Use } from '../usage.js';
import { makeSummary, makeUse } from './use-lines.js';
import type { Open } from './view.js';

/** How long a value may be in a row. */
const LINE = 160;

/** A row, and what it shows. */
export interface Row {
  readonly element: HTMLElement;
  readonly state: string;
  /** Shows how the option is used, if that is known. */
  showUse(use: Use | undefined): void;
}

/** Returns the row of an option. As long as the option does not change, it is the same one, open or closed. */
export function getRow(rows: Map<string, Row>, entry: Entry, open: Open): Row {
  const { option } = entry;
  const state = JSON.stringify([option.since, option.isset, option.valueType, option.value === undefined]);
  const present = rows.get(entry.id);
  if (present?.state === state) return present;
  const row = { ...makeRow(entry, open), state };
  if (present !== undefined) keepState(present.element, row.element);
  rows.set(entry.id, row);
  return row;
}

/** Opens `next` and gives it the focus, as far as `previous` is open and has it. */
function keepState(previous: HTMLElement, next: HTMLElement): void {
  if (previous.querySelector('details')?.open) next.querySelector('details')?.setAttribute('open', '');
  // Once it is in the page.
  if (previous.contains(document.activeElement)) queueMicrotask(() => next.querySelector('summary')?.focus());
}

function makeRow(entry: Entry, open: Open): Pick<Row, 'element' | 'showUse'> {
  const { option, namespace } = entry;
  const summary = make('span', { class: 'used' });
  // Changes in place: whoever reads the rest of the row may have selected a part.
  const use = make('span', {}, 'unknown');
  const details = make(
    'details',
    { toggle: () => showDetail() },
    make(
      'summary',
      {},
      quoteName(namespace.namespace, option.key),
      make('span', { class: 'value' }, makeValue(option)),
      summary,
      make('span', { class: 'since' }, makeSince(option)),
    ),
  );
  // Made when it is opened first: most rows never are.
  const showDetail = (): void => {
    if (details.open && details.childElementCount === 1) details.append(makeDetail(entry, use, open));
  };
  let shown: string | undefined;
  return {
    element: make('li', {}, details),
    showUse(newest) {
      const state = JSON.stringify(newest);
      if (newest === undefined || state === shown) return;
      shown = state;
      replace(summary, makeSummary(newest));
      replace(use, makeUse(newest));
    },
  };
}

function makeValue({ kind, isset, value, valueType }: OptionAnswer): Child {
  if (kind === 'flag' && !isset) return make('span', { class: 'muted' }, 'not set');
  if (value === undefined) return make('span', { class: 'muted' }, `${valueType ?? 'nothing'} (not shown)`);
  if (kind === 'flag') return make('bdi', {}, summarizeFlag(value));
  return quote(formatLine(value, LINE));
}

function makeSince({ kind, isset, since }: OptionAnswer): Child {
  // Nobody knows more about an option that has never been set.
  if (!isset && since.generation <= 1) return kind === 'flag' ? null : make('span', { class: 'tag' }, 'default');
  // The server remembers the times of the last generations only.
  return since.at === null ? `generation ${formatNumber(since.generation)}` : makeTime(since.at);
}

function makeDetail({ option, namespace }: Entry, use: HTMLElement, open: Open): HTMLElement {
  const { key, kind, isset, value, since, valueType } = option;
  const flag = key.slice(FLAG_PREFIX.length);
  const facts: Child[] = [
    makeFact(
      'Source',
      isset ? quote(namespace.file) : kind === 'flag' ? 'no values file sets it' : 'the schema’s default',
    ),
    makeFact(
      'Unchanged since',
      make(
        'span',
        {},
        `generation ${formatNumber(since.generation)}`,
        since.at === null ? null : [', ', makeTime(since.at, true)],
      ),
    ),
    makeFact('Type', valueType ?? 'flag'),
    makeFact('Used', use),
  ];
  return make(
    'div',
    { class: 'detail' },
    make('dl', { class: 'facts' }, ...facts),
    value === undefined ? null : makeBlock(formatBlock(value), `Value of ${key}`),
    isset && option.default !== undefined ? makeDefault(option.default, key) : null,
    kind === 'flag'
      ? make(
          'button',
          { type: 'button', click: () => open('flags', `${namespace.namespace}/${flag}`) },
          'Why is it on or off?',
        )
      : null,
  );
}

function makeDefault(value: OptionValue, key: string): Child {
  return [make('p', { class: 'subtitle' }, 'Default'), makeBlock(formatBlock(value), `Default of ${key}`)];
}

function makeFact(title: string, content: Child): Child {
  return make('div', {}, make('dt', {}, title), make('dd', {}, content));
}
