/** Says of a flag's value whether it is on, or off, for every context. Pure; evaluates no condition. */
import { type Feature, getRollout, isEnabled } from './feature.js';

/** Whether each context gets `true`: the first segment without conditions lets in everyone, and so do all before it. */
export function isOnForEverybody(feature: Feature): boolean {
  if (!isEnabled(feature)) return false;
  for (const segment of feature.segments) {
    if (getRollout(segment) < 100) return false;
    if (segment.conditions.length === 0) return true;
  }
  return false;
}

/** Whether each context gets `false`: no segment that is tried lets in anybody. */
export function isOffForEverybody(feature: Feature): boolean {
  if (!isEnabled(feature)) return true;
  for (const segment of feature.segments) {
    if (getRollout(segment) > 0) return false;
    if (segment.conditions.length === 0) return true;
  }
  return true;
}
