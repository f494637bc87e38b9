/** Checking what a file of values sets, in the engine's own words. Pure. */
import { truncate } from '../../common/text.js';
import { checkValues } from '../../schema/check-values.js';
import { describeValue } from '../../schema/describe-value.js';
import { BEYOND_SAFE } from '../../schema/issues.js';
import type { NamespaceSchema } from '../../schema/namespace-schema.js';
import { splitPointer } from '../terminal/format-issues.js';
import { findBeginning, findNode, membersToJson, type YamlNode } from '../yaml/node.js';

/** Something that is wrong with a value. */
interface OptionIssue {
  readonly pointer: string;
  readonly message: string;
  /** Where it is in the text. */
  readonly offset: number;
}

/** What {@link checkOptions} found. */
interface CheckedOptions {
  /** What is wrong, ordered by option. */
  readonly issues: readonly OptionIssue[];
  /** What only a Node.js service would refuse: integers that a JavaScript number cannot hold. */
  readonly rejectedByNode: readonly OptionIssue[];
  /** The options that the schema does not declare, sorted. */
  readonly unknown: readonly string[];
}

/** Checks `options` against `schema`, by way of the text that a service is going to read. */
export function checkOptions(
  options: ReadonlyMap<string, YamlNode>,
  schema: NamespaceSchema,
  path: string,
): CheckedOptions {
  const unknown = [...options.keys()].filter((name) => !schema.options.has(name)).sort();
  const known = [...options].filter(([name]) => schema.options.has(name));
  const text = Buffer.from(`{"options":${membersToJson(known)}}`);
  const check = (integers: 'safe' | 'any'): OptionIssue[] => {
    const checked = checkValues(schema, path, text, { redact: false, integers });
    if (checked.ok) return [];
    return checked.issues.flatMap(({ pointer, message }) => locate(pointer, message, options) ?? []);
  };
  const safe = check('safe');
  const issues = safe.length === 0 ? [] : check('any');
  const told = new Set(issues.map(({ pointer, message }) => `${pointer} ${message}`));
  const rejectedByNode = safe.filter(
    ({ pointer, message }) => message.endsWith(BEYOND_SAFE) && !told.has(`${pointer} ${message}`),
  );
  return { issues, rejectedByNode: rejectedByNode, unknown };
}

/** How much of a value is looked at to tell how a message begins with it; a message shows 100 characters. */
const SHOWN = 250;

/** Undefined for what is only wrong because the value could not be converted. */
function locate(pointer: string, message: string, options: ReadonlyMap<string, YamlNode>): OptionIssue | undefined {
  const [name = '', ...steps] = splitPointer(pointer);
  const option = options.get(name);
  // The last fault may be the number of those that are not listed.
  if (option === undefined) return { pointer, message, offset: 0 };
  const { node, isExact } = findNode(option, steps);
  if (isExact && node.isBroken) return undefined;
  return { pointer, message: isExact ? exactly(message, node) : message, offset: node.offset };
}

/** `message`, which begins with the value as JavaScript has it, with the value as it was written: `1.0`, 2^64. */
function exactly(message: string, node: YamlNode): string {
  const { json, value } = findBeginning(node, SHOWN);
  const shown = describeValue(value, false);
  if (!message.startsWith(`${shown} `)) return message;
  return truncate(json, 100) + message.slice(shown.length);
}
