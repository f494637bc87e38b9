/**
 * Finds objects that were split into several entries of a list, by a `- ` before each of their keys: each entry lacks
 * what the others have. Pure; runs with the validator, never in a reader.
 */
import type { ErrorObject } from 'ajv';

/** The most names of an entry that is compared with others: a list may have many entries, and an entry many names. */
const MAX_NAMES = 20;

/** An entry that lacks names. */
interface Entry {
  readonly names: readonly string[];
  readonly required: readonly string[];
}

/**
 * Reduces the errors of such entries to one, with the parameter `fragments`: the number of entries after its own that
 * belong to it.
 */
export function reduceFragments(errors: readonly ErrorObject[]): readonly ErrorObject[] {
  const lists = new Map<string, Map<number, Entry>>();
  for (const error of errors) {
    const [list, index] = splitEntry(error);
    if (list === undefined) continue;
    const entries = lists.get(list) ?? new Map<number, Entry>();
    lists.set(list, entries);
    entries.set(index, { names: Object.keys(error.data as object), required: error.parentSchema?.required ?? [] });
  }
  const counts = new Map<string, number>();
  for (const [list, entries] of lists) {
    for (const index of entries.keys()) {
      const count = counts.has(`${list}/${index}`) ? 0 : countFragments(entries, index);
      for (let at = 0; at < count; at++) counts.set(`${list}/${index + at}`, at === 0 ? count - 1 : 0);
    }
  }
  if (counts.size === 0) return errors;
  const reported = new Set<string>();
  return errors.flatMap((error) => {
    const count = splitEntry(error)[0] === undefined ? undefined : counts.get(error.instancePath);
    if (count === undefined) return [error];
    if (count === 0 || reported.has(error.instancePath)) return [];
    reported.add(error.instancePath);
    return [{ ...error, params: { ...error.params, fragments: count } }];
  });
}

/** Returns the pointer of the list, and the index, of an entry that lacks a name. */
function splitEntry({ keyword, instancePath }: ErrorObject): readonly [string | undefined, number] {
  const at = instancePath.lastIndexOf('/');
  const index = instancePath.slice(at + 1);
  const isEntry = keyword === 'required' && /^\d+$/.test(index);
  return isEntry ? [instancePath.slice(0, at), Number(index)] : [undefined, 0];
}

/** Counts the entries from `first` on that together have all names, each once; 0 if there are none. */
function countFragments(entries: ReadonlyMap<number, Entry>, first: number): number {
  const names = new Set<string>();
  for (let index = first; ; index++) {
    const entry = entries.get(index);
    if (entry === undefined || entry.names.length === 0 || entry.names.length > MAX_NAMES) return 0;
    if (entry.names.some((name) => names.has(name))) return 0;
    for (const name of entry.names) names.add(name);
    if (entry.required.every((name) => names.has(name))) return index - first + 1;
  }
}
