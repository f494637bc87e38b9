/** The sizes of files, in bytes. Constants only; any thread may import them. */

/** The largest `schema.json`, and the largest `values.json` that a setting can allow: 8 MiB. */
export const MAX_FILE_BYTES = 8 * 2 ** 20;

/** The largest `values.json` by default: 1 MiB and 64 KiB. A ConfigMap can hold 1 MiB. */
export const DEFAULT_MAX_FILE_BYTES = 2 ** 20 + 2 ** 16;

/**
 * The memory that any `values.json` may take once parsed, as a multiple of the largest size that the setting allows. By
 * the estimate, values as people write them take up to 10 times their size, a file of `{},{},…` 24 times.
 */
export const MAX_EXPANSION = 16;
