/** Checking what a file of values sets, in the engine's own words. Pure. */

import { checkValues } from '../../schema/check-values.js';
import { describeValue } from '../../schema/describe-value.js';
import { BEYOND_SAFE } from '../../schema/messages.js';
import type { NamespaceSchema } from '../../schema/namespace-schema.js';
import { pointerSteps } from '../terminal/issues.js';
import { beginningOf, membersToJson, nodeAt, type YamlNode } from '../yaml/node.js';

/** Something that is wrong with a value. */
export interface ValueFault {
  readonly pointer: string;
  readonly message: string;
  /** Where it is in the text. */
  readonly offset: number;
}

/** What {@link checkOptions} found. */
export interface CheckedOptions {
  /** What is wrong, ordered by option. */
  readonly faults: readonly ValueFault[];
  /** What only a Node.js service would refuse: integers that a JavaScript number cannot hold. */
  readonly refused: readonly ValueFault[];
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
  const check = (integers: 'safe' | 'any'): ValueFault[] => {
    const checked = checkValues(schema, path, text, { redact: false, integers });
    if (checked.ok) return [];
    return checked.faults.flatMap(({ pointer, message }) => locate(pointer, message, options) ?? []);
  };
  const safe = check('safe');
  const faults = safe.length === 0 ? [] : check('any');
  const told = new Set(faults.map(({ pointer, message }) => `${pointer} ${message}`));
  const refused = safe.filter(
    ({ pointer, message }) => message.endsWith(BEYOND_SAFE) && !told.has(`${pointer} ${message}`),
  );
  return { faults, refused, unknown };
}

/** How much of a value is looked at to tell how a message begins with it; a message shows 100 characters. */
const SHOWN = 250;

/** Undefined for what is only wrong because the value could not be converted. */
function locate(pointer: string, message: string, options: ReadonlyMap<string, YamlNode>): ValueFault | undefined {
  const [name = '', ...steps] = pointerSteps(pointer);
  const option = options.get(name);
  // The last fault may be the number of those that are not listed.
  if (option === undefined) return { pointer, message, offset: 0 };
  const { node, isExact } = nodeAt(option, steps);
  if (isExact && node.isBroken) return undefined;
  return { pointer, message: isExact ? exactly(message, node) : message, offset: node.offset };
}

/** `message`, which begins with the value as JavaScript has it, with the value as it was written: `1.0`, 2^64. */
function exactly(message: string, node: YamlNode): string {
  const { json, value } = beginningOf(node, SHOWN);
  const shown = describeValue(value, false);
  if (!message.startsWith(`${shown} `)) return message;
  const characters = [...json.slice(0, SHOWN)];
  const exact = characters.length > 100 ? `${characters.slice(0, 100).join('')}…` : json;
  return exact + message.slice(shown.length);
}
