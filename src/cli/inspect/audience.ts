/** Describes how the audience of a feature flag, the contexts that it is on for, differs between two values. Pure. */
import { isDeepStrictEqual } from 'node:util';
import { isObject, type OptionValue } from '../../common/value.js';
import { type Feature, type FeatureSegment, FLAG_PREFIX, getRollout, isEnabled } from '../../features/feature.js';

/**
 * Returns `value` as a feature flag; undefined if it is not one. A plain option's name may also begin with `feature.`,
 * and values that no schema declares may have any form.
 */
export function asFeature(key: string, value: OptionValue | undefined): Feature | undefined {
  if (!key.startsWith(FLAG_PREFIX) || value === undefined || !isObject(value)) return undefined;
  const segments = Object.hasOwn(value, 'segments') ? value.segments : undefined;
  return Array.isArray(segments) && segments.every(isSegment) ? (value as unknown as Feature) : undefined;
}

function isSegment(value: OptionValue): boolean {
  if (!isObject(value) || !Object.hasOwn(value, 'name') || !Object.hasOwn(value, 'conditions')) return false;
  const { name, conditions } = value;
  return typeof name === 'string' && Array.isArray(conditions) && conditions.every(isObject);
}

/**
 * Describes what changes the audience from `before` to `after`, one line for each change; empty if nothing does.
 *
 * @param before undefined if the flag is not set, which means off for every context
 */
export function describeAudienceChanges(before: Feature | undefined, after: Feature | undefined): readonly string[] {
  if (before === undefined || after === undefined) {
    const set = before ?? after;
    if (set === undefined || !isEnabled(set) || set.segments.length === 0) return [];
    return [`${before === undefined ? 'set' : 'unset'}, with ${listNames(set)}`];
  }
  if (!isEnabled(before) && !isEnabled(after)) return [];
  const changes: string[] = [];
  if (isEnabled(before) !== isEnabled(after)) changes.push(`enabled: ${isEnabled(before)} → ${isEnabled(after)}`);
  changes.push(...describeSegmentChanges(before.segments, after.segments));
  return changes;
}

function describeSegmentChanges(
  before: readonly FeatureSegment[],
  after: readonly FeatureSegment[],
): readonly string[] {
  const changes: string[] = [];
  const [olds, news] = [byName(before), byName(after)];
  for (const [name, old] of olds) {
    const now = news.get(name);
    if (now === undefined) {
      changes.push(`segment "${name}": removed`);
      continue;
    }
    const [from, to] = [getRollout(old), getRollout(now)];
    if (from !== to) changes.push(`segment "${name}": rollout ${from}% → ${to}%`);
    if (!isDeepStrictEqual(stripNames(old), stripNames(now))) changes.push(`segment "${name}": conditions changed`);
  }
  for (const name of news.keys()) if (!olds.has(name)) changes.push(`segment "${name}": added`);
  // The first segment that matches decides, so the order matters.
  const kept = (segments: ReadonlyMap<string, unknown>, other: ReadonlyMap<string, unknown>): string =>
    JSON.stringify([...segments.keys()].filter((name) => other.has(name)));
  if (kept(olds, news) !== kept(news, olds)) changes.push('the order of the segments changed');
  return changes;
}

/** Returns the segments by name. If several have the same name, appends ` (2)`, ` (3)` to the later ones. */
function byName(segments: readonly FeatureSegment[]): ReadonlyMap<string, FeatureSegment> {
  const found = new Map<string, FeatureSegment>();
  for (const segment of segments) {
    let name = segment.name;
    for (let count = 2; found.has(name); count++) name = `${segment.name} (${count})`;
    found.set(name, segment);
  }
  return found;
}

/** Returns the conditions without their names, which do not affect the decision. */
function stripNames({ conditions }: FeatureSegment): readonly unknown[] {
  return conditions.map(({ property, operator, value }) => ({ property, operator, value }));
}

function listNames({ segments }: Feature): string {
  return segments.map((segment) => `segment "${segment.name}" at ${getRollout(segment)}%`).join(', ');
}
