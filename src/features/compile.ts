/** A flag's value, made ready to be evaluated: once for each value that is read, when it is first asked. */
import type { Comparable } from './comparable.js';
import { compileCondition } from './conditions.js';
import { parseCreatedAt } from './created-at.js';
import type { Feature, FeatureCondition, FeatureSegment } from './feature.js';

/** The reasons of a flag that is off because there is none. */
export type Absence = 'NO_STORE' | 'UNKNOWN_NAMESPACE' | 'UNKNOWN_FLAG' | 'NOT_A_FLAG' | 'NOT_SET';

/** What a flag is, or why there is none. One form for both, so that the code that evaluates it sees one. */
export interface CompiledFlag {
  /** The name that it is asked by. */
  readonly name: string;
  /** Why there is nothing to evaluate; undefined where there is. */
  readonly absence: Absence | undefined;
  readonly enabled: boolean;
  /** What the text that is hashed for a rollout begins with. */
  readonly prefix: string;
  readonly segments: readonly CompiledSegment[];
}

export interface CompiledSegment {
  readonly name: string;
  readonly rollout: number;
  readonly conditions: readonly CompiledCondition[];
}

export interface CompiledCondition {
  readonly property: string;
  /** Whether the property, as a context has it, meets the condition. */
  readonly isMet: (actual: Comparable) => boolean;
  readonly source: FeatureCondition;
}

/**
 * Flags made at or after this time are hashed with their names, so that the same identities are not always the first
 * to get each of them. Those from before keep the identities that they have let in.
 */
const NAMED_FROM = Date.UTC(2026, 9, 6);

/** Everyone, where a segment says nothing. */
const ALL = 100;

/** By the value: reads give the same object until the generation changes, and so do overrides as long as they hold. */
const compiled = new WeakMap<Feature, CompiledFlag>();

/** `feature` as the flag `name`, ready to be evaluated. */
export function compileFlag(name: string, feature: Feature): CompiledFlag {
  const known = compiled.get(feature);
  if (known?.name === name) return known;
  const createdAt = parseCreatedAt(feature.created_at);
  const flag: CompiledFlag = {
    name,
    absence: undefined,
    enabled: feature.enabled ?? true,
    prefix: createdAt !== undefined && createdAt >= NAMED_FROM ? `${name}:` : '',
    segments: feature.segments.map(compileSegment),
  };
  compiled.set(feature, flag);
  return flag;
}

/** A flag that is off because there is none. */
export function makeAbsentFlag(absence: Absence): CompiledFlag {
  return { name: '', absence, enabled: false, prefix: '', segments: [] };
}

function compileSegment({ name, rollout = ALL, conditions }: FeatureSegment): CompiledSegment {
  return {
    name,
    rollout,
    conditions: conditions.map((source) => ({
      property: source.property,
      isMet: compileCondition(source),
      source,
    })),
  };
}
