/** What happens to a store while it is watched, as texts. */
import type { Options, ReloadEvent } from 'sentry-options';
import type { StoreLog } from './store.js';
import { valueText } from './text.js';

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
export function describeReload(store: Options, event: ReloadEvent, namespace: string | undefined): string {
  const changes = event.changes.filter((change) => namespace === undefined || change.namespace === namespace);
  const { namespaces } = store.status();
  const delays = [...new Set(changes.map((change) => change.namespace))].flatMap((name) => {
    const delay = namespaces[name]?.delaySecs;
    return typeof delay === 'number' ? [`${name} ${duration(delay)} after it was made`] : [];
  });
  const head = `generation ${event.generation}${delays.length > 0 ? ` (${delays.join(', ')})` : ''}`;
  if (changes.length === 0) return `${head}: no option has changed`;
  const lines = changes.map(
    ({ namespace: name, key, oldValue, newValue }) => `${name} ${key}: ${valueText(oldValue)} → ${valueText(newValue)}`,
  );
  return [`${head}:`, ...lines].join('\n');
}

/** Seconds as a person says them: `3.2 s`, `4 min`, `2 h`, `5 d`. */
export function duration(seconds: number): string {
  if (seconds < 60) return `${Number(seconds.toFixed(1))} s`;
  if (seconds < 3_600) return `${Math.round(seconds / 60)} min`;
  if (seconds < 86_400) return `${Math.round(seconds / 3_600)} h`;
  return `${Math.round(seconds / 86_400)} d`;
}
