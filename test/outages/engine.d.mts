import type { Edit } from '../support/make-variant.mjs';

/** What happened to a service with one of the settings in one outage, in words. */
export interface OutageRow {
  readonly outage: string;
  readonly settings: string;
  /** What a pod did that was running. */
  readonly running: string;
  /** What a pod did that started in the middle of the outage. */
  readonly starting: string;
  /** How both were after the file was rolled back. */
  readonly recoveries: readonly [running: string, starting: string];
}

/** The edits of the variant for the short form. */
export const TRIAL_EDITS: readonly Edit[];

/**
 * Goes through all outages with each of the settings.
 *
 * @param script the path of `outage-pod.mjs`
 */
export function runOutages(
  script: string,
  options: { readonly starts: number; readonly isShort?: boolean },
): Promise<readonly OutageRow[]>;
