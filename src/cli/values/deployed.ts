/** The values that are deployed to a target, as `write --target` writes them. Pure. */
import { joinFirst } from '../../common/text.js';
import type { OptionValue } from '../../common/value.js';
import { CommandError } from '../terminal/errors.js';
import { toOptionValue } from '../yaml/exact-json.js';
import { mergeValues, type NamespaceValues, type TargetValues } from './load.js';

/** The values of a root, by namespace. */
export type RootValues = ReadonlyMap<string, NamespaceValues>;

/** Lists the targets of all namespaces, sorted. */
export function listTargets(...roots: readonly RootValues[]): string[] {
  const targets = roots.flatMap((root) => [...root.values()].flatMap((byTarget) => [...byTarget.keys()]));
  return [...new Set(targets)].sort();
}

/** The maximum number of names that a message lists. */
const MAX_LISTED = 10;

/** Makes an error for a namespace or a target that is not one of `names`, those that have values. */
export function notFound(message: string, names: Iterable<string>): CommandError {
  const known = [...names].sort();
  return new CommandError(`${message}; there are values of ${joinFirst(known.slice(0, MAX_LISTED), known.length)}`);
}

/** @throws {CommandError} if no namespace has values of `target` */
export function requireTarget(target: string, targets: readonly string[]): void {
  if (!targets.includes(target)) throw notFound(`Target '${target}' not found in any namespace`, targets);
}

/** Returns what a namespace sets in `target`: those of `default` if it has no such target; nothing if it has no values. */
export function deployTo(target: string, values: NamespaceValues | undefined): TargetValues {
  return values === undefined ? new Map() : mergeValues(values, target);
}

/** Converts the values to those that a service reads. */
export function toOptionValues(values: TargetValues): ReadonlyMap<string, OptionValue> {
  return new Map([...values].map(([name, node]) => [name, toOptionValue(node)]));
}
