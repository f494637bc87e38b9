/** Formats the message that a reload is live. Names only: a value may be confidential. Pure; runs in the watcher thread. */
import { escapeControlChars, joinFirst, truncate } from '../../src/common/text.js';
import type { Loaded } from '../values/results.js';

/** The maximum number of names in the message. */
const NAMES_LISTED = 5;
/** The maximum length of a name, in characters. */
const NAME_LENGTH = 100;

/**
 * Names the options that changed; if none did, the namespaces whose files did.
 *
 * @param changes the options that changed, by namespace
 * @example 'Generation 2 is live: shop/page-size (1 option)'
 */
export function describeGeneration(generation: number, changes: Loaded['changes']): string {
  const options: string[] = [];
  let count = 0;
  let namespaceCount = 0;
  for (const [namespace, keys] of changes) {
    count += keys.length;
    if (keys.length > 0) namespaceCount++;
    for (const key of keys.slice(0, NAMES_LISTED - options.length)) options.push(formatName(`${namespace}/${key}`));
  }
  if (count > 0) {
    const where = namespaceCount === 1 ? '' : ` of ${namespaceCount} namespaces`;
    const what = `${joinFirst(options, count)} (${count} ${count === 1 ? 'option' : 'options'}${where})`;
    return `Generation ${generation} is live: ${what}`;
  }
  const namespaces = [...changes.keys()].slice(0, NAMES_LISTED).map(formatName);
  const what = changes.size === 0 ? 'no option changed' : `${joinFirst(namespaces, changes.size)} (no option changed)`;
  return `Generation ${generation} is live: ${what}`;
}

function formatName(name: string): string {
  return escapeControlChars(truncate(name, NAME_LENGTH));
}
