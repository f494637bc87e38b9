/** Formats the differences between two roots: as the JSON of the Rust command line, or as lines for people. Pure. */
import { escapeControlChars } from '../../common/text.js';
import type { OptionValue } from '../../common/value.js';
import { shortenJson } from '../terminal/format.js';
import { formatExactJson, formatIndentedJson, toPlainValue } from '../yaml/exact-json.js';
import { asFeature, describeAudienceChanges } from './audience.js';
import type { Effective, EffectiveChange, RemovedTarget, RootDifferences } from './effective.js';

/** Formats the differences as JSON, in parts. */
export function* formatRootsJson({ changes, removedTargets }: RootDifferences): Generator<string> {
  yield '{\n  "changes": ';
  yield* formatList(changes, formatChangeJson);
  yield ',\n  "removed_targets": ';
  yield* formatList(removedTargets, formatTargetJson);
  yield '\n}\n';
}

function* formatList<T>(items: readonly T[], format: (item: T) => string): Generator<string> {
  if (items.length === 0) {
    yield '[]';
    return;
  }
  yield '[\n';
  for (const [index, item] of items.entries()) yield `${index === 0 ? '' : ',\n'}    ${format(item)}`;
  yield '\n  ]';
}

function formatTargetJson({ namespace, target }: RemovedTarget): string {
  return formatMembers('    ', [
    ['namespace', JSON.stringify(namespace)],
    ['target', JSON.stringify(target)],
  ]);
}

function formatChangeJson({ namespace, target, key, before, after }: EffectiveChange): string {
  return formatMembers('    ', [
    ['namespace', JSON.stringify(namespace)],
    ['target', JSON.stringify(target)],
    ['key', JSON.stringify(key)],
    ['before', formatEffectiveJson(before)],
    ['after', formatEffectiveJson(after)],
  ]);
}

function formatEffectiveJson({ value, source }: Effective): string {
  const indent = '      ';
  const set: [string, string][] = value === undefined ? [] : [['value', formatIndentedJson(value, `${indent}  `)]];
  return formatMembers(indent, [...set, ['source', JSON.stringify(source)]]);
}

function formatMembers(indent: string, members: readonly (readonly [string, string])[]): string {
  return `{\n${members.map(([name, json]) => `${indent}  "${name}": ${json}`).join(',\n')}\n${indent}}`;
}

/**
 * Formats the differences as lines: below the namespace and the target, each key with its values and their sources,
 * `+` for a key that only the head has, `-` only the base, `~` one that both have.
 */
export function* formatRootsText({ changes, removedTargets }: RootDifferences): Generator<string> {
  const write = (line: string): string => `${escapeControlChars(line)}\n`;
  let [namespace, target]: (string | undefined)[] = [];
  for (const change of changes) {
    if (change.namespace !== namespace) yield write(change.namespace);
    if (change.namespace !== namespace || change.target !== target) yield write(`  ${change.target}`);
    ({ namespace, target } = change);
    for (const line of describeChange(change)) yield write(`    ${line}`);
  }
  if (removedTargets.length === 0) return;
  yield write('removed targets');
  for (const removed of removedTargets) yield write(`  - ${removed.namespace}/${removed.target}`);
}

function describeChange({ key, before, after }: EffectiveChange): readonly string[] {
  const sign = before.value === undefined ? '+' : after.value === undefined ? '-' : '~';
  const features = [toFeature(key, before), toFeature(key, after)] as const;
  if (features.every((feature) => feature === undefined)) {
    return [`${sign} ${key}: ${describeValue(before)} → ${describeValue(after)}`];
  }
  const audience = describeAudienceChanges(...features);
  const head = audience.length === 0 ? 'same audience' : 'audience changed';
  return [`${sign} ${key}: ${head} (${before.source} → ${after.source})`, ...audience.map((line) => `    ${line}`)];
}

function toFeature(key: string, { value }: Effective): ReturnType<typeof asFeature> {
  return value === undefined ? undefined : asFeature(key, toPlainValue(value) as OptionValue);
}

function describeValue({ value, source }: Effective): string {
  return value === undefined ? source : `${shortenJson(formatExactJson(value))} (${source})`;
}
