/** What `sentry-options lint` finds. Pure. */

/** Valid values that are probably not what somebody meant. */
export interface Finding {
  /** `warning`: probably a mistake, or rubbish. `note`: worth a look, and often meant. */
  readonly severity: 'warning' | 'note';
  readonly code: FindingCode;
  readonly namespace: string;
  readonly target: string;
  readonly key: string;
  /** A sentence about the option, without its name. */
  readonly message: string;
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** The rules. `docs/cli.md` describes each. */
export const FINDING_CODES = [
  'always-false',
  'always-true',
  'created-at-changed',
  'created-at-impossible',
  'equals-list',
  'no-conditions',
  'not-a-glob',
  'rollout-0',
  'rollout-99',
  'same-as-default',
  'settled',
  'typographic-quotes',
  'unreachable',
] as const;

export type FindingCode = (typeof FINDING_CODES)[number];

/** A finding in one option; the caller knows where the option is. */
export interface OptionFinding extends Pick<Finding, 'severity' | 'code' | 'message'> {
  /** The steps from the option's value to what is wrong. */
  readonly path: readonly string[];
}
