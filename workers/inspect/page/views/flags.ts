/** The view that answers why a flag is on or off for a context: the form that asks. flag-answer.ts shows the answer. */
import type { ExplainQuestion, ValuesAnswer } from '../../../../src/status/answers.js';
import type { Answers, Client } from '../client.js';
import { make, makeIcon, quote, replace } from '../dom.js';
import { FLAG_PREFIX, listProperties, parseContext, parseIdentityFields } from '../flags.js';
import { listUses, type Uses } from '../usage.js';
import { makeAnswer } from './flag-answer.js';
import { makeUse } from './use-lines.js';
import type { View } from './view.js';

export interface FlagsView extends View {
  /** Fills in a flag, as `namespace/flag`. */
  select(name: string): void;
}

/** How many flags the field suggests. */
const SUGGESTED = 500;

export function makeFlagsView(client: Client): FlagsView {
  let values: ValuesAnswer | undefined;
  let usage: Answers['usage'];
  let uses: Uses = new Map();
  let asked: ExplainQuestion | undefined;
  /** The namespace to select once the page knows the namespaces: an address may name it before. */
  let wanted: string | undefined;
  const namespace = make('select', { id: 'flag-namespace', change: () => suggest() });
  const flag = make('input', {
    id: 'flag-name',
    list: 'flag-names',
    required: true,
    autocomplete: 'off',
    spellcheck: 'false',
    'aria-describedby': 'flag-use',
    input: () => hint(),
  });
  const names = make('datalist', { id: 'flag-names' });
  const context = make('textarea', {
    id: 'flag-context',
    rows: 6,
    spellcheck: 'false',
    placeholder: '{ "user_id": 42 }',
    'aria-describedby': 'flag-hint',
  });
  const fields = make('input', {
    id: 'flag-fields',
    placeholder: 'all properties',
    autocomplete: 'off',
    spellcheck: 'false',
  });
  const useLine = make('p', { class: 'help', id: 'flag-use' });
  const hintLine = make('p', { class: 'help', id: 'flag-hint' });
  const result = make('div', { class: 'card result', 'aria-live': 'polite' });
  const form = make(
    'form',
    { class: 'card form', submit: (event) => submit(event) },
    makeField('Namespace', namespace),
    makeField('Flag', flag, useLine),
    makeField('Context, as JSON', context, hintLine),
    makeField('Identity fields, for the rollout', fields),
    make('button', { type: 'submit', class: 'primary' }, 'Explain'),
    names,
  );
  const panel = make('section', { class: 'columns' }, form, result);

  const find = () =>
    values?.namespaces
      .find((each) => each.namespace === namespace.value)
      ?.options.find(({ key, kind }) => kind === 'flag' && key === FLAG_PREFIX + flag.value.trim());
  const suggest = (): void => {
    const options = values?.namespaces.find((each) => each.namespace === namespace.value)?.options ?? [];
    const flags = options.filter(({ kind }) => kind === 'flag').slice(0, SUGGESTED);
    replace(names, ...flags.map(({ key }) => make('option', { value: key.slice(FLAG_PREFIX.length) })));
    hint();
  };
  let shownUse: string | undefined;
  const showUse = (): void => {
    const use = uses.get(`${namespace.value}/${FLAG_PREFIX}${flag.value.trim()}`);
    const state = JSON.stringify(use) ?? '';
    if (state === shownUse) return;
    shownUse = state;
    replace(useLine, use === undefined ? null : makeUse(use));
  };
  const hint = (): void => {
    showUse();
    const properties = listProperties(find()?.value);
    const fillIn = (): void => {
      context.value = JSON.stringify(Object.fromEntries(properties.map((name) => [name, null])), undefined, 2);
      context.focus();
    };
    replace(
      hintLine,
      ...(properties.length === 0
        ? []
        : [
            'Its conditions read ',
            ...properties.flatMap((name, index) => [index > 0 ? ', ' : null, quote(name)]),
            '. ',
            make('button', { type: 'button', class: 'quiet', click: fillIn }, 'Fill in'),
          ]),
    );
  };
  const submit = (event: Event): void => {
    event.preventDefault();
    try {
      const identityFields = parseIdentityFields(fields.value);
      asked = {
        namespace: namespace.value,
        flag: flag.value.trim(),
        context: parseContext(context.value),
        ...(identityFields && { identityFields }),
      };
      context.removeAttribute('aria-invalid');
    } catch (error) {
      asked = undefined;
      context.setAttribute('aria-invalid', 'true');
      showError(error);
      return;
    }
    void ask(asked);
  };
  const ask = async (question: ExplainQuestion): Promise<void> => {
    try {
      const answer = await client.explain(question);
      if (asked === question) replace(result, ...makeAnswer(answer));
    } catch (error) {
      if (asked === question) showError(error);
    }
  };
  const showError = (error: unknown): void => {
    const message = error instanceof TypeError ? 'The process does not answer.' : (error as Error).message;
    replace(result, make('p', { class: 'error', role: 'alert' }, makeIcon('warn', 'Error'), make('span', {}, message)));
  };
  replace(result, makeIntroduction());

  return {
    id: 'flags',
    title: 'Flags',
    panel,
    showsUsage: true,
    select(name) {
      const slash = name.indexOf('/');
      wanted = name.slice(0, slash);
      namespace.value = wanted;
      flag.value = name.slice(slash + 1);
      suggest();
    },
    update(answers: Answers) {
      if (answers.usage !== usage) {
        usage = answers.usage;
        uses = listUses(usage);
        showUse();
      }
      if (answers.values === undefined || answers.values === values) return;
      values = answers.values;
      const present = wanted ?? namespace.value;
      wanted = undefined;
      const all = values.namespaces.map((each) => each.namespace);
      const withFlags = values.namespaces.find(({ options }) => options.some(({ kind }) => kind === 'flag'))?.namespace;
      replace(namespace, ...all.map((name) => make('option', { value: name }, name)));
      namespace.value = all.includes(present) ? present : (withFlags ?? all[0] ?? '');
      suggest();
      // The answer stays that of the live values.
      if (asked !== undefined) void ask(asked);
    },
  };
}

function makeField(label: string, field: HTMLElement, after: HTMLElement | null = null): HTMLElement {
  return make('div', { class: 'field' }, make('label', { for: field.id }, label), field, after);
}

function makeIntroduction(): HTMLElement {
  return make(
    'p',
    { class: 'empty' },
    'Why is a flag on or off? Give the context that the service passes. The process evaluates the flag with its live values, and says which segment decided.',
  );
}
