/** The rules and the users of the benchmark, the same for all libraries. */

/** The number of contexts; a pass evaluates a flag for each of them. */
export const CONTEXTS = 1_000;

/** The organizations that the flag is on for: a list as in a service. */
export const LISTED = Array.from({ length: 20 }, (_, index) => 1_000 + 37 * index);

/** The users, one for each context. Every second user belongs to a listed organization. */
export const USERS = Array.from({ length: CONTEXTS }, (_, index) => `user-${(index * 7_919) % 1_000_003}`);
export const ORGANIZATIONS = Array.from({ length: CONTEXTS }, (_, index) =>
  index % 2 === 0 ? LISTED[(index / 2) % LISTED.length] : index,
);

/** The number of {@link CONTEXTS} with a listed organization. */
export const LISTED_COUNT = ORGANIZATIONS.filter((organization) => LISTED.includes(organization)).length;
