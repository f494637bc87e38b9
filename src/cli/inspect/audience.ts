/** Whom a feature flag is on for, and how that differs between two of its values. Pure. */
import { isDeepStrictEqual } from 'node:util';
import type { OptionValue } from '../../common/value.js';
import { type Feature, type FeatureSegment, FLAG_PREFIX } from '../../features/feature.js';

/** `value` as a feature flag's; undefined where the option is none. A plain option may have a flag's name. */
export function asFeature(key: string, value: OptionValue | undefined): Feature | undefined {
  if (!key.startsWith(FLAG_PREFIX) || typeof value !== 'object' || value === null) return undefined;
  return 'segments' in value && Array.isArray(value.segments) ? (value as unknown as Feature) : undefined;
}

/**
 * What is different about whom the flag is on for, a line each; nothing where it is the same people. A flag that is not
 * set is off for all.
 */
export function describeAudienceChanges(before: Feature | undefined, after: Feature | undefined): readonly string[] {
  if (before === undefined || after === undefined) {
    const set = before ?? after;
    if (set === undefined || !isEnabled(set) || set.segments.length === 0) return [];
    return [`the flag is ${before === undefined ? 'new' : 'gone'}, with ${listNames(set)}`];
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
    const [from, to] = [old.rollout ?? 100, now.rollout ?? 100];
    if (from !== to) changes.push(`segment "${name}": rollout ${from} % → ${to} %`);
    if (!isDeepStrictEqual(stripNames(old), stripNames(now))) changes.push(`segment "${name}": other conditions`);
  }
  for (const name of news.keys()) if (!olds.has(name)) changes.push(`segment "${name}": added`);
  // The first segment that matches decides, so that their order counts.
  const kept = (segments: ReadonlyMap<string, unknown>, other: ReadonlyMap<string, unknown>): string =>
    JSON.stringify([...segments.keys()].filter((name) => other.has(name)));
  if (kept(olds, news) !== kept(news, olds)) changes.push('the segments have another order');
  return changes;
}

/** Segments by name; of several with one name each later one has its number behind it. */
function byName(segments: readonly FeatureSegment[]): ReadonlyMap<string, FeatureSegment> {
  const found = new Map<string, FeatureSegment>();
  for (const segment of segments) {
    let name = segment.name;
    for (let count = 2; found.has(name); count++) name = `${segment.name} (${count})`;
    found.set(name, segment);
  }
  return found;
}

/** The conditions without their names, which decide nothing. */
function stripNames({ conditions }: FeatureSegment): readonly unknown[] {
  return conditions.map(({ property, operator, value }) => ({ property, operator, value }));
}

function isEnabled({ enabled = true }: Feature): boolean {
  return enabled;
}

function listNames({ segments }: Feature): string {
  return segments.map(({ name, rollout = 100 }) => `segment "${name}" at ${rollout} %`).join(', ');
}
