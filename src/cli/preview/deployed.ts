/** The values that are deployed to a target, as `write --target` writes them. Pure. */
import type { OptionValue } from '../../common/value.js';
import { mergeValues, type NamespaceValues, type TargetValues } from '../values/load.js';
import { toOptionValue } from '../yaml/exact-json.js';

/** The values of a root, by namespace. */
export type RootValues = ReadonlyMap<string, NamespaceValues>;

/** Lists the targets of all namespaces, sorted. */
export function listTargets(...roots: readonly RootValues[]): string[] {
  const targets = roots.flatMap((root) => [...root.values()].flatMap((byTarget) => [...byTarget.keys()]));
  return [...new Set(targets)].sort();
}

/** Returns what a namespace sets in `target`: those of `default` if it has no such target; nothing if it has no values. */
export function deployTo(target: string, values: NamespaceValues | undefined): TargetValues {
  return values === undefined ? new Map() : mergeValues(values, target);
}

/** Converts the values to those that a service reads. */
export function toOptionValues(values: TargetValues): ReadonlyMap<string, OptionValue> {
  return new Map([...values].map(([name, node]) => [name, toOptionValue(node)]));
}
