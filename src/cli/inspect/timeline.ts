/**
 * Turns the messages and reloads of a watched store into entries with a time. Runs in the command line's main thread.
 */

import type { OptionsStore, ReloadEvent } from 'sentry-options';
import { formatDuration } from '../../common/duration.js';
import { escapeControlChars } from '../../common/text.js';
import { formatValue } from '../terminal/format.js';
import type { StoreLog } from './store.js';

/** One event: the first line of the text says what happened, the other lines are its details. */
export interface Entry {
  readonly time: Date;
  readonly text: string;
}

/** Receives each entry when it happens. */
export type OnEntry = (entry: Entry) => void;

/** Returns a log that turns a store's messages, such as errors of rejected reloads, into entries. */
export function logToTimeline(onEntry: OnEntry): StoreLog {
  const add = (level: string, message: string): void => onEntry({ time: new Date(), text: `${level}${message}` });
  return {
    info: (message) => add('', message),
    warn: (message) => add('warning: ', message),
    error: (message) => add('error: ', message),
  };
}

/**
 * Describes what a reload changed, one line for each option.
 *
 * @param namespace the only namespace to describe; undefined for all
 */
export function describeReload(store: OptionsStore, event: ReloadEvent, namespace: string | undefined): string {
  const changes = event.changes.filter((change) => namespace === undefined || change.namespace === namespace);
  const { namespaces } = store.status();
  const delays = [...new Set(changes.map((change) => change.namespace))].flatMap((name) => {
    const delay = namespaces[name]?.delaySecs;
    return typeof delay === 'number' ? [`${name} ${formatDuration(delay * 1_000)} after it was generated`] : [];
  });
  const head = `generation ${event.generation}${delays.length > 0 ? ` (${delays.join(', ')})` : ''}`;
  if (changes.length === 0) return `${head}: no option changed`;
  const lines = changes.map(
    ({ namespace: name, key, oldValue, newValue }) =>
      `${name} ${key}: ${formatValue(oldValue)} → ${formatValue(newValue)}`,
  );
  return [`${head}:`, ...lines.map(escapeControlChars)].join('\n');
}
