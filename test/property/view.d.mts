import type { OptionsStore } from 'sentry-options';
import type { View } from './reference.js';

/** What a thread reads of `store`, key by key and by a snapshot, which have to agree. */
export function viewOf(store: OptionsStore): View;
