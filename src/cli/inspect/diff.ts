/** What differs between two sets of values, option by option. Pure. */
import { isDeepStrictEqual } from 'node:util';
import type { OptionValue } from '../../common/value.js';
import { formatJson, formatValue } from '../terminal/format.js';
import { asFeature, describeAudienceChanges } from './audience.js';

/** What is set: by namespace, by key. */
export type ValueSet = ReadonlyMap<string, ReadonlyMap<string, OptionValue>>;

/** One option that is not the same on both sides. */
interface Difference {
  readonly namespace: string;
  readonly key: string;
  /** Undefined where the option is not set. */
  readonly before: OptionValue | undefined;
  readonly after: OptionValue | undefined;
  /** Of a feature flag: how whom it is on for changes, a line each; empty where it does not. Undefined for an option. */
  readonly audience: readonly string[] | undefined;
}

/**
 * The two sets, so that what belongs together has one name: of two that hold a single namespace each, the second goes by
 * the name of the first. A ConfigMap's name may have a suffix, and that of a file a target.
 */
export function align(before: ValueSet, after: ValueSet): [ValueSet, ValueSet] {
  const [name, ...others] = before.keys();
  const [values, ...more] = after.values();
  if (name === undefined || values === undefined || others.length + more.length > 0) return [before, after];
  return [before, new Map([[name, values]])];
}

/** What differs from `before` to `after`, sorted by namespace and key. */
export function compareValues(before: ValueSet, after: ValueSet): readonly Difference[] {
  const namespaces = [...new Set([...before.keys(), ...after.keys()])].sort();
  return namespaces.flatMap((namespace) => {
    const [old, now] = [before.get(namespace), after.get(namespace)];
    const keys = [...new Set([...(old?.keys() ?? []), ...(now?.keys() ?? [])])].sort();
    return keys.flatMap((key) => {
      const [from, to] = [old?.get(key), now?.get(key)];
      return isDeepStrictEqual(from, to) ? [] : [compareOption(namespace, key, from, to)];
    });
  });
}

function compareOption(
  namespace: string,
  key: string,
  before: OptionValue | undefined,
  after: OptionValue | undefined,
): Difference {
  const features = [asFeature(key, before), asFeature(key, after)] as const;
  const isFlag = features.some((feature) => feature !== undefined);
  return { namespace, key, before, after, audience: isFlag ? describeAudienceChanges(...features) : undefined };
}

/** The differences as text: `+` set only after, `-` only before, `~` another value. */
export function formatDifferences(differences: readonly Difference[]): string {
  const lines: string[] = [];
  let namespace: string | undefined;
  for (const compareOption of differences) {
    if (compareOption.namespace !== namespace) {
      namespace = compareOption.namespace;
      lines.push(namespace);
    }
    lines.push(...formatDifference(compareOption));
  }
  return lines.map((line) => `${line}\n`).join('');
}

/** The differences as JSON. */
export function formatDifferencesJson(differences: readonly Difference[]): string {
  return formatJson({ differences });
}

function formatDifference({ key, before, after, audience }: Difference): readonly string[] {
  const sign = before === undefined ? '+' : after === undefined ? '-' : '~';
  if (audience !== undefined) {
    const head = audience.length === 0 ? 'on for the same as before' : 'on for others than before';
    return [`  ${sign} ${key}: ${head}`, ...audience.map((line) => `      ${line}`)];
  }
  if (before === undefined || after === undefined) return [`  ${sign} ${key}: ${formatValue(before ?? after)}`];
  return [`  ${sign} ${key}: ${formatValue(before)} → ${formatValue(after)}`];
}
