/** The page: its band, its tabs, its keys. Runs in a browser, and imports nothing of Node. */
import { Client } from './client.js';
import { find, make, makeIcon, makePhrase, now, quote, replace, setClock, updateTimes } from './dom.js';
import { formatNumber } from './format.js';
import { judge, type Verdict } from './verdict.js';
import { describeReload, makeChangesView } from './views/changes.js';
import { makeFlagsView } from './views/flags.js';
import { makeOptionsView } from './views/options.js';
import { makeOverview } from './views/overview.js';
import { makeThreadsView } from './views/threads.js';
import { makeUsageView } from './views/usage.js';
import type { View } from './views/view.js';

const COLORS = { ok: '#1a7f4b', note: '#1a7f4b', warn: '#c77700', bad: '#c5221f', unknown: '#6b7480' } as const;
const LEVEL_NAMES = { ok: 'Good', note: 'Good', warn: 'Warning', bad: 'Error', unknown: 'Unknown' } as const;

const client = new Client(() => render(), setClock);
const { answers } = client;

function judgeNow(): Verdict {
  const { status, threads, asOf, isLost, problem } = answers;
  const time = asOf === undefined ? undefined : new Date(asOf + now() - Date.now()).toISOString();
  return judge({ status, threads, asOf: time, isLost, problem });
}

const options = makeOptionsView(open, (query) => setHash('options', query));
const flags = makeFlagsView(client);
const views: readonly View[] = [
  makeOverview(judgeNow, open),
  options,
  makeChangesView(),
  makeThreadsView(),
  flags,
  makeUsageView(open),
];
let current: View | undefined;

const tabs = views.map((view, index) =>
  make('button', {
    type: 'button',
    role: 'tab',
    id: `tab-${view.id}`,
    'aria-controls': `view-${view.id}`,
    click: () => open(view.id),
    keydown: (event) => moveBy(event as KeyboardEvent, index),
  }),
);
find('tabs').append(...tabs);
for (const { panel, id } of views) {
  panel.id = `view-${id}`;
  panel.setAttribute('role', 'tabpanel');
  panel.setAttribute('aria-labelledby', `tab-${id}`);
  find('main').append(panel);
}

/** Opens a view. The address holds it, so that a reload or a colleague opens the same. */
function open(id: string, argument = ''): void {
  const view = views.find((each) => each.id === id) ?? views[0];
  if (view === undefined) return;
  current = view;
  for (const [index, each] of views.entries()) {
    each.panel.hidden = each !== view;
    tabs[index]?.setAttribute('aria-selected', String(each === view));
    tabs[index]?.setAttribute('tabindex', each === view ? '0' : '-1');
  }
  if (argument !== '') {
    if (view === options) options.search(argument);
    if (view === flags) flags.select(argument);
  }
  setHash(view.id, argument);
  client.followUsage(view.showsUsage === true);
  render();
}

function setHash(id: string, argument: string): void {
  const hash = argument === '' ? `#${id}` : `#${id}/${encodeURIComponent(argument)}`;
  if (location.hash !== hash) history.replaceState(null, '', hash);
}

function openHash(): void {
  const [id = '', ...rest] = location.hash.slice(1).split('/');
  const argument = rest.join('/');
  try {
    open(id, decodeURIComponent(argument));
  } catch {
    open(id);
  }
}

/** Moves among the tabs with the arrows, as the pattern of tabs demands. */
function moveBy(event: KeyboardEvent, index: number): void {
  const target = { ArrowRight: index + 1, ArrowLeft: index - 1, Home: 0, End: views.length - 1 }[event.key];
  if (target === undefined) return;
  event.preventDefault();
  const place = (target + views.length) % views.length;
  open(views[place]?.id ?? '');
  tabs[place]?.focus();
}

document.addEventListener('keydown', (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.target instanceof Element && event.target.matches('input, textarea, select')) return;
  const view = event.key === '/' ? options : views[Number(event.key) - 1];
  if (view === undefined) return;
  event.preventDefault();
  open(view.id);
  if (event.key === '/') options.focus();
  else tabs[views.indexOf(view)]?.focus();
});

let news: string | undefined;
let shownProcess: string | undefined;

function render(): void {
  const verdict = judgeNow();
  renderBand(verdict);
  renderProcess();
  const connection = find('connection');
  connection.className = answers.isLost || answers.asOf === undefined ? '' : 'live';
  connection.textContent = answers.isLost ? 'Not connected' : answers.asOf === undefined ? 'Connecting' : 'Live';
  for (const [index, view] of views.entries()) {
    const number = view.count?.(answers);
    const badge = number === undefined ? null : make('span', { class: 'count' }, formatNumber(number));
    const tab = tabs[index];
    if (tab && tab.textContent !== `${view.title}${number === undefined ? '' : formatNumber(number)}`)
      replace(tab, view.title, badge);
  }
  current?.update(answers);
  const [last] = answers.history?.reloads ?? [];
  if (last !== undefined && news !== undefined && news !== last.at) find('news').textContent = describeReload(last);
  if (answers.history !== undefined) news = last?.at ?? '';
}

let shownVerdict: string | undefined;
/** Only the headline is announced: the ages below it change each second. */
let spoken: string | undefined;

function renderBand({ level, headline, detail }: Verdict): void {
  const state = JSON.stringify([level, headline, detail]);
  if (state === shownVerdict) return;
  shownVerdict = state;
  find('band').className = level;
  find('main').classList.toggle('stale', answers.isLost);
  replace(find('verdict-icon'), makeIcon(level === 'note' ? 'ok' : level, LEVEL_NAMES[level]));
  find('headline').textContent = headline;
  replace(find('verdict-detail'), ...makePhrase(detail));
  document.title = `${headline} – ${answers.status?.process.program.split('/').at(-1) ?? 'sentry-options'}`;
  const dot = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16"><circle cx="8" cy="8" r="7" fill="${COLORS[level]}"/></svg>`;
  find<HTMLLinkElement>('favicon').href = `data:image/svg+xml,${encodeURIComponent(dot)}`;
  if (headline !== spoken) find('news').textContent = headline;
  spoken = headline;
}

function renderProcess(): void {
  const { status } = answers;
  const state = JSON.stringify(status?.process);
  if (status === undefined || state === shownProcess) return;
  shownProcess = state;
  const { pid, program, node, library, host } = status.process;
  const facts: readonly (readonly [string, string])[] = [
    ['Process', `${pid} on ${host}`],
    ['Program', program],
    ['Directory', status.status.directory],
    ['Versions', `sentry-options ${library}, Node.js ${node.replace(/^v/, '')}`],
  ];
  replace(
    find('process'),
    ...facts.map(([title, text]) => make('div', {}, make('dt', {}, title), make('dd', {}, quote(text)))),
  );
}

window.addEventListener('hashchange', openHash);
setInterval(updateTimes, 1_000);
openHash();
client.start();
