/** The first view: whether all is well and why not, what is live, and what changed last. */
import type { NamespaceAnswer, StatusAnswer } from '../../../../src/status/answers.js';
import type { Answers } from '../client.js';
import { type Child, make, makeIcon, makePhrase, makeTime, quote, quoteLines, replace } from '../dom.js';
import { count, formatDuration } from '../format.js';
import type { Check, Verdict } from '../verdict.js';
import { makeChanges } from './changes.js';
import { makeChart } from './chart.js';
import type { Open, View } from './view.js';

const LEVEL_NAMES: Readonly<Record<string, string>> = { ok: 'Good', note: 'Note', warn: 'Warning', bad: 'Error' };
/** How many namespaces are shown at first, and how many changes. */
const NAMESPACES = 50;
const CHANGES = 5;

export function makeOverview(judgeNow: () => Verdict, open: Open): View {
  const checks = make('ul', { class: 'checks' });
  const live = make('ul', { class: 'namespaces' });
  const latest = make('div', {});
  const panel = make(
    'section',
    { class: 'columns' },
    make('div', { class: 'card' }, make('h2', {}, 'Is all well?'), checks),
    make(
      'div',
      { class: 'stack' },
      make('div', { class: 'card' }, make('h2', {}, 'What is live'), live),
      make('div', { class: 'card' }, make('h2', {}, 'What changed last'), latest),
    ),
  );
  const shown = new Map<Element, string>();
  /** Replaces the content only if it differs: whoever reads it may have selected a part. */
  const show = (element: Element, state: unknown, makeContent: () => Child[]): void => {
    const text = JSON.stringify(state);
    if (shown.get(element) === text) return;
    shown.set(element, text);
    replace(element, ...makeContent());
  };
  return {
    id: 'overview',
    title: 'Overview',
    panel,
    update({ status, values, history }: Answers) {
      const verdict = judgeNow();
      show(checks, verdict.checks, () => verdict.checks.map(makeCheck));
      if (status !== undefined) {
        const { namespaces } = status.status;
        // Those that need somebody first: the list may be long.
        const isOff = (name: string): boolean => namespaces[name]?.held != null || namespaces[name]?.lost != null;
        const all = Object.keys(namespaces);
        const names = [...all.filter(isOff), ...all.filter((name) => !isOff(name))];
        const said = verdict.checks.map(({ message }) => message).join('\n');
        const state = [namespaces, said, status.showsValues, values?.generation, values?.namespaces.length];
        show(live, state, () => {
          const rows = names.slice(0, NAMESPACES).map((name) => {
            const namespace = values?.namespaces.find((each) => each.namespace === name);
            return makeNamespace(name, status, namespace, said, open);
          });
          const rest = names.length - rows.length;
          return [...rows, rest > 0 ? make('li', { class: 'muted' }, `and ${count(rest, 'further namespace')}`) : null];
        });
      }
      if (history !== undefined) show(latest, history, () => makeLatest(history.reloads, open));
    },
  };
}

function makeCheck({ level, title, detail, message }: Check): HTMLElement {
  return make(
    'li',
    { class: `check ${level}` },
    makeIcon(level, LEVEL_NAMES[level] ?? ''),
    make(
      'div',
      {},
      make('strong', {}, title),
      detail.length === 0 ? null : make('small', {}, makePhrase(detail)),
      message === undefined || message === '' ? null : quoteLines(message),
    ),
  );
}

function makeNamespace(
  name: string,
  { status }: StatusAnswer,
  namespace: NamespaceAnswer | undefined,
  said: string,
  open: Open,
): HTMLElement {
  const { generatedAt, delaySecs, commit, valuesHash, held, lost } = status.namespaces[name] ?? {};
  const set = namespace?.options.filter(({ isset }) => isset).length ?? 0;
  const total = namespace?.options.length ?? 0;
  return make(
    'li',
    {},
    make(
      'div',
      { class: 'line' },
      make('button', { type: 'button', class: 'link', click: () => open('options', `${name}/`) }, quote(name)),
      namespace === undefined ? null : make('span', { class: 'muted' }, `${set} of ${count(total, 'option')} set`),
    ),
    namespace === undefined ? null : make('div', { class: 'path' }, quote(namespace.file)),
    held === null || held === undefined
      ? null
      : make(
          'div',
          { class: 'held' },
          make('strong', {}, 'Keeps its last values since ', makeTime(held.since, true)),
          // Nothing twice: the messages of the checks have it, unless they are truncated.
          held.reason.split('\n').every((line) => said.includes(line)) ? null : quoteLines(held.reason),
        ),
    valuesHash === null || valuesHash === undefined
      ? make(
          'small',
          {},
          lost === null || lost === undefined
            ? 'There is no values file'
            : ['The values file is gone since ', makeTime(lost.since, true)],
          ': the defaults are live.',
        )
      : make(
          'small',
          {},
          generatedAt === null || generatedAt === undefined
            ? 'The file does not say when it was generated'
            : ['Generated ', makeTime(generatedAt, true)],
          delaySecs === null || delaySecs === undefined ? null : `, live ${formatDuration(delaySecs * 1_000)} later`,
          commit === null || commit === undefined
            ? null
            : [', commit ', make('span', { class: 'mono', title: commit }, commit.slice(0, 12))],
          ', SHA-256 ',
          make('span', { class: 'mono', title: valuesHash }, valuesHash.slice(0, 8)),
        ),
  );
}

function makeLatest(reloads: NonNullable<Answers['history']>['reloads'], open: Open): Child[] {
  const changed = reloads.find(({ changeCount }) => changeCount > 0);
  if (reloads.length === 0) return [make('p', { class: 'empty' }, 'Nothing has changed since the start.')];
  return [
    changed === undefined
      ? make('p', { class: 'empty' }, 'No reload has changed an option.')
      : [
          make('p', { class: 'muted' }, `Generation ${changed.generation}, `, makeTime(changed.at, true)),
          makeChanges(changed.changes.slice(0, CHANGES), changed.changeCount),
        ],
    make('h3', {}, 'Reload times'),
    makeChart(reloads),
    make('button', { type: 'button', class: 'quiet', click: () => open('changes') }, 'Show all changes'),
  ];
}
