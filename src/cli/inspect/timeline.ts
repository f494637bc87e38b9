/**
 * Turns the messages and reloads of a watched store into entries with a time. Runs in the command line's main thread.
 */

import type { NamespaceStatus, OptionsStore, ReloadEvent } from 'sentry-options';
import { formatDuration } from '../../common/duration.js';
import { escapeControlChars, escapeControlCharsInLines, formatRest } from '../../common/text.js';
import type { OptionValue } from '../../common/value.js';
import { formatChange } from '../terminal/format.js';
import type { StoreLog } from './store.js';

/** One event: the first line of the text says what happened, the other lines are its details. */
export interface Entry {
  readonly time: Date;
  readonly text: string;
  /** The same as data, for `--json`. */
  readonly data: object;
}

/** Receives each entry when it happens. */
export type OnEntry = (entry: Entry) => void;

/** An option that a reload changed. The values are compact JSON; null if not set. */
interface ChangeText {
  readonly namespace: string;
  readonly key: string;
  readonly old: string | null;
  readonly new: string | null;
}

/** An accepted reload. */
interface ReloadText {
  readonly time: Date;
  readonly generation: number;
  readonly changes: readonly ChangeText[];
  /** How many options changed, if `changes` has not all. */
  readonly changeCount?: number;
  /** By name. */
  readonly namespaces: Readonly<Record<string, NamespaceStatus>>;
}

/** Returns a log that turns a store's messages, such as errors of rejected reloads, into entries. */
export function logToTimeline(onEntry: OnEntry): StoreLog {
  return {
    info: (message) => onEntry(describeMessage(new Date(), 'info', message)),
    warn: (message) => onEntry(describeMessage(new Date(), 'warning', message)),
    error: (message) => onEntry(describeMessage(new Date(), 'error', message)),
  };
}

/** Returns the first entry of a timeline. */
export function describeStart(directory: string, generation: number, namespaces: readonly string[]): Entry {
  return {
    time: new Date(),
    text: `watching ${directory}, generation ${generation}: ${namespaces.join(', ') || 'no namespaces'}`,
    data: { event: 'watching', directory, generation, namespaces },
  };
}

/** Returns an entry for a message. */
export function describeMessage(time: Date, level: 'info' | 'warning' | 'error', message: string): Entry {
  return {
    time,
    text: level === 'info' ? message : `${level}: ${message}`,
    data: { event: 'message', level, message },
  };
}

/**
 * Returns an entry for a reload of `store`.
 *
 * @param namespace the only namespace to describe; undefined for all
 */
export function describeReload(store: OptionsStore, event: ReloadEvent, namespace: string | undefined): Entry {
  const changes = event.changes.map(({ namespace: name, key, oldValue, newValue }) => ({
    namespace: name,
    key,
    old: toText(oldValue),
    new: toText(newValue),
  }));
  const { namespaces } = store.status();
  return describeChanges({ time: new Date(), generation: event.generation, changes, namespaces }, namespace);
}

/**
 * Returns an entry for a reload: what it changed, one line for each option.
 *
 * @param namespace the only namespace to describe; undefined for all
 */
export function describeChanges(reload: ReloadText, namespace: string | undefined): Entry {
  const { time, generation, namespaces, changeCount = reload.changes.length } = reload;
  const changes = reload.changes.filter((change) => namespace === undefined || change.namespace === namespace);
  const delays = [...new Set(changes.map((change) => change.namespace))].flatMap((name) => {
    const delay = Object.hasOwn(namespaces, name) ? namespaces[name]?.delaySecs : null;
    return typeof delay === 'number' ? [`${name} ${formatDuration(delay * 1_000)} after it was generated`] : [];
  });
  const head = `generation ${generation}${delays.length > 0 ? ` (${delays.join(', ')})` : ''}`;
  const lines = changes.map((change) => `${change.namespace} ${change.key}: ${formatChange(change.old, change.new)}`);
  if (changeCount > reload.changes.length) lines.push(`… ${formatRest(changeCount - reload.changes.length)}`);
  const text =
    lines.length === 0 ? `${head}: no option changed` : [`${head}:`, ...lines.map(escapeControlChars)].join('\n');
  return { time, text, data: { event: 'reload', generation, changes } };
}

/** Formats an entry as lines: the time before its first line, the other lines indented below it. */
export function formatEntry({ time, text }: Entry): string {
  const [first = '', ...rest] = escapeControlCharsInLines(text).split('\n');
  return [`${time.toISOString()} ${first}`, ...rest.map((line) => `  ${line.trim()}`), ''].join('\n');
}

/** Formats an entry as one line of JSON. */
export function formatEntryAsJson({ time, data }: Entry): string {
  return `${JSON.stringify({ at: time.toISOString(), ...data })}\n`;
}

function toText(value: OptionValue | undefined): string | null {
  return value === undefined ? null : JSON.stringify(value);
}
