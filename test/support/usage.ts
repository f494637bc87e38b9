/** Answers of `/usage`, in few words. */
import type { FlagUsageAnswer, UsageAnswer } from '../../src/status/answers.js';

/** What a test says of a flag. */
type FlagFields = Partial<FlagUsageAnswer>;

/**
 * Returns an answer about the namespace `shop`.
 *
 * @param options for each option, when it was first read; null for never
 * @param flags for each flag, the fields that are not those of a flag that nobody uses
 */
export function usageOf(
  since: string,
  options: Readonly<Record<string, string | null>>,
  flags: Readonly<Record<string, FlagFields>> = {},
): UsageAnswer {
  const namespace = 'shop';
  return {
    since,
    problem: null,
    options: Object.entries(options).map(([key, firstReadAt]) => ({ namespace, key, firstReadAt })),
    flags: Object.entries(flags).map(([flag, fields]) => ({
      ...{ namespace, flag, on: 0, off: 0, errors: 0, lastEvaluatedAt: null, firstReadAt: null, isset: false },
      ...fields,
    })),
  };
}
