import type { OptionsStore } from 'sentry-options';
import type { View } from './reference.js';

/** Returns what this thread reads from `store`, key by key. Throws if a snapshot reads anything else. */
export function viewOf(store: OptionsStore): View;
