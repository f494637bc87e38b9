/** Makes the lines that the views of options, flags and usage share: how one is used, and who owns a flag. */
import type { FlagUsageAnswer } from '../../../../src/status/answers.js';
import { type Child, make, makePhrase } from '../dom.js';
import { escapeInvisible, truncate } from '../text.js';
import { describeUse, isUnused, summarizeUse, type Use } from '../usage.js';

/** Makes the use in a few words. */
export function makeSummary(use: Use): HTMLElement {
  return make('span', { class: isUnused(use) ? 'tag unused' : '' }, summarizeUse(use));
}

/** Makes the use with times, and who owns a flag since when. */
export function makeUse(use: Use): Child {
  return [...makePhrase(describeUse(use)), '. ', 'flag' in use ? makeOwner(use) : null];
}

/** Makes who owns a flag since when, or that nobody does. */
export function makeOwner({ isset, owner, createdAt }: FlagUsageAnswer): Child {
  if (!isset) return 'No values file sets it.';
  if (owner === undefined) return null;
  const created = createdAt === undefined ? null : `, created ${escapeInvisible(truncate(createdAt, 40))}`;
  return ['Owner: ', make('bdi', {}, escapeInvisible(truncate(owner.team, 60))), created, '.'];
}
