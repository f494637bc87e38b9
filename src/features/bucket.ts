/** Computes which of 100 buckets an identity falls into: that decides rollouts. Runs in readers; pure. */
import { hash } from 'node:crypto';
import { BLOCK_WORDS, hashBlock } from './sha1.js';

/** The most bytes of a message that has one block. */
const MAX_BYTES = 55;

/** The head of the last message of {@link computeShortBucket}, which is usually the head of the next one, too. */
let lastPrefix: string | undefined;
let lastField = '';
/** The number of bytes in the head; beyond {@link MAX_BYTES} if the head does not fit, or is not ASCII. */
let headBytes = 0;
/** The bytes of the head behind its last whole word. */
let headRest = 0;
/** The message: the head, and what the last call wrote behind it. */
const block = new Int32Array(BLOCK_WORDS);

/**
 * Computes the bucket of a string, 0 to 99: its SHA-1 as one big-endian integer, modulo 10^9, modulo 100. Since 100
 * divides 10^9, that equals the integer modulo 100.
 */
export function computeBucket(text: string): number {
  // As a binary string: 0.33 µs with the loop. Hex and its digits take 0.55 µs, and making a Buffer takes 0.7 µs.
  const digest = hash('sha1', text, 'binary');
  let bucket = 0;
  for (let index = 0; index < digest.length; index++) bucket = (bucket * 256 + digest.charCodeAt(index)) % 100;
  return bucket;
}

/**
 * Computes the bucket of the string `prefix` + `field` + ':' + `value`, faster than {@link computeBucket},
 * since nothing makes the string. Returns −1 if it is longer than one block, or not ASCII.
 */
export function computeShortBucket(prefix: string, field: string, value: string): number {
  if (prefix !== lastPrefix || field !== lastField) writeHead(prefix, field);
  const length = headBytes + value.length;
  if (length > MAX_BYTES) return -1;
  let word = headRest;
  let all = 0;
  for (let index = 0, at = headBytes; index < value.length; index++) {
    const code = value.charCodeAt(index);
    all |= code;
    word = (word << 8) | code;
    at++;
    if ((at & 3) === 0) block[(at >> 2) - 1] = word;
  }
  if (all > 0x7f) return -1;
  // What the word has of earlier words is shifted out.
  word = ((word << 8) | 0x80) << (8 * (3 - (length & 3)));
  let next = length >> 2;
  block[next++] = word;
  while (next < BLOCK_WORDS - 1) block[next++] = 0;
  block[BLOCK_WORDS - 1] = 8 * length;
  return hashBlock(block);
}

function writeHead(prefix: string, field: string): void {
  const head = `${prefix}${field}:`;
  lastPrefix = prefix;
  lastField = field;
  headBytes = head.length;
  headRest = 0;
  if (headBytes > MAX_BYTES) return;
  for (let index = 0; index < head.length; index++) {
    const code = head.charCodeAt(index);
    if (code > 0x7f) headBytes = MAX_BYTES + 1;
    headRest = (headRest << 8) | code;
    if ((index & 3) === 3) block[index >> 2] = headRest;
  }
}
