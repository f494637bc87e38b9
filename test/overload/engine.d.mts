/** One case of overload. */
export interface OverloadCase {
  readonly name: string;
  /** It takes too long for the suite. */
  readonly isLong?: boolean;
  /** It needs a small disk to be mounted. */
  readonly mount?: string;
}

export const CASES: readonly OverloadCase[];

/** Whether this machine lets us mount a small disk. */
export function canMount(): Promise<boolean>;

/** What a case has measured, by name. Rejects with what it printed where it fails. */
export function overload(one: OverloadCase): Promise<Readonly<Record<string, number | string>>>;
