/** What is probably a mistake in a directory of schemas. Runs in the command line's main thread. */
import { readdirSync } from 'node:fs';
import { dirname, parse } from 'node:path';
import type { Issue } from '../../common/errors.js';
import { escapeControlChars } from '../../common/text.js';
import { SCHEMA_FILE } from '../../config/base-directory.js';
import { FLAG_PREFIX } from '../../features/feature.js';
import type { NamespaceSchema } from '../../schema/namespace-schema.js';
import { formatLocation } from '../terminal/format-issues.js';
import type { Output } from '../terminal/output.js';
import { similarNames } from '../terminal/suggest.js';
import { JsonText } from './json-position.js';

const MISSING = `${SCHEMA_FILE} is missing; `;

/** Says to rename a file that is probably the missing schema. */
export function adviseOnMissing(issue: Issue): Issue {
  if (!issue.message.startsWith(MISSING)) return issue;
  const toStem = (name: string): string => parse(name).name.toLowerCase();
  const similar = listJson(dirname(issue.file)).find(
    (name) => similarNames(toStem(SCHEMA_FILE), [toStem(name)]).length > 0,
  );
  if (similar === undefined) return issue;
  return { ...issue, message: `${MISSING}rename '${escapeControlChars(similar)}' to it` };
}

function listJson(directory: string): readonly string[] {
  try {
    return readdirSync(directory).filter((name) => /\.jsonc?$/i.test(name));
  } catch {
    return [];
  }
}

/** Warns of options that are named like flags: valid here, and no flags. */
export function warnOfPlainFlags(schemas: Iterable<NamespaceSchema>, output: Pick<Output, 'warn'>): void {
  for (const { file, source, options } of schemas) {
    const plain = [...options.values()].filter(({ name, isFlag }) => !isFlag && name.startsWith(FLAG_PREFIX));
    const text = plain.length === 0 ? undefined : new JsonText(Buffer.from(source).toString());
    for (const { name } of plain) {
      const position = text?.findPosition(['properties', name]);
      const place = position === undefined ? file : formatLocation(file, position);
      output.warn(
        `'${escapeControlChars(name)}' is no flag, but an option with a type, and the Rust and Python clients reject its schema. ` +
          'For a flag, declare {"$ref": "#/definitions/Feature"} alone; else choose another name',
        { place },
      );
    }
  }
}
