/** The limits of what is read. Constants only: any thread may import them. */

/** The containers that may lie in one another, the document's root among them. */
export const MAX_DEPTH = 127;

/** The bytes that a `schema.json` or `values.json` may have: 8 MiB. */
export const MAX_FILE_BYTES = 8 * 1024 * 1024;
