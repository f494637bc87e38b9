/** Tells what is used from what is not, and describes it. Pure. */
import type { FlagUsageAnswer, UsageAnswer } from '../../../src/status/answers.js';
import { type FlagState, judgeFlag } from '../../../src/status/judge-flag.js';
import type { OptionUsage } from '../../../src/status/usage.js';
import { FLAG_PREFIX } from './flags.js';
import { count, formatNumber, type Phrase } from './format.js';

/** What is known of the use of an option or of a flag. */
export type Use = OptionUsage | FlagUsageAnswer;

/** By `namespace/key`. */
export type Uses = ReadonlyMap<string, Use>;

/** What deserves a look: what could be deleted, and what is wrong. */
export interface Findings {
  readonly neverRead: readonly OptionUsage[];
  readonly unused: readonly FlagUsageAnswer[];
  /** Those evaluated most often first: the more evaluations, the surer it is. */
  readonly constant: readonly FlagUsageAnswer[];
  readonly failed: readonly FlagUsageAnswer[];
}

/** Whether anything is known to be used, or nothing is wrong with the counts. If not, perhaps nothing is counted. */
export function isCounted({ options, flags, problem }: UsageAnswer): boolean {
  return problem === null || [...options, ...flags].some((use) => !isUnused(use));
}

/** Lists the uses of all options and flags; none if perhaps nothing is counted. */
export function listUses(usage: UsageAnswer | undefined): Uses {
  const uses = new Map<string, Use>();
  if (usage === undefined || !isCounted(usage)) return uses;
  const { options, flags } = usage;
  for (const use of [...options, ...flags]) uses.set(identify(use), use);
  return uses;
}

/** Returns `namespace/key`. */
export function identify(use: Use): string {
  return `${use.namespace}/${'flag' in use ? FLAG_PREFIX + use.flag : use.key}`;
}

/** Whether no thread has used an option or a flag in any way. */
export function isUnused(use: Use): boolean {
  return 'key' in use ? use.firstReadAt === null : judge(use) === 'unused';
}

/** Returns how often a flag was evaluated. */
export function countEvaluations({ on, off, errors }: FlagUsageAnswer): number {
  return on + off + errors;
}

/** Returns what a flag has always answered; undefined if it has answered both, or nothing, or if its context has failed. */
export function findConstant(flag: FlagUsageAnswer): 'on' | 'off' | undefined {
  const state = judge(flag);
  if (state === 'alwaysOn') return 'on';
  return state === 'alwaysOff' ? 'off' : undefined;
}

function judge(flag: FlagUsageAnswer): FlagState {
  return judgeFlag(flag, flag.firstReadAt !== null);
}

/** Finds what deserves a look. */
export function findUnused({ options, flags }: UsageAnswer): Findings {
  return {
    neverRead: options.filter(isUnused),
    unused: flags.filter(isUnused),
    constant: flags
      .filter((flag) => findConstant(flag) !== undefined)
      .sort((a, b) => countEvaluations(b) - countEvaluations(a)),
    failed: flags.filter(({ errors }) => errors > 0).sort((a, b) => b.errors - a.errors),
  };
}

/** Describes in a few words how an option or a flag is used. */
export function summarizeUse(use: Use): string {
  if ('key' in use) return use.firstReadAt === null ? 'never read' : 'read';
  const constant = findConstant(use);
  if (constant !== undefined) return `always ${constant}`;
  if (countEvaluations(use) > 0) return `${formatNumber(use.on)} on, ${formatNumber(use.off + use.errors)} off`;
  return use.firstReadAt === null ? 'never evaluated' : 'definition read';
}

/** Describes how an option or a flag is used, with times. */
export function describeUse(use: Use): Phrase {
  const { firstReadAt } = use;
  if ('key' in use) return firstReadAt === null ? ['Not read since the start'] : ['First read ', { at: firstReadAt }];
  const { on, off, errors, lastEvaluatedAt } = use;
  const total = countEvaluations(use);
  if (total === 0) {
    if (firstReadAt === null) return ['Not evaluated since the start'];
    return ['Not evaluated since the start; its definition was first read ', { at: firstReadAt }];
  }
  const counts = [
    on > 0 ? `${formatNumber(on)} on` : '',
    off > 0 ? `${formatNumber(off)} off` : '',
    errors > 0 ? `${formatNumber(errors)} off after an error of the context` : '',
  ].filter(Boolean);
  const last: Phrase = lastEvaluatedAt === null ? [] : [', the last ', { at: lastEvaluatedAt }];
  return [`${count(total, 'evaluation')} (${counts.join(', ')})`, ...last];
}
