/**
 * Rejects a values file that would exhaust the memory of its reader, before it is parsed: 1 MiB of `{},{},…` takes 21 MiB
 * once parsed. Runs in the watcher, in tests and in the command line, never in a reader.
 */
import { DEFAULT_MAX_FILE_BYTES, MAX_EXPANSION } from '../common/file-limits.js';

/** The limits of a values file. */
export interface ValuesLimits {
  /** Its largest size, in bytes. */
  readonly fileBytes: number;
  /** The most memory that it may take once parsed, in bytes. */
  readonly parsedBytes: number;
}

/** The limits of a service that sets nothing, in a container with enough memory. */
export const DEFAULT_LIMITS: ValuesLimits = {
  fileBytes: DEFAULT_MAX_FILE_BYTES,
  parsedBytes: DEFAULT_MAX_FILE_BYTES * MAX_EXPANSION,
};

/** What an issue of a values file that exceeds `maxFileBytes`, or what follows from it, says after what is wrong. */
export const SETTING_ADVICE = '; split the namespace, or raise maxFileBytes';
/** The same, where the limit follows from the memory of the container: no setting raises it. */
const MEMORY_ADVICE = '; split the namespace, or give the container more memory';

/** Returns what an issue says after {@link describeExcess}. */
export function adviseOnExcess(bytes: Uint8Array, { fileBytes, parsedBytes }: ValuesLimits): string {
  const isOfMemory = bytes.length <= fileBytes && parsedBytes < fileBytes * MAX_EXPANSION;
  return isOfMemory ? MEMORY_ADVICE : SETTING_ADVICE;
}

/** Describes why a file with the content `bytes` exceeds `limits`; undefined if it does not. */
export function describeExcess(bytes: Uint8Array, { fileBytes, parsedBytes }: ValuesLimits): string | undefined {
  if (bytes.length > fileBytes) return `must have at most ${fileBytes} bytes; got ${bytes.length}`;
  if (bytes.length * MOST_PER_BYTE <= parsedBytes) return undefined;
  const parsed = estimateParsedBytes(bytes);
  if (parsed <= parsedBytes) return undefined;
  return (
    `must take at most ${formatMebibytes(parsedBytes)} of memory once parsed; got about ${formatMebibytes(parsed)}, ` +
    'for its many lists, maps or keys'
  );
}

// What V8 takes for each part of a document, on 64 bits, and a little more. Measured with files of one part only.
const TEXT_BYTES = 3;
const MAP_BYTES = 56;
const LIST_BYTES = 64;
const MEMBER_BYTES = 8;
const STRING_BYTES = 24;
/** For the key's string, and for a hidden class or a dictionary, which grows when the map is walked. */
const KEY_BYTES = 200;
/** For a share in hidden classes: the strings of equal keys are one. */
const KNOWN_KEY_BYTES = 40;
/** For a number that is not a small integer. */
const NUMBER_BYTES = 16;
/** No document takes more for each of its bytes: a key has at least three. */
const MOST_PER_BYTE = TEXT_BYTES + Math.max(LIST_BYTES, Math.ceil(KEY_BYTES / 3));
/** The size of the table of known keys, in bits: a power of two, for few collisions among the keys of a megabyte. */
const TABLE_BITS = 2 ** 20;

/**
 * Estimates the memory that `JSON.parse` takes for the document in `bytes`, and its text, in one pass. An upper bound;
 * for values as people write them, up to three times too high.
 */
export function estimateParsedBytes(bytes: Uint8Array): number {
  const known = new Uint8Array(TABLE_BITS / 8);
  let parsed = bytes.length * TEXT_BYTES;
  for (let at = 0; at < bytes.length; at++) {
    switch (bytes[at]) {
      case 0x22: {
        const start = at + 1;
        let hash = 0;
        for (at++; at < bytes.length && bytes[at] !== 0x22; at++) {
          hash = (Math.imul(hash, 31) + (bytes[at] as number)) | 0;
          // An escaped quote does not end the string.
          if (bytes[at] === 0x5c) at++;
        }
        if (!isKey(bytes, at)) parsed += STRING_BYTES;
        else if (isDigit(bytes[start])) {
          // Maps with such keys, which may be indexes, do not share hidden classes.
          parsed += KEY_BYTES;
        } else {
          const bit = (hash ^ (hash >>> 15)) & (TABLE_BITS - 1);
          const mask = 1 << (bit & 7);
          parsed += ((known[bit >> 3] as number) & mask) === 0 ? KEY_BYTES : KNOWN_KEY_BYTES;
          known[bit >> 3] = (known[bit >> 3] as number) | mask;
        }
        break;
      }
      case 0x7b:
        parsed += MAP_BYTES;
        break;
      case 0x5b:
        parsed += LIST_BYTES;
        break;
      case 0x2c:
        parsed += MEMBER_BYTES;
        break;
      case 0x2e:
      case 0x45:
      case 0x65:
        // A fraction or an exponent; also the `e` of `true` and `false`.
        parsed += NUMBER_BYTES;
        break;
    }
  }
  return parsed;
}

/** Whether the string that ends at `end` is a key. */
function isKey(bytes: Uint8Array, end: number): boolean {
  let at = end + 1;
  while (bytes[at] === 0x20 || bytes[at] === 0x0a || bytes[at] === 0x0d || bytes[at] === 0x09) at++;
  return bytes[at] === 0x3a;
}

function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= 0x30 && byte <= 0x39;
}

function formatMebibytes(bytes: number): string {
  return `${(bytes / 2 ** 20).toFixed(1)} MiB`;
}
