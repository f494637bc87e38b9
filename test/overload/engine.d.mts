import type { Edit } from '../support/make-variant.mjs';

/** One case of overload. */
export interface OverloadCase {
  readonly name: string;
  /** The edits of the variant that the case needs. */
  readonly edits?: readonly Edit[];
  /** Whether the case takes too long for `npm test`. */
  readonly isLong?: boolean;
  readonly isLinux?: boolean;
  /** Mount options of the small disk that the case needs. */
  readonly mount?: string;
  /** The memory of the control group that the case needs, in MiB. */
  readonly memoryMiB?: number;
}

export const CASES: readonly OverloadCase[];

/** Returns why this process cannot run a case; undefined if it can. */
export function findObstacle(one: OverloadCase): Promise<string | undefined>;

/** Runs a case and returns its figures by name. Rejects with its output if it fails. */
export function runCase(one: OverloadCase): Promise<Readonly<Record<string, number | string>>>;
