import type { Edit } from '../support/make-variant.mjs';

/** A step of writing the state directory. */
export interface StateStep {
  readonly name: string;
  readonly leaves: 'old' | 'new';
  readonly passes: number;
}

export const STATE_STEPS: readonly StateStep[];
export const STATE_EDITS: readonly Edit[];
