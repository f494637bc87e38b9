import type { Edit } from '../support/make-variant.mjs';

/** Faults in the order of steps that decides which generation a thread reports. */
export const PLANTED: readonly {
  readonly name: string;
  readonly edits: readonly Edit[];
  /** The rounds that find the fault, with `EDITS`, too; without them, another check does. */
  readonly steps?: readonly object[];
}[];
