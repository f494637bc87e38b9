import type { OutageRow } from './engine.mjs';

/** Returns the tables of the page. */
export function formatOutages(rows: readonly OutageRow[]): string;
