/** One case of overload. */
export interface OverloadCase {
  readonly name: string;
  /** Whether the case takes too long for `npm test`. */
  readonly isLong?: boolean;
  readonly isLinux?: boolean;
  /** Mount options of the small disk that the case needs. */
  readonly mount?: string;
}

export const CASES: readonly OverloadCase[];

/** Whether this process may mount a small disk. */
export function canMount(): Promise<boolean>;

/** Runs a case and returns its figures by name. Rejects with its output if it fails. */
export function runCase(one: OverloadCase): Promise<Readonly<Record<string, number | string>>>;
