/** The flags by pattern that a namespace has at the moment. Runs in readers. */
import type { EncodedSnapshot } from '../codec/decode.js';
import { compareCodePoints } from '../common/text.js';
import type { OptionValue } from '../common/value.js';
import { FLAG_PREFIX } from '../features/feature.js';
import { type OptionId, splitPatternFlagId } from '../names/option-id.js';

/** Lists the flags by pattern that `snapshot` or an override sets in the namespace number `ordinal`, sorted by code point. */
export function listPatternFlags(
  ordinal: number,
  snapshot: EncodedSnapshot,
  overrides: ReadonlyMap<OptionId, OptionValue> | undefined,
): readonly string[] {
  const { patternFlags } = snapshot.segment(ordinal);
  if (overrides === undefined) return patternFlags;
  const keys = new Set(patternFlags);
  for (const id of overrides.keys()) {
    const flag = typeof id === 'string' ? splitPatternFlagId(id) : undefined;
    if (flag?.ordinal === ordinal) keys.add(flag.key);
  }
  return [...keys].sort(compareCodePoints);
}

/** By snapshot and namespace: decoded once for all calls, since a thread that asks for all flags asks for them often. */
const namesIn = new WeakMap<EncodedSnapshot, Map<number, readonly string[]>>();

/** Does the same as {@link listPatternFlags}, without the prefix. Keeps the names as long as the snapshot. */
export function listPatternFlagNames(
  ordinal: number,
  snapshot: EncodedSnapshot,
  overrides: ReadonlyMap<OptionId, OptionValue> | undefined,
): readonly string[] {
  const known = overrides === undefined ? namesIn.get(snapshot)?.get(ordinal) : undefined;
  if (known !== undefined) return known;
  const names = listPatternFlags(ordinal, snapshot, overrides).map((key) => key.slice(FLAG_PREFIX.length));
  if (overrides === undefined) namesIn.set(snapshot, (namesIn.get(snapshot) ?? new Map()).set(ordinal, names));
  return names;
}
