/** A context's identity, and the bucket of 100 that it falls into: what a rollout goes by. Used by readers. */
import { hash } from 'node:crypto';
import { compareCodePoints } from '../common/text.js';
import { formatIdentityValue } from './identity-text.js';

/** `key:value:key:value…` of the `fields` that are there, sorted by code point; undefined where none is. */
export function buildIdentity(fields: readonly string[], data: { value(field: string): unknown }): string | undefined {
  const sorted = fields.length > 1 ? [...fields].sort(compareCodePoints) : fields;
  let text: string | undefined;
  for (const field of sorted) {
    const value = data.value(field);
    if (value === undefined) continue;
    const member = `${field}:${formatIdentityValue(value)}`;
    text = text === undefined ? member : `${text}:${member}`;
  }
  return text;
}

/**
 * The bucket of a text, 0 to 99: its SHA-1 as one big-endian integer, modulo 10^9, modulo 100. Since 100 divides 10^9,
 * that is the integer modulo 100.
 */
export function computeBucket(text: string): number {
  // As a string of bytes: 0.33 µs with the loop, where hex and its digits take 0.55, and a Buffer takes 0.7 to be made.
  const digest = hash('sha1', text, 'binary');
  let bucket = 0;
  for (let index = 0; index < digest.length; index++) bucket = (bucket * 256 + digest.charCodeAt(index)) % 100;
  return bucket;
}
