/** Flags that have had their time: on for everyone, or off everywhere, since long ago. Used by readers. */

import { ConfigError } from '../common/errors.js';
import { parseCreatedAt } from '../features/created-at.js';
import { type Feature, type FeatureOwner, type FeatureSegment, FLAG_PREFIX } from '../features/feature.js';
import { listOptions } from '../memory/catalog.js';
import type { StoreView } from './view.js';

/** How old flags have to be. */
export interface StaleFlagsOptions {
  /** In days of 24 hours, since `created_at`. Flags that are older are listed. */
  readonly days: number;
  /** The time that ages are counted to. The present, if left out. */
  readonly now?: Date | undefined;
}

/** A flag that decides nothing any more. */
export interface StaleFlag {
  /** The namespace that declares it. */
  readonly namespace: string;
  /** The flag's name, without `feature.`. */
  readonly flag: string;
  /** `on`: for every context. `off`: for every context. */
  readonly state: 'on' | 'off';
  /** Who may remove it. */
  readonly owner: FeatureOwner;
  /** As it is written in the values file. */
  readonly created_at: string;
}

const DAY_MS = 86_400_000;
/** A rollout lets in the buckets 0 to its number, and there are no others than 0 to 99: 99 is everyone already. */
const EVERYONE = 99;

/** The flags of `store` that are set and stale, by namespace and in the schema's order. See `Options.staleFlags`. */
export function findStaleFlags(view: StoreView, { days, now = new Date() }: StaleFlagsOptions): StaleFlag[] {
  if (!(days >= 0))
    throw new ConfigError(`The age of stale flags has to be a number of days, not ${days}.`, { key: 'days' });
  const before = now.getTime() - days * DAY_MS;
  const stale: StaleFlag[] = [];
  for (const { namespace, key, index } of listOptions(view.catalog)) {
    const feature = view.isFlag(index) ? (view.value(index) as Feature | undefined) : undefined;
    if (feature === undefined || !isBefore(feature.created_at, before)) continue;
    const state = findConstantState(feature);
    if (state === undefined) continue;
    const { owner, created_at } = feature;
    stale.push({ namespace, flag: key.slice(FLAG_PREFIX.length), state, owner, created_at });
  }
  return stale;
}

/** Of a date that there is not, the age is not known. */
function isBefore(created_at: string, time: number): boolean {
  const created = parseCreatedAt(created_at);
  return created !== undefined && created < time;
}

/** What the flag says to every context, whatever is in it; undefined where that is not always the same. */
function findConstantState({ enabled = true, segments }: Feature): 'on' | 'off' | undefined {
  if (!enabled) return 'off';
  const last = segments.findIndex(({ conditions }) => conditions.length === 0);
  // Nobody gets past a segment without conditions; where there is none, who gets to the end has the flag off.
  const states = last < 0 ? [...segments.map(readState), 'off' as const] : segments.slice(0, last + 1).map(readState);
  return new Set(states).size === 1 ? states[0] : undefined;
}

function readState({ rollout = 100 }: FeatureSegment): 'on' | 'off' | undefined {
  if (rollout >= EVERYONE) return 'on';
  return rollout === 0 ? 'off' : undefined;
}
