/** A context's identity: the text whose hash decides rollouts. Runs in readers; pure. */
import { compareCodePoints } from '../common/text.js';
import type { ContextReader } from './context-limits.js';
import { formatIdentityValue } from './identity-text.js';

/**
 * Builds `key:value:key:value…` from the `fields` that are present, sorted by code point; undefined if none is.
 *
 * @param reader counts what is read of the context
 * @throws {ContextLimitError} if the context is too large
 */
export function buildIdentity(
  fields: readonly string[],
  data: { value(field: string): unknown },
  reader: ContextReader,
): string | undefined {
  const sorted = fields.length > 1 ? [...fields].sort(compareCodePoints) : fields;
  let text: string | undefined;
  for (const field of sorted) {
    const value = data.value(field);
    if (value === undefined) continue;
    const member = `${field}:${formatIdentityValue(value, reader)}`;
    text = text === undefined ? member : `${text}:${member}`;
  }
  return text;
}
