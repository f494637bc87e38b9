/** Decides what is strict JSON, by other means than the sources. */
import { isDeepStrictEqual } from 'node:util';

/** Maximum depth of nested containers. */
const MAX_DEPTH = 127;

/** Parses `bytes`; undefined if they are not strict JSON. */
export function parseStrictJson(bytes: Buffer): { readonly value: unknown } | undefined {
  const text = bytes.toString();
  // Invalid UTF-8 comes back as other bytes, and Buffer keeps a byte-order mark in its string.
  if (!Buffer.from(text).equals(bytes) || text.startsWith('\ufeff')) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  return isDeeperThan(value, MAX_DEPTH) || !survivesUtf8(value) ? undefined : { value };
}

/** Whether containers are nested more than `levels` deep; goes level by level. */
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

/** Whether the value can be written in UTF-8 without loss: without lone surrogates and infinite numbers. */
function survivesUtf8(value: unknown): boolean {
  const escaped = JSON.stringify(value);
  // JSON.stringify writes −0 as 0; this loss does not count.
  const text = escaped.replaceAll(/(?<!\\)(?:\\\\)*\\ud[89a-f]/g, '\ufffd');
  return text === escaped && isDeepStrictEqual(JSON.parse(text), replaceNegativeZero(value));
}

/** Replaces −0 in `value` with 0. */
function replaceNegativeZero(value: unknown): unknown {
  if (Object.is(value, -0)) return 0;
  if (Array.isArray(value)) return value.map(replaceNegativeZero);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, replaceNegativeZero(member)]));
}
