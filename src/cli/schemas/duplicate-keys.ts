/** Finds keys that an object of a JSON text has twice: JSON takes the last one, silently. Pure. */
import { visit } from 'jsonc-parser';
import type { Position } from '../../files/text-position.js';
import { formatLocation, type LocatedIssue } from '../terminal/format-issues.js';

/** The most keys that are found in a text. */
const MAX_FOUND = 20;

/**
 * Finds the keys of `text` that an earlier key of the same object is equal to. The issues say where the earlier one is.
 *
 * @param text valid JSON, nested at most as deeply as strict JSON allows
 * @param file the name of the file in the issues
 */
export function findDuplicateKeys(text: string, file: string): readonly LocatedIssue[] {
  const issues: LocatedIssue[] = [];
  const objects: Map<string, Position>[] = [];
  visit(text, {
    onObjectBegin: () => void objects.push(new Map()),
    onObjectEnd: () => void objects.pop(),
    onObjectProperty: (name, _offset, _length, line, character) => {
      const keys = objects.at(-1);
      const position = { line: line + 1, column: character + 1 };
      const first = keys?.get(name);
      keys?.set(name, position);
      if (first === undefined || issues.length === MAX_FOUND) return;
      const message = `the key ${JSON.stringify(name)} is there twice, and only the last one counts: remove the one at ${formatLocation(file, first)}`;
      issues.push({ pointer: '', message, position });
    },
  });
  return issues;
}
