/** The rules that are evaluated, and for whom: the same for all. */

/** How many contexts there are; a pass evaluates a flag for each of them. */
export const CONTEXTS = 1_000;

/** The organizations that are let in: a list as a service has it. */
export const LISTED = Array.from({ length: 20 }, (_, index) => 1_000 + 37 * index);

/** Who asks: a user each, of whom every other one is of an organization that is listed. */
export const USERS = Array.from({ length: CONTEXTS }, (_, index) => `user-${(index * 7_919) % 1_000_003}`);
export const ORGANIZATIONS = Array.from({ length: CONTEXTS }, (_, index) =>
  index % 2 === 0 ? LISTED[(index / 2) % LISTED.length] : index,
);

/** Of {@link CONTEXTS}, how many are on the list. */
export const LISTED_COUNT = ORGANIZATIONS.filter((organization) => LISTED.includes(organization)).length;
