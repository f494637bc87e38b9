/** Makes elements. Strings become text nodes: whatever a value holds, nothing is ever parsed as HTML. */
import { formatAge, formatNumber, formatTime, type Phrase } from './format.js';
import { escapeInvisible, escapeLines, fold } from './text.js';

export type Child = Node | string | null | undefined | readonly Child[];

/** Attributes by name; a function is a listener of the event of that name. `false` and undefined: none. */
export type Attributes = Readonly<Record<string, string | number | boolean | undefined | ((event: Event) => void)>>;

/** Makes an element. */
export function make<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  attributes: Attributes = {},
  ...children: Child[]
): HTMLElementTagNameMap[Tag] {
  return fill(document.createElement(tag), attributes, children);
}

/** Makes an element of a drawing. */
export function draw(tag: string, attributes: Attributes = {}, ...children: Child[]): SVGElement {
  return fill(document.createElementNS('http://www.w3.org/2000/svg', tag) as SVGElement, attributes, children);
}

function fill<E extends Element>(element: E, attributes: Attributes, children: readonly Child[]): E {
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === 'function') element.addEventListener(name, value);
    else if (value !== undefined && value !== false) element.setAttribute(name, value === true ? '' : String(value));
  }
  append(element, children);
  return element;
}

function append(element: Element, children: readonly Child[]): void {
  for (const child of children) {
    if (typeof child === 'string') element.append(child);
    else if (child instanceof Node) element.append(child);
    else if (child !== null && child !== undefined) append(element, child);
  }
}

/** Replaces all children. */
export function replace(element: Element, ...children: Child[]): void {
  element.textContent = '';
  append(element, children);
}

/** Makes the children of `parent` those of `wanted`. Leaves what is in its place alone, so that it keeps the focus. */
export function arrange(parent: Element, wanted: readonly Element[]): void {
  const kept = new Set(wanted);
  for (const child of [...parent.children]) if (!kept.has(child)) child.remove();
  for (const [index, element] of wanted.entries()) {
    const present = parent.children[index];
    if (present !== element) parent.insertBefore(element, present ?? null);
  }
}

/** Finds an element of the page's own HTML. */
export function find<E extends HTMLElement = HTMLElement>(id: string): E {
  const element = document.getElementById(id);
  if (element === null) throw new Error(`The page has no #${id}.`);
  return element as E;
}

/** Makes a name or a value from a file. Isolated, so that its script cannot reorder what follows. */
export function quote(text: string, className = ''): HTMLElement {
  return make('bdi', { class: `mono ${className}`.trim(), dir: 'ltr' }, escapeInvisible(text));
}

/** Makes the name of an option. */
export function quoteName(namespace: string, key: string): HTMLElement {
  const slash = make('span', { class: 'muted' }, `${escapeInvisible(namespace)}/`);
  return make('bdi', { class: 'mono name', dir: 'ltr' }, slash, escapeInvisible(key));
}

/** Makes a message of several lines. */
export function quoteLines(text: string): HTMLElement {
  return make('pre', { class: 'message', dir: 'ltr', tabindex: 0 }, escapeLines(text));
}

/** How many characters of a long text are shown at first. */
const FOLDED = 2_000;
/** How many characters one click adds: a browser needs a fifth of a second to lay out a hundred thousand. */
const UNFOLDED = 20_000;

/** Makes a block of text of any length, which shows more on demand. */
export function makeBlock(text: string, label: string): HTMLElement {
  const box = make('pre', { class: 'block', dir: 'ltr', tabindex: 0, role: 'group', 'aria-label': label });
  const more = make('button', { type: 'button', class: 'quiet' });
  let limit = FOLDED;
  const show = (): void => {
    const { shown, hidden } = fold(text, limit);
    box.textContent = hidden > 0 ? `${shown}…` : shown;
    more.textContent = `Show more (${formatNumber(hidden)} characters are hidden)`;
    more.hidden = hidden === 0;
  };
  more.addEventListener('click', () => {
    limit += UNFOLDED;
    show();
    if (more.hidden) box.focus();
  });
  show();
  return make('div', {}, box, more);
}

/** The difference between the clocks of the process and of this browser, in milliseconds. */
let skew = 0;

/** Takes the time of the process as the time from which ages count. */
export function setClock(time: number): void {
  const difference = time - Date.now();
  // The header has whole seconds.
  skew = Math.abs(difference) > 2_000 ? difference : 0;
}

/** Returns the time of the process, in milliseconds since 1970. */
export function now(): number {
  return Date.now() + skew;
}

/** Makes a time: its age, which stays true, and with `isFull` also the time. */
export function makeTime(at: string | null, isFull = false): HTMLElement {
  if (at === null) return make('span', { class: 'muted' }, 'unknown');
  const element = make('time', { datetime: at, title: `${at}\n${new Date(at).toLocaleString()} here` });
  if (isFull) element.dataset.full = '';
  updateTime(element);
  return element;
}

function updateTime(element: HTMLTimeElement): void {
  const age = formatAge(element.dateTime, now());
  const text = 'full' in element.dataset ? `${formatTime(element.dateTime, now())} (${age})` : age;
  if (element.textContent !== text) element.textContent = text;
}

/** Brings all ages up to date. */
export function updateTimes(): void {
  for (const element of document.querySelectorAll('time')) updateTime(element);
}

/** Makes a sentence with times in it. */
export function makePhrase(phrase: Phrase): Child[] {
  return phrase.map((part) => (typeof part === 'string' ? part : makeTime(part.at, true)));
}

/** The drawings of the levels: their shapes differ as well as their colors. */
const ICONS: Readonly<Record<string, string>> = {
  ok: 'M4 10.5l4 4 8-9',
  on: 'M4 10.5l4 4 8-9',
  note: 'M10 9v6M10 5.2v.1',
  warn: 'M10 4.5v7M10 15.4v.1',
  bad: 'M5 5l10 10M15 5L5 15',
  off: 'M5 5l10 10M15 5L5 15',
  failed: 'M5 10h10',
  untried: 'M10 10v.1',
  unknown: 'M7 7.5a3 3 0 1 1 4 2.8c-.7.3-1 .8-1 1.7M10 15.4v.1',
};

/** Makes the icon of a level, with its name for those who do not see it. */
export function makeIcon(level: string, label: string): HTMLElement {
  const path = draw('path', { d: ICONS[level] ?? '' });
  return make(
    'span',
    { class: `icon ${level}` },
    draw('svg', { viewBox: '0 0 20 20', 'aria-hidden': 'true' }, path),
    make('span', { class: 'hidden' }, `${label}: `),
  );
}
