/** Compiles a flag whose conditions may hold integers that a JavaScript number cannot. Pure. */
import { type CompiledFlag, compileFlag } from '../../features/compile.js';
import type { Feature, FeatureCondition } from '../../features/feature.js';
import type { FeatureContext } from '../../features/feature-context.js';

/**
 * Compiles `feature`, whose integers beyond ±(2^53 − 1) are bigints, for `context` alone. The library compares these as
 * doubles, since a service rejects such a flag; here two of them are equal only if all their digits are.
 */
export function compileExactFlag(name: string, feature: Feature, context: FeatureContext): CompiledFlag {
  const segments = feature.segments.map((segment) => ({
    ...segment,
    conditions: segment.conditions.map((condition) => separate(condition, context.value(condition.property))),
  }));
  const flag = compileFlag(name, { ...feature, segments });
  return {
    ...flag,
    segments: flag.segments.map((segment, index) => ({
      ...segment,
      conditions: segment.conditions.map((condition, at) => ({
        ...condition,
        // For messages: the condition as it is written.
        source: feature.segments[index]?.conditions[at] ?? condition.source,
      })),
    })),
  };
}

/** Replaces each bigint that equals nothing in `actual` by a number that equals nothing there as a double, either. */
function separate(condition: FeatureCondition, actual: unknown): FeatureCondition {
  const candidates: readonly unknown[] = Array.isArray(actual) ? actual : [actual];
  const replace = (value: unknown, others: readonly unknown[]): unknown => {
    if (typeof value !== 'bigint' || others.some((other) => equalsNumber(value, other))) return value;
    let stranger = 0.5;
    while (others.includes(stranger)) stranger++;
    return stranger;
  };
  const { value, operator } = condition as { readonly value: unknown; readonly operator: string };
  // Only these compare entry by entry; the others search one list for the entries of the other.
  const byIndex = Array.isArray(actual) && (operator === 'equals' || operator === 'not_equals');
  const separated = Array.isArray(value)
    ? value.map((entry, index) => replace(entry, byIndex ? [actual[index]] : candidates))
    : replace(value, candidates);
  return { ...condition, value: separated } as FeatureCondition;
}

function equalsNumber(integer: bigint, other: unknown): boolean {
  return typeof other === 'number' ? Number(integer) === other : integer === other;
}
