/** Finds options by namespace, key and value. Pure. */
import type { OptionValue } from '../../../src/common/value.js';
import type { NamespaceAnswer, OptionAnswer, ValuesAnswer } from '../../../src/status/answers.js';
import { stringify } from './text.js';
import { isUnused, type Uses } from './usage.js';

/** Which options a list shows. `changed` and `unused`: since the start. */
export type Show = 'all' | 'set' | 'changed' | 'unused' | 'flags';

/** An option with its namespace, and what a search compares. */
export interface Entry {
  readonly id: string;
  readonly namespace: NamespaceAnswer;
  readonly option: OptionAnswer;
  /** The name, lower-cased. */
  readonly name: string;
  /** The value's JSON, lower-cased; made on the first search. */
  text(): string;
}

/** The longest text of a value that is searched, in characters. */
const MAX_SEARCHED = 100_000;

/** Lists all options, in the server's order. */
export function listEntries(values: ValuesAnswer): Entry[] {
  return values.namespaces.flatMap((namespace) => namespace.options.map((option) => makeEntry(namespace, option)));
}

function makeEntry(namespace: NamespaceAnswer, option: OptionAnswer): Entry {
  let text: string | undefined;
  return {
    id: `${namespace.namespace}/${option.key}`,
    namespace,
    option,
    name: `${namespace.namespace}/${option.key}`.toLowerCase(),
    text: () => {
      text ??= option.value === undefined ? '' : toSearchText(option.value);
      return text;
    },
  };
}

function toSearchText(value: OptionValue): string {
  return (typeof value === 'string' ? value.slice(0, MAX_SEARCHED) : stringify(value)).toLowerCase();
}

/** Returns the entries that have each word of `query` in their name or value. Names that match come first. */
export function search(entries: readonly Entry[], query: string, show: Show, uses: Uses = new Map()): Entry[] {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean);
  const byName: Entry[] = [];
  const byValue: Entry[] = [];
  for (const entry of entries) {
    if (!isShown(entry, show, uses)) continue;
    if (words.every((word) => entry.name.includes(word))) byName.push(entry);
    else if (words.every((word) => entry.name.includes(word) || entry.text().includes(word))) byValue.push(entry);
  }
  return [...byName, ...byValue];
}

function isShown({ id, option: { kind, isset, since } }: Entry, show: Show, uses: Uses): boolean {
  switch (show) {
    case 'all':
      return true;
    case 'set':
      return isset;
    case 'changed':
      return since.generation > 1;
    case 'unused': {
      const use = uses.get(id);
      return use !== undefined && isUnused(use);
    }
    case 'flags':
      return kind === 'flag';
  }
}
