/** Finds what differs between an old and a new value. Pure. */
import type { OptionValue } from '../../../src/common/value.js';
import { escapeInvisible, stringify, truncate } from './text.js';

/** A text in three parts: the middle one differs from the other value's. */
export interface Marked {
  readonly before: string;
  readonly middle: string;
  readonly after: string;
}

/** One difference: at which place inside of the value, from what to what; null where there is nothing. */
export interface Difference {
  /** Such as `segments[0].rollout`; empty for the whole value. */
  readonly place: string;
  readonly old: Marked | null;
  readonly new: Marked | null;
}

/** What differs, and how many differences are not listed. */
export interface Differences {
  readonly listed: readonly Difference[];
  readonly more: number;
}

const MAX_LISTED = 12;
const MAX_LEVELS = 20;
/** How much of the same text is shown around a difference, and how much of the difference. */
const AROUND = 24;
const MAX_SHOWN = 400;

type Pair = readonly [place: string, old: OptionValue | undefined, now: OptionValue | undefined];

/** Compares two values, given as JSON, or as anything else if they are truncated; null for none. */
export function compare(old: string | null, now: string | null): Differences {
  const before = parse(old);
  const after = parse(now);
  if (!isContainer(before) || !isContainer(after) || Array.isArray(before) !== Array.isArray(after)) {
    return { listed: [mark('', old, now)], more: 0 };
  }
  const found: Pair[] = [];
  collect('', before, after, 0, found);
  // The same members in another order.
  if (found.length === 0) return { listed: [mark('', old, now)], more: 0 };
  const listed = found.slice(0, MAX_LISTED).map(([place, a, b]) => mark(place, toText(a), toText(b)));
  return { listed, more: found.length - listed.length };
}

type Container = { readonly [key: string]: OptionValue } | readonly OptionValue[];

function isContainer(value: OptionValue | undefined): value is Container {
  return typeof value === 'object' && value !== null;
}

function parse(text: string | null): OptionValue | undefined {
  try {
    return text === null ? undefined : (JSON.parse(text) as OptionValue);
  } catch {
    // Truncated, or the name of a type.
    return undefined;
  }
}

function toText(value: OptionValue | undefined): string | null {
  return value === undefined ? null : stringify(value);
}

/** Adds the smallest parts that differ. Members are only read, never copied: a key may be `__proto__`. */
function collect(place: string, old: Container, now: Container, level: number, found: Pair[]): void {
  const isArray = Array.isArray(now);
  for (const key of new Set([...Object.keys(old), ...Object.keys(now)])) {
    const a = read(old, key);
    const b = read(now, key);
    const inner = isArray ? `${place}[${key}]` : addMember(place, key);
    const goesOn = isContainer(a) && isContainer(b) && Array.isArray(a) === Array.isArray(b) && level < MAX_LEVELS;
    if (goesOn) collect(inner, a, b, level + 1, found);
    else if (toText(a) !== toText(b)) found.push([inner, a, b]);
  }
}

function read(container: Container, key: string): OptionValue | undefined {
  return Object.hasOwn(container, key) ? (container as { readonly [key: string]: OptionValue })[key] : undefined;
}

function addMember(place: string, key: string): string {
  const name = escapeInvisible(truncate(key, 60));
  if (!/^[\w-]+$/.test(key)) return `${place}[${JSON.stringify(name)}]`;
  return place === '' ? name : `${place}.${name}`;
}

/** Marks the middle in which two texts differ, and drops most of what they share. */
function mark(place: string, old: string | null, now: string | null): Difference {
  if (old === null || now === null) return { place, old: markWhole(old), new: markWhole(now) };
  const shorter = Math.min(old.length, now.length);
  let start = 0;
  while (start < shorter && old[start] === now[start]) start++;
  let end = 0;
  while (end < shorter - start && old.at(-1 - end) === now.at(-1 - end)) end++;
  // Numbers and words are read as a whole: 25 → 250, not an added 0.
  while (start > 0 && isWordCharacter(old[start - 1])) start--;
  while (end > 0 && isWordCharacter(old[old.length - end])) end--;
  return { place, old: cut(old, start, end), new: cut(now, start, end) };
}

function isWordCharacter(character: string | undefined): boolean {
  return character !== undefined && (character > '\x7f' || /[\w.-]/.test(character));
}

function markWhole(text: string | null): Marked | null {
  return text === null ? null : { before: '', middle: escapeInvisible(truncate(text, MAX_SHOWN)), after: '' };
}

function cut(text: string, start: number, end: number): Marked {
  const before = text.slice(0, start);
  const after = text.slice(text.length - end);
  return {
    before: escapeInvisible(before.length > 2 * AROUND ? `…${before.slice(-AROUND)}` : before),
    middle: escapeInvisible(truncate(text.slice(start, text.length - end), MAX_SHOWN)),
    after: escapeInvisible(truncate(after, 2 * AROUND)),
  };
}
