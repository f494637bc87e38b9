/** The rules for strings, in any value. Pure. */
import { truncate } from '../../common/text.js';
import type { YamlNode } from '../yaml/node.js';
import type { OptionFinding } from './findings.js';

/** How much of a text a message quotes. */
const MAX_LENGTH = 50;

/** A text between the quotes that word processors and chats make of `"` and `'`. With more of them, it is prose. */
const TYPOGRAPHIC = /^[“”„‟‘’‚‛][^“”„‟]*[“”‟‘’‛]$/u;

/** Finds the first string of a value that has typographic quotes around it: in YAML, they are part of the text. */
export function findInTexts(node: YamlNode): readonly OptionFinding[] {
  const found = findQuoted(node, []);
  if (found === undefined) return [];
  const message = `The text ${truncate(found.text, MAX_LENGTH)} has its quotes in it, since they are typographic ones: write " or '`;
  return [{ severity: 'warning', code: 'typographic-quotes', message, path: found.path }];
}

function findQuoted(
  node: YamlNode,
  path: readonly string[],
): { readonly text: string; readonly path: readonly string[] } | undefined {
  if (node.kind === 'scalar') {
    const text: string = node.type === 'string' ? JSON.parse(node.json) : '';
    return TYPOGRAPHIC.test(text) ? { text, path } : undefined;
  }
  const children = node.kind === 'list' ? node.items.entries() : node.members.entries();
  for (const [step, child] of children) {
    const found = findQuoted('value' in child ? child.value : child, [...path, String(step)]);
    if (found !== undefined) return found;
  }
  return undefined;
}
