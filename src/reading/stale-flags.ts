/** Finds old flags that give every context the same answer. Runs in readers. */

import { ConfigError } from '../common/errors.js';
import { readSettings } from '../common/settings.js';
import { describeArgument } from '../common/value.js';
import { parseCreatedAt } from '../features/created-at.js';
import {
  type Feature,
  type FeatureOwner,
  type FeatureSegment,
  FLAG_PREFIX,
  getRollout,
  isEnabled,
} from '../features/feature.js';
import { makePatternFlagId, type OptionId } from '../names/option-id.js';
import type { StoreView } from '../view/view.js';
import { listPatternFlags } from './pattern-flags.js';

/** The settings of `OptionsStore.staleFlags`. */
export interface StaleFlagsOptions {
  /** The age since `created_at`, in days of 24 hours, at least 0. Older flags are stale. */
  readonly days: number;
  /** The time at which ages are computed. Default: the current time. */
  readonly now?: Date | undefined;
}

/** An old flag that gives every context the same answer. */
export interface StaleFlag {
  /** The namespace that declares the flag. */
  readonly namespace: string;
  /** The flag's name, without `feature.`. */
  readonly flag: string;
  /** The answer for every context. */
  readonly state: 'on' | 'off';
  /** The team that owns the flag. */
  readonly owner: FeatureOwner;
  /** The flag's `created_at`, as in the values file. */
  readonly created_at: string;
}

const DAY_MS = 86_400_000;
/** The rollout that includes everyone: buckets are 0 to 99, and a rollout includes the buckets up to its number. */
const EVERYONE = 99;

/**
 * Finds the stale flags of a store, by namespace and in the schema's order. See `OptionsStore.staleFlags`.
 *
 * @throws {ConfigError} if `days` is not a number, or less than 0, or `now` is not a valid Date
 */
export function findStaleFlags(view: StoreView, options: StaleFlagsOptions): StaleFlag[] {
  const { days, now } = readSettings<StaleFlagsOptions>('The options of staleFlags()', options, ['days', 'now']);
  if (typeof days !== 'number' || !(days >= 0)) {
    throw new ConfigError(`days must be a number that is at least 0; got ${describeArgument(days)}.`, { key: 'days' });
  }
  const before = (now === undefined ? Date.now() : readTime(now)) - days * DAY_MS;
  const stale: StaleFlag[] = [];
  for (const id of listFlags(view)) {
    const feature = view.value(id) as Feature | undefined;
    if (feature === undefined || !isBefore(feature.created_at, before)) continue;
    const state = findConstantState(feature);
    if (state === undefined) continue;
    const { owner, created_at } = feature;
    stale.push({ ...readName(view, id), state, owner, created_at });
  }
  return stale;
}

/** Lists all flags that schemas list, and those by pattern that are set; by namespace and in the schema's order. */
function listFlags(view: StoreView): OptionId[] {
  const { catalog } = view;
  const flags: OptionId[] = [];
  for (let index = 0; index < catalog.optionCount; index++) if (view.isFlag(index)) flags.push(index);
  const snapshot = view.adopt();
  for (let ordinal = 0; ordinal < catalog.namespaceCount; ordinal++) {
    for (const key of listPatternFlags(ordinal, snapshot, view.visibleOverrides())) {
      flags.push(makePatternFlagId(ordinal, key));
    }
  }
  return flags.sort((a, b) => catalog.compare(a, b));
}

function readName(view: StoreView, id: OptionId): Pick<StaleFlag, 'namespace' | 'flag'> {
  return view.names.read((catalog) => {
    const namespace = catalog.namespaceOf(id);
    return { namespace: namespace.name, flag: namespace.keyOf(id).slice(FLAG_PREFIX.length) };
  });
}

/** Returns the time of a Date, which may come from another realm. */
function readTime(now: unknown): number {
  let time = Number.NaN;
  try {
    if (Object.prototype.toString.call(now) === '[object Date]') time = (now as Date).getTime();
  } catch {
    // A proxy, or an object that only calls itself a Date.
  }
  if (Number.isFinite(time)) return time;
  throw new ConfigError(`now must be a valid Date; got ${describeArgument(now)}.`, { key: 'now' });
}

/** Whether the flag is older than `time`. False for a date that does not exist: the flag's age is unknown. */
function isBefore(created_at: string, time: number): boolean {
  const created = parseCreatedAt(created_at);
  return created !== undefined && created < time;
}

/** Returns the flag's answer for every context; undefined if it depends on the context. */
function findConstantState(feature: Feature): 'on' | 'off' | undefined {
  if (!isEnabled(feature)) return 'off';
  const { segments } = feature;
  const last = segments.findIndex(({ conditions }) => conditions.length === 0);
  // No context passes a segment without conditions. Without such a segment, a context may match none: the flag is off.
  const states = last < 0 ? [...segments.map(readState), 'off' as const] : segments.slice(0, last + 1).map(readState);
  return new Set(states).size === 1 ? states[0] : undefined;
}

function readState(segment: FeatureSegment): 'on' | 'off' | undefined {
  const rollout = getRollout(segment);
  if (rollout >= EVERYONE) return 'on';
  return rollout === 0 ? 'off' : undefined;
}
