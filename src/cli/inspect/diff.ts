/** Compares two sets of values, option by option. Pure. */
import { isDeepStrictEqual } from 'node:util';
import { escapeControlChars } from '../../common/text.js';
import type { OptionValue } from '../../common/value.js';
import { formatJson, formatValue } from '../terminal/format.js';
import { asFeature, describeAudienceChanges } from './audience.js';

/** Values by namespace and key. */
export type ValueSet = ReadonlyMap<string, ReadonlyMap<string, OptionValue>>;

/** One option that differs between the two sets. */
interface Difference {
  readonly namespace: string;
  readonly key: string;
  /** The value in the first set; undefined if that set does not have the option. `after` likewise. */
  readonly before: OptionValue | undefined;
  readonly after: OptionValue | undefined;
  /** How the audience of a feature flag changes, one line for each change; undefined for a plain option. */
  readonly audience: readonly string[] | undefined;
}

/** The namespace of values that come from a stream, which does not name one. */
export const UNNAMED = '-';

/**
 * Returns the two sets with matching names: if each holds a single namespace, both take the name of the first one that
 * has a name. The names can differ because a ConfigMap's name may have a suffix, and a file's name a target.
 */
export function align(before: ValueSet, after: ValueSet): [ValueSet, ValueSet] {
  const [first, ...others] = before;
  const [second, ...more] = after;
  if (first === undefined || second === undefined || others.length + more.length > 0) return [before, after];
  const name = first[0] === UNNAMED ? second[0] : first[0];
  return [new Map([[name, first[1]]]), new Map([[name, second[1]]])];
}

/** Returns the differences from `before` to `after`, sorted by namespace and key. */
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

/** Formats the differences as lines: `+` for an option that only `after` sets, `-` only `before`, `~` a new value. */
export function formatDifferences(differences: readonly Difference[]): string {
  const lines: string[] = [];
  let namespace: string | undefined;
  for (const difference of differences) {
    if (difference.namespace !== namespace) {
      namespace = difference.namespace;
      lines.push(namespace);
    }
    lines.push(...formatDifference(difference));
  }
  return lines.map((line) => `${escapeControlChars(line)}\n`).join('');
}

/** Formats the differences as JSON. */
export function formatDifferencesJson(differences: readonly Difference[]): string {
  return formatJson({ differences });
}

function formatDifference({ key, before, after, audience }: Difference): readonly string[] {
  const sign = before === undefined ? '+' : after === undefined ? '-' : '~';
  if (audience !== undefined) {
    const head = audience.length === 0 ? 'same audience' : 'audience changed';
    return [`  ${sign} ${key}: ${head}`, ...audience.map((line) => `      ${line}`)];
  }
  if (before === undefined || after === undefined) return [`  ${sign} ${key}: ${formatValue(before ?? after)}`];
  return [`  ${sign} ${key}: ${formatValue(before)} → ${formatValue(after)}`];
}
