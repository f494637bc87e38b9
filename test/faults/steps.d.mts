import type { Edit } from '../support/make-variant.mjs';

/** The ways to end the thread. */
export const WAYS: readonly string[];

/** A step, the values and the generation that readers have after it, and whether the reload changes options. */
interface Step {
  readonly name: string;
  readonly leaves: 'old' | 'new';
  readonly changes: boolean;
}

/** All steps in the order of a reload. */
export const STEPS: readonly Step[];

/** The steps after the load in a reload that changes no option. */
export const UNCHANGED_STEPS: readonly Step[];

/** The edits of the variant. */
export const EDITS: readonly Edit[];
