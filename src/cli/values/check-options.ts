/** Checks the options of a values file with the library's own validation, so that messages are the same. Pure. */
import { truncate } from '../../common/text.js';
import { checkValues } from '../../schema/check-values.js';
import { describeValue } from '../../schema/describe-value.js';
import { BEYOND_SAFE } from '../../schema/issues.js';
import { findOption, type NamespaceSchema } from '../../schema/namespace-schema.js';
import { readUnexpected, splitPointer } from '../terminal/format-issues.js';
import { findBeginning, findNode, membersToJson, type YamlNode } from '../yaml/node.js';

/** An issue of a value. */
interface OptionIssue {
  readonly pointer: string;
  readonly message: string;
  /** The value's offset in the file, in UTF-16 units. */
  readonly offset: number;
}

/** The result of {@link checkOptions}. */
interface CheckedOptions {
  /** The issues, ordered by option. */
  readonly issues: readonly OptionIssue[];
  /** Issues for a Node.js service only: integers that a JavaScript number cannot hold. */
  readonly rejectedByNode: readonly OptionIssue[];
  /** The options that the schema does not declare, sorted. */
  readonly unknown: readonly string[];
}

/** Checks `options` against `schema`. Converts them to the JSON that a service will read, and checks that. */
export function checkOptions(
  options: ReadonlyMap<string, YamlNode>,
  schema: NamespaceSchema,
  path: string,
): CheckedOptions {
  const unknown = [...options.keys()].filter((name) => findOption(schema, name) === undefined).sort();
  const declared = [...options].filter(([name]) => findOption(schema, name) !== undefined);
  const text = Buffer.from(`{"options":${membersToJson(declared)}}`);
  const check = (integers: 'safe' | 'any'): OptionIssue[] => {
    const checked = checkValues(schema, path, text, { redact: false, integers });
    if (checked.ok) return [];
    return checked.issues.flatMap(({ pointer, message }) => locate(pointer, message, options) ?? []);
  };
  const safe = check('safe');
  const issues = safe.length === 0 ? [] : check('any');
  const known = new Set(issues.map(({ pointer, message }) => `${pointer} ${message}`));
  const rejectedByNode = safe.filter(
    ({ pointer, message }) => message.endsWith(BEYOND_SAFE) && !known.has(`${pointer} ${message}`),
  );
  return { issues, rejectedByNode, unknown };
}

/** The number of characters of a value that is enough to recognize it in a message, which shows 100 characters. */
const COMPARED_LENGTH = 250;

/** Adds the offset to an issue. Returns undefined if the value has the issue only because it could not be converted. */
function locate(pointer: string, message: string, options: ReadonlyMap<string, YamlNode>): OptionIssue | undefined {
  const [name = '', ...steps] = splitPointer(pointer);
  const option = options.get(name);
  // The last issue may state how many issues are not listed.
  if (option === undefined) return { pointer, message, offset: 0 };
  const { node, isExact } = findNode(option, steps);
  if (isExact && node.isBroken) return undefined;
  const key = isExact && node.kind === 'map' ? readUnexpected(message) : undefined;
  const member = key === undefined || node.kind !== 'map' ? undefined : node.members.get(key);
  if (member !== undefined) return { pointer, message, offset: member.keyOffset };
  return {
    pointer,
    message: isExact ? quoteExactly(adviseExactly(message, node), node) : message,
    offset: node.offset,
  };
}

/**
 * Replaces a number or a boolean in the advice to quote it by how the file writes it: `1.10` is the number 1.1. Says why
 * a text is null.
 */
function adviseExactly(message: string, node: YamlNode): string {
  if (node.kind !== 'scalar' || node.type === 'string') return message;
  if (node.note !== undefined) return message.replace(/(?<= is not of type "string"; ).*$/, () => node.note ?? '');
  return message.replace(/(?<=; quote it: ).*$/, () => JSON.stringify(node.source ?? node.json));
}

/** Replaces the JavaScript value at the beginning of `message` by the value in the file, such as `1.0` or 2^64. */
function quoteExactly(message: string, node: YamlNode): string {
  const { json, value } = findBeginning(node, COMPARED_LENGTH);
  const shown = describeValue(value, false);
  if (!message.startsWith(`${shown} `)) return message;
  return truncate(json, 100) + message.slice(shown.length);
}
