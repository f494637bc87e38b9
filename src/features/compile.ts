/** Compiles a flag's value, once per value that is read, on its first evaluation. Runs in readers; imports no store. */
import type { Comparable } from './comparable.js';
import { compileCondition } from './conditions.js';
import { type Counter, UNCOUNTED } from './counter.js';
import { parseCreatedAt } from './created-at.js';
import { type Feature, type FeatureCondition, type FeatureSegment, getRollout, isEnabled } from './feature.js';
import type { ContextWarnings } from './feature-context.js';
import { NO_SLOT } from './recording.js';

/** Why a flag is absent, and therefore off. */
export type Absence = 'NO_STORE' | 'UNKNOWN_NAMESPACE' | 'UNKNOWN_FLAG' | 'NOT_A_FLAG' | 'NOT_SET';

/**
 * A flag, or why it is absent; and where this thread counts its answers. Both have one shape, so that the code that
 * evaluates flags sees only that shape.
 */
export interface CompiledFlag extends Counter {
  readonly namespace: string;
  /** The name that callers use, without `feature.`. */
  readonly name: string;
  /** Why there is no flag to evaluate; undefined if there is one. */
  readonly absence: Absence | undefined;
  readonly enabled: boolean;
  /** Precedes the identity in the string that is hashed for a rollout. */
  readonly prefix: string;
  readonly segments: readonly CompiledSegment[];
  /** Receives mistakes in the contexts that the flag is evaluated for; undefined if the flag is of no store. */
  readonly warnings: ContextWarnings | undefined;
  /** The flag's number in logs of answers; {@link NO_SLOT} before it is recorded. */
  slot: number;
}

export interface CompiledSegment {
  readonly name: string;
  readonly rollout: number;
  readonly conditions: readonly CompiledCondition[];
}

export interface CompiledCondition {
  readonly property: string;
  /** Whether a context's property meets the condition. */
  readonly isMet: (actual: Comparable) => boolean;
  readonly source: FeatureCondition;
}

/**
 * Flags created at or after this time are hashed with their names, so that the same identities are not always the first
 * to get each flag. Older flags keep the identities that they are on for. In milliseconds since 1970.
 */
const NAMED_FROM = Date.UTC(2026, 9, 6);

/** By value: reads return the same object until the value changes, and so do overrides while they are active. */
const compiled = new WeakMap<Feature, CompiledFlag>();

/**
 * Compiles `feature` as the flag `name`, or returns the flag that was compiled from the same value, for the same store.
 *
 * @param namespace of the flag; not needed where no answers are recorded
 */
export function compileFlag(
  name: string,
  feature: Feature,
  counter = UNCOUNTED,
  namespace = '',
  warnings?: ContextWarnings,
): CompiledFlag {
  const known = compiled.get(feature);
  if (known?.name === name && known.namespace === namespace && known.warnings === warnings) {
    if (known.words === counter.words && known.at === counter.at) return known;
  }
  const createdAt = parseCreatedAt(feature.created_at);
  const flag: CompiledFlag = {
    namespace,
    name,
    absence: undefined,
    enabled: isEnabled(feature),
    prefix: createdAt !== undefined && createdAt >= NAMED_FROM ? `${name}:` : '',
    segments: feature.segments.map(compileSegment),
    words: counter.words,
    at: counter.at,
    rest: counter.rest,
    warnings,
    slot: NO_SLOT,
  };
  compiled.set(feature, flag);
  return flag;
}

/** Makes the flag that stands in for an absent one; it is off. */
export function makeAbsentFlag(absence: Absence, { words, at, rest } = UNCOUNTED): CompiledFlag {
  return {
    namespace: '',
    name: '',
    absence,
    enabled: false,
    prefix: '',
    segments: [],
    words,
    at,
    rest,
    warnings: undefined,
    slot: NO_SLOT,
  };
}

function compileSegment(segment: FeatureSegment): CompiledSegment {
  return {
    name: segment.name,
    rollout: getRollout(segment),
    conditions: segment.conditions.map((source) => ({
      property: source.property,
      isMet: compileCondition(source),
      source,
    })),
  };
}
