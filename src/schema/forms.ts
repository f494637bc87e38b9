/** The forms of strings in schemas and flags, as the family's clients check them. Pure; runs with the validator. */

/** The version of a schema. */
export const VERSION_FORM = /^[0-9]+\.[0-9]+$/;

/** `created_at` of a flag. `src/features/created-at.ts` parses it. */
export const CREATED_AT_FORM =
  /^[0-9]{4}-[0-9]{2}-[0-9]{2}(?:T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]+)?(?:[-+][0-9]{2}:?[0-9]{2})?)?$/;
