/** Strict JSON, by other means than the sources have. */
import { isDeepStrictEqual } from 'node:util';

/** The containers that may lie in one another. */
const MAX_DEPTH = 127;

/** What `bytes` say, or undefined where they are no strict JSON. */
export function strictJson(bytes: Buffer): { readonly value: unknown } | undefined {
  const text = bytes.toString();
  // What is no UTF-8 comes back as something else, and a byte-order mark stays in Buffer's text.
  if (!Buffer.from(text).equals(bytes) || text.startsWith('\ufeff')) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  return isDeeperThan(value, MAX_DEPTH) || !survivesUtf8(value) ? undefined : { value };
}

/** Level by level. */
function isDeeperThan(root: unknown, levels: number): boolean {
  let level = [root];
  for (let depth = 0; depth <= levels; depth++) {
    const containers = level.filter((value) => typeof value === 'object' && value !== null) as object[];
    if (containers.length === 0) return false;
    if (depth === levels) return true;
    level = containers.flatMap((container) => Object.values(container));
  }
  return true;
}

/** Whether the value can be written in UTF-8 without loss: with no lone surrogate, and no number without bounds. */
function survivesUtf8(value: unknown): boolean {
  const escaped = JSON.stringify(value);
  // JSON.stringify writes −0 as 0, and this is no loss that is meant.
  const text = escaped.replaceAll(/(?<!\\)(?:\\\\)*\\ud[89a-f]/g, '\ufffd');
  return text === escaped && isDeepStrictEqual(JSON.parse(text), positive(value));
}

/** `value` with 0 in place of −0. */
function positive(value: unknown): unknown {
  if (Object.is(value, -0)) return 0;
  if (Array.isArray(value)) return value.map(positive);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, positive(member)]));
}
