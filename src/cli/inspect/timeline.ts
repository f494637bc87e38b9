/** What happens to a store while it is watched, as texts. */

import type { OptionsStore, ReloadEvent } from 'sentry-options';
import { formatDuration } from '../../common/duration.js';
import { formatValue } from '../terminal/format.js';
import type { StoreLog } from './store.js';

/** One thing that happened: its first line says what, the others what belongs to it. */
export interface Entry {
  readonly time: Date;
  readonly text: string;
}

/** Takes entries as they happen. */
export type OnEntry = (entry: Entry) => void;

/** A log that makes entries of a store's messages: refused reloads, files that are gone. */
export function logToTimeline(onEntry: OnEntry): StoreLog {
  const say = (kind: string, message: string): void => onEntry({ time: new Date(), text: `${kind}${message}` });
  return {
    info: (message) => say('', message),
    warn: (message) => say('warning: ', message),
    error: (message) => say('error: ', message),
  };
}

/** What a reload has changed, of one namespace or of all; a line each. */
export function describeReload(store: OptionsStore, event: ReloadEvent, namespace: string | undefined): string {
  const changes = event.changes.filter((change) => namespace === undefined || change.namespace === namespace);
  const { namespaces } = store.status();
  const delays = [...new Set(changes.map((change) => change.namespace))].flatMap((name) => {
    const delay = namespaces[name]?.delaySecs;
    return typeof delay === 'number' ? [`${name} ${formatDuration(delay * 1_000)} after it was made`] : [];
  });
  const head = `generation ${event.generation}${delays.length > 0 ? ` (${delays.join(', ')})` : ''}`;
  if (changes.length === 0) return `${head}: no option has changed`;
  const lines = changes.map(
    ({ namespace: name, key, oldValue, newValue }) =>
      `${name} ${key}: ${formatValue(oldValue)} → ${formatValue(newValue)}`,
  );
  return [`${head}:`, ...lines].join('\n');
}
