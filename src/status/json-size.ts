/** Measures and truncates strings by the bytes that they take in JSON. Pure; runs where status records are written. */

/** The escapes of JSON that have two characters; any other control character takes six. */
const SHORT_ESCAPES = '"\\\b\f\n\r\t';
const ELLIPSIS = '…';
const ELLIPSIS_BYTES = Buffer.byteLength(ELLIPSIS);
const QUOTES_BYTES = 2;

/** Returns the bytes that `value` takes as JSON, in UTF-8. */
export function measureJson(value: unknown): number {
  return Buffer.byteLength(JSON.stringify(value));
}

/**
 * Truncates `text` so that it takes at most `maxBytes` as a string in JSON, its quotes and the ellipsis included. Room
 * for less than an ellipsis gives an empty string. The time depends on `maxBytes`, not on the rest of `text`.
 */
export function truncateJson(text: string, maxBytes: number): string {
  let bytes = QUOTES_BYTES;
  // The end of the longest part that leaves room for the ellipsis.
  let end = 0;
  for (let at = 0; at < text.length; ) {
    const code = text.codePointAt(at) as number;
    bytes += measureCharacter(code);
    if (bytes > maxBytes) return maxBytes < QUOTES_BYTES + ELLIPSIS_BYTES ? '' : text.slice(0, end) + ELLIPSIS;
    at += code > 0xffff ? 2 : 1;
    if (bytes + ELLIPSIS_BYTES <= maxBytes) end = at;
  }
  return text;
}

function measureCharacter(code: number): number {
  if (code < 0x80) return code >= 0x20 ? (code === 0x22 || code === 0x5c ? 2 : 1) : measureControl(code);
  if (code < 0x800) return 2;
  if (code > 0xffff) return 4;
  // JSON.stringify escapes a lone surrogate.
  return code >= 0xd800 && code <= 0xdfff ? 6 : 3;
}

function measureControl(code: number): number {
  return SHORT_ESCAPES.includes(String.fromCharCode(code)) ? 2 : 6;
}
