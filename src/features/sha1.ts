/**
 * SHA-1 of one block. A rollout hashes a short text, for which a call of OpenSSL takes longer than the hash. Runs in
 * readers; pure.
 */

/** The number of 32-bit words in a block. */
export const BLOCK_WORDS = 16;

/**
 * Computes the SHA-1 of a message of one block, as one big-endian integer modulo 100.
 *
 * @param block the message in big-endian words: its bytes, 0x80, zeros, and in the last word its length in bits
 */
// biome-ignore format: a line for each round.
export function hashBlock(block: Int32Array): number {
  // Without loops and arrays, V8 keeps the words in registers. The constants are literals, since a bundle
  // keeps named ones in variables.
  let w0 = block[0] as number;
  let w1 = block[1] as number;
  let w2 = block[2] as number;
  let w3 = block[3] as number;
  let w4 = block[4] as number;
  let w5 = block[5] as number;
  let w6 = block[6] as number;
  let w7 = block[7] as number;
  let w8 = block[8] as number;
  let w9 = block[9] as number;
  let w10 = block[10] as number;
  let w11 = block[11] as number;
  let w12 = block[12] as number;
  let w13 = block[13] as number;
  let w14 = block[14] as number;
  let w15 = block[15] as number;
  let x = 0;
  let a = 0x67452301, b = 0xefcdab89 | 0, c = 0x98badcfe | 0, d = 0x10325476, e = 0xc3d2e1f0 | 0;
  e = (e + w0 + 0x5a827999 + (d ^ (b & (c ^ d))) + (a << 5 | a >>> 27)) | 0; b = b << 30 | b >>> 2;
  d = (d + w1 + 0x5a827999 + (c ^ (a & (b ^ c))) + (e << 5 | e >>> 27)) | 0; a = a << 30 | a >>> 2;
  c = (c + w2 + 0x5a827999 + (b ^ (e & (a ^ b))) + (d << 5 | d >>> 27)) | 0; e = e << 30 | e >>> 2;
  b = (b + w3 + 0x5a827999 + (a ^ (d & (e ^ a))) + (c << 5 | c >>> 27)) | 0; d = d << 30 | d >>> 2;
  a = (a + w4 + 0x5a827999 + (e ^ (c & (d ^ e))) + (b << 5 | b >>> 27)) | 0; c = c << 30 | c >>> 2;
  e = (e + w5 + 0x5a827999 + (d ^ (b & (c ^ d))) + (a << 5 | a >>> 27)) | 0; b = b << 30 | b >>> 2;
  d = (d + w6 + 0x5a827999 + (c ^ (a & (b ^ c))) + (e << 5 | e >>> 27)) | 0; a = a << 30 | a >>> 2;
  c = (c + w7 + 0x5a827999 + (b ^ (e & (a ^ b))) + (d << 5 | d >>> 27)) | 0; e = e << 30 | e >>> 2;
  b = (b + w8 + 0x5a827999 + (a ^ (d & (e ^ a))) + (c << 5 | c >>> 27)) | 0; d = d << 30 | d >>> 2;
  a = (a + w9 + 0x5a827999 + (e ^ (c & (d ^ e))) + (b << 5 | b >>> 27)) | 0; c = c << 30 | c >>> 2;
  e = (e + w10 + 0x5a827999 + (d ^ (b & (c ^ d))) + (a << 5 | a >>> 27)) | 0; b = b << 30 | b >>> 2;
  d = (d + w11 + 0x5a827999 + (c ^ (a & (b ^ c))) + (e << 5 | e >>> 27)) | 0; a = a << 30 | a >>> 2;
  c = (c + w12 + 0x5a827999 + (b ^ (e & (a ^ b))) + (d << 5 | d >>> 27)) | 0; e = e << 30 | e >>> 2;
  b = (b + w13 + 0x5a827999 + (a ^ (d & (e ^ a))) + (c << 5 | c >>> 27)) | 0; d = d << 30 | d >>> 2;
  a = (a + w14 + 0x5a827999 + (e ^ (c & (d ^ e))) + (b << 5 | b >>> 27)) | 0; c = c << 30 | c >>> 2;
  e = (e + w15 + 0x5a827999 + (d ^ (b & (c ^ d))) + (a << 5 | a >>> 27)) | 0; b = b << 30 | b >>> 2;
  x = w13 ^ w8 ^ w2 ^ w0; w0 = x << 1 | x >>> 31; d = (d + w0 + 0x5a827999 + (c ^ (a & (b ^ c))) + (e << 5 | e >>> 27)) | 0; a = a << 30 | a >>> 2;
  x = w14 ^ w9 ^ w3 ^ w1; w1 = x << 1 | x >>> 31; c = (c + w1 + 0x5a827999 + (b ^ (e & (a ^ b))) + (d << 5 | d >>> 27)) | 0; e = e << 30 | e >>> 2;
  x = w15 ^ w10 ^ w4 ^ w2; w2 = x << 1 | x >>> 31; b = (b + w2 + 0x5a827999 + (a ^ (d & (e ^ a))) + (c << 5 | c >>> 27)) | 0; d = d << 30 | d >>> 2;
  x = w0 ^ w11 ^ w5 ^ w3; w3 = x << 1 | x >>> 31; a = (a + w3 + 0x5a827999 + (e ^ (c & (d ^ e))) + (b << 5 | b >>> 27)) | 0; c = c << 30 | c >>> 2;
  x = w1 ^ w12 ^ w6 ^ w4; w4 = x << 1 | x >>> 31; e = (e + w4 + 0x6ed9eba1 + (b ^ c ^ d) + (a << 5 | a >>> 27)) | 0; b = b << 30 | b >>> 2;
  x = w2 ^ w13 ^ w7 ^ w5; w5 = x << 1 | x >>> 31; d = (d + w5 + 0x6ed9eba1 + (a ^ b ^ c) + (e << 5 | e >>> 27)) | 0; a = a << 30 | a >>> 2;
  x = w3 ^ w14 ^ w8 ^ w6; w6 = x << 1 | x >>> 31; c = (c + w6 + 0x6ed9eba1 + (e ^ a ^ b) + (d << 5 | d >>> 27)) | 0; e = e << 30 | e >>> 2;
  x = w4 ^ w15 ^ w9 ^ w7; w7 = x << 1 | x >>> 31; b = (b + w7 + 0x6ed9eba1 + (d ^ e ^ a) + (c << 5 | c >>> 27)) | 0; d = d << 30 | d >>> 2;
  x = w5 ^ w0 ^ w10 ^ w8; w8 = x << 1 | x >>> 31; a = (a + w8 + 0x6ed9eba1 + (c ^ d ^ e) + (b << 5 | b >>> 27)) | 0; c = c << 30 | c >>> 2;
  x = w6 ^ w1 ^ w11 ^ w9; w9 = x << 1 | x >>> 31; e = (e + w9 + 0x6ed9eba1 + (b ^ c ^ d) + (a << 5 | a >>> 27)) | 0; b = b << 30 | b >>> 2;
  x = w7 ^ w2 ^ w12 ^ w10; w10 = x << 1 | x >>> 31; d = (d + w10 + 0x6ed9eba1 + (a ^ b ^ c) + (e << 5 | e >>> 27)) | 0; a = a << 30 | a >>> 2;
  x = w8 ^ w3 ^ w13 ^ w11; w11 = x << 1 | x >>> 31; c = (c + w11 + 0x6ed9eba1 + (e ^ a ^ b) + (d << 5 | d >>> 27)) | 0; e = e << 30 | e >>> 2;
  x = w9 ^ w4 ^ w14 ^ w12; w12 = x << 1 | x >>> 31; b = (b + w12 + 0x6ed9eba1 + (d ^ e ^ a) + (c << 5 | c >>> 27)) | 0; d = d << 30 | d >>> 2;
  x = w10 ^ w5 ^ w15 ^ w13; w13 = x << 1 | x >>> 31; a = (a + w13 + 0x6ed9eba1 + (c ^ d ^ e) + (b << 5 | b >>> 27)) | 0; c = c << 30 | c >>> 2;
  x = w11 ^ w6 ^ w0 ^ w14; w14 = x << 1 | x >>> 31; e = (e + w14 + 0x6ed9eba1 + (b ^ c ^ d) + (a << 5 | a >>> 27)) | 0; b = b << 30 | b >>> 2;
  x = w12 ^ w7 ^ w1 ^ w15; w15 = x << 1 | x >>> 31; d = (d + w15 + 0x6ed9eba1 + (a ^ b ^ c) + (e << 5 | e >>> 27)) | 0; a = a << 30 | a >>> 2;
  x = w13 ^ w8 ^ w2 ^ w0; w0 = x << 1 | x >>> 31; c = (c + w0 + 0x6ed9eba1 + (e ^ a ^ b) + (d << 5 | d >>> 27)) | 0; e = e << 30 | e >>> 2;
  x = w14 ^ w9 ^ w3 ^ w1; w1 = x << 1 | x >>> 31; b = (b + w1 + 0x6ed9eba1 + (d ^ e ^ a) + (c << 5 | c >>> 27)) | 0; d = d << 30 | d >>> 2;
  x = w15 ^ w10 ^ w4 ^ w2; w2 = x << 1 | x >>> 31; a = (a + w2 + 0x6ed9eba1 + (c ^ d ^ e) + (b << 5 | b >>> 27)) | 0; c = c << 30 | c >>> 2;
  x = w0 ^ w11 ^ w5 ^ w3; w3 = x << 1 | x >>> 31; e = (e + w3 + 0x6ed9eba1 + (b ^ c ^ d) + (a << 5 | a >>> 27)) | 0; b = b << 30 | b >>> 2;
  x = w1 ^ w12 ^ w6 ^ w4; w4 = x << 1 | x >>> 31; d = (d + w4 + 0x6ed9eba1 + (a ^ b ^ c) + (e << 5 | e >>> 27)) | 0; a = a << 30 | a >>> 2;
  x = w2 ^ w13 ^ w7 ^ w5; w5 = x << 1 | x >>> 31; c = (c + w5 + 0x6ed9eba1 + (e ^ a ^ b) + (d << 5 | d >>> 27)) | 0; e = e << 30 | e >>> 2;
  x = w3 ^ w14 ^ w8 ^ w6; w6 = x << 1 | x >>> 31; b = (b + w6 + 0x6ed9eba1 + (d ^ e ^ a) + (c << 5 | c >>> 27)) | 0; d = d << 30 | d >>> 2;
  x = w4 ^ w15 ^ w9 ^ w7; w7 = x << 1 | x >>> 31; a = (a + w7 + 0x6ed9eba1 + (c ^ d ^ e) + (b << 5 | b >>> 27)) | 0; c = c << 30 | c >>> 2;
  x = w5 ^ w0 ^ w10 ^ w8; w8 = x << 1 | x >>> 31; e = (e + w8 - 0x70e44324 + ((b & c) ^ (d & (b ^ c))) + (a << 5 | a >>> 27)) | 0; b = b << 30 | b >>> 2;
  x = w6 ^ w1 ^ w11 ^ w9; w9 = x << 1 | x >>> 31; d = (d + w9 - 0x70e44324 + ((a & b) ^ (c & (a ^ b))) + (e << 5 | e >>> 27)) | 0; a = a << 30 | a >>> 2;
  x = w7 ^ w2 ^ w12 ^ w10; w10 = x << 1 | x >>> 31; c = (c + w10 - 0x70e44324 + ((e & a) ^ (b & (e ^ a))) + (d << 5 | d >>> 27)) | 0; e = e << 30 | e >>> 2;
  x = w8 ^ w3 ^ w13 ^ w11; w11 = x << 1 | x >>> 31; b = (b + w11 - 0x70e44324 + ((d & e) ^ (a & (d ^ e))) + (c << 5 | c >>> 27)) | 0; d = d << 30 | d >>> 2;
  x = w9 ^ w4 ^ w14 ^ w12; w12 = x << 1 | x >>> 31; a = (a + w12 - 0x70e44324 + ((c & d) ^ (e & (c ^ d))) + (b << 5 | b >>> 27)) | 0; c = c << 30 | c >>> 2;
  x = w10 ^ w5 ^ w15 ^ w13; w13 = x << 1 | x >>> 31; e = (e + w13 - 0x70e44324 + ((b & c) ^ (d & (b ^ c))) + (a << 5 | a >>> 27)) | 0; b = b << 30 | b >>> 2;
  x = w11 ^ w6 ^ w0 ^ w14; w14 = x << 1 | x >>> 31; d = (d + w14 - 0x70e44324 + ((a & b) ^ (c & (a ^ b))) + (e << 5 | e >>> 27)) | 0; a = a << 30 | a >>> 2;
  x = w12 ^ w7 ^ w1 ^ w15; w15 = x << 1 | x >>> 31; c = (c + w15 - 0x70e44324 + ((e & a) ^ (b & (e ^ a))) + (d << 5 | d >>> 27)) | 0; e = e << 30 | e >>> 2;
  x = w13 ^ w8 ^ w2 ^ w0; w0 = x << 1 | x >>> 31; b = (b + w0 - 0x70e44324 + ((d & e) ^ (a & (d ^ e))) + (c << 5 | c >>> 27)) | 0; d = d << 30 | d >>> 2;
  x = w14 ^ w9 ^ w3 ^ w1; w1 = x << 1 | x >>> 31; a = (a + w1 - 0x70e44324 + ((c & d) ^ (e & (c ^ d))) + (b << 5 | b >>> 27)) | 0; c = c << 30 | c >>> 2;
  x = w15 ^ w10 ^ w4 ^ w2; w2 = x << 1 | x >>> 31; e = (e + w2 - 0x70e44324 + ((b & c) ^ (d & (b ^ c))) + (a << 5 | a >>> 27)) | 0; b = b << 30 | b >>> 2;
  x = w0 ^ w11 ^ w5 ^ w3; w3 = x << 1 | x >>> 31; d = (d + w3 - 0x70e44324 + ((a & b) ^ (c & (a ^ b))) + (e << 5 | e >>> 27)) | 0; a = a << 30 | a >>> 2;
  x = w1 ^ w12 ^ w6 ^ w4; w4 = x << 1 | x >>> 31; c = (c + w4 - 0x70e44324 + ((e & a) ^ (b & (e ^ a))) + (d << 5 | d >>> 27)) | 0; e = e << 30 | e >>> 2;
  x = w2 ^ w13 ^ w7 ^ w5; w5 = x << 1 | x >>> 31; b = (b + w5 - 0x70e44324 + ((d & e) ^ (a & (d ^ e))) + (c << 5 | c >>> 27)) | 0; d = d << 30 | d >>> 2;
  x = w3 ^ w14 ^ w8 ^ w6; w6 = x << 1 | x >>> 31; a = (a + w6 - 0x70e44324 + ((c & d) ^ (e & (c ^ d))) + (b << 5 | b >>> 27)) | 0; c = c << 30 | c >>> 2;
  x = w4 ^ w15 ^ w9 ^ w7; w7 = x << 1 | x >>> 31; e = (e + w7 - 0x70e44324 + ((b & c) ^ (d & (b ^ c))) + (a << 5 | a >>> 27)) | 0; b = b << 30 | b >>> 2;
  x = w5 ^ w0 ^ w10 ^ w8; w8 = x << 1 | x >>> 31; d = (d + w8 - 0x70e44324 + ((a & b) ^ (c & (a ^ b))) + (e << 5 | e >>> 27)) | 0; a = a << 30 | a >>> 2;
  x = w6 ^ w1 ^ w11 ^ w9; w9 = x << 1 | x >>> 31; c = (c + w9 - 0x70e44324 + ((e & a) ^ (b & (e ^ a))) + (d << 5 | d >>> 27)) | 0; e = e << 30 | e >>> 2;
  x = w7 ^ w2 ^ w12 ^ w10; w10 = x << 1 | x >>> 31; b = (b + w10 - 0x70e44324 + ((d & e) ^ (a & (d ^ e))) + (c << 5 | c >>> 27)) | 0; d = d << 30 | d >>> 2;
  x = w8 ^ w3 ^ w13 ^ w11; w11 = x << 1 | x >>> 31; a = (a + w11 - 0x70e44324 + ((c & d) ^ (e & (c ^ d))) + (b << 5 | b >>> 27)) | 0; c = c << 30 | c >>> 2;
  x = w9 ^ w4 ^ w14 ^ w12; w12 = x << 1 | x >>> 31; e = (e + w12 - 0x359d3e2a + (b ^ c ^ d) + (a << 5 | a >>> 27)) | 0; b = b << 30 | b >>> 2;
  x = w10 ^ w5 ^ w15 ^ w13; w13 = x << 1 | x >>> 31; d = (d + w13 - 0x359d3e2a + (a ^ b ^ c) + (e << 5 | e >>> 27)) | 0; a = a << 30 | a >>> 2;
  x = w11 ^ w6 ^ w0 ^ w14; w14 = x << 1 | x >>> 31; c = (c + w14 - 0x359d3e2a + (e ^ a ^ b) + (d << 5 | d >>> 27)) | 0; e = e << 30 | e >>> 2;
  x = w12 ^ w7 ^ w1 ^ w15; w15 = x << 1 | x >>> 31; b = (b + w15 - 0x359d3e2a + (d ^ e ^ a) + (c << 5 | c >>> 27)) | 0; d = d << 30 | d >>> 2;
  x = w13 ^ w8 ^ w2 ^ w0; w0 = x << 1 | x >>> 31; a = (a + w0 - 0x359d3e2a + (c ^ d ^ e) + (b << 5 | b >>> 27)) | 0; c = c << 30 | c >>> 2;
  x = w14 ^ w9 ^ w3 ^ w1; w1 = x << 1 | x >>> 31; e = (e + w1 - 0x359d3e2a + (b ^ c ^ d) + (a << 5 | a >>> 27)) | 0; b = b << 30 | b >>> 2;
  x = w15 ^ w10 ^ w4 ^ w2; w2 = x << 1 | x >>> 31; d = (d + w2 - 0x359d3e2a + (a ^ b ^ c) + (e << 5 | e >>> 27)) | 0; a = a << 30 | a >>> 2;
  x = w0 ^ w11 ^ w5 ^ w3; w3 = x << 1 | x >>> 31; c = (c + w3 - 0x359d3e2a + (e ^ a ^ b) + (d << 5 | d >>> 27)) | 0; e = e << 30 | e >>> 2;
  x = w1 ^ w12 ^ w6 ^ w4; w4 = x << 1 | x >>> 31; b = (b + w4 - 0x359d3e2a + (d ^ e ^ a) + (c << 5 | c >>> 27)) | 0; d = d << 30 | d >>> 2;
  x = w2 ^ w13 ^ w7 ^ w5; w5 = x << 1 | x >>> 31; a = (a + w5 - 0x359d3e2a + (c ^ d ^ e) + (b << 5 | b >>> 27)) | 0; c = c << 30 | c >>> 2;
  x = w3 ^ w14 ^ w8 ^ w6; w6 = x << 1 | x >>> 31; e = (e + w6 - 0x359d3e2a + (b ^ c ^ d) + (a << 5 | a >>> 27)) | 0; b = b << 30 | b >>> 2;
  x = w4 ^ w15 ^ w9 ^ w7; w7 = x << 1 | x >>> 31; d = (d + w7 - 0x359d3e2a + (a ^ b ^ c) + (e << 5 | e >>> 27)) | 0; a = a << 30 | a >>> 2;
  x = w5 ^ w0 ^ w10 ^ w8; w8 = x << 1 | x >>> 31; c = (c + w8 - 0x359d3e2a + (e ^ a ^ b) + (d << 5 | d >>> 27)) | 0; e = e << 30 | e >>> 2;
  x = w6 ^ w1 ^ w11 ^ w9; w9 = x << 1 | x >>> 31; b = (b + w9 - 0x359d3e2a + (d ^ e ^ a) + (c << 5 | c >>> 27)) | 0; d = d << 30 | d >>> 2;
  x = w7 ^ w2 ^ w12 ^ w10; w10 = x << 1 | x >>> 31; a = (a + w10 - 0x359d3e2a + (c ^ d ^ e) + (b << 5 | b >>> 27)) | 0; c = c << 30 | c >>> 2;
  x = w8 ^ w3 ^ w13 ^ w11; w11 = x << 1 | x >>> 31; e = (e + w11 - 0x359d3e2a + (b ^ c ^ d) + (a << 5 | a >>> 27)) | 0; b = b << 30 | b >>> 2;
  x = w9 ^ w4 ^ w14 ^ w12; w12 = x << 1 | x >>> 31; d = (d + w12 - 0x359d3e2a + (a ^ b ^ c) + (e << 5 | e >>> 27)) | 0; a = a << 30 | a >>> 2;
  x = w10 ^ w5 ^ w15 ^ w13; w13 = x << 1 | x >>> 31; c = (c + w13 - 0x359d3e2a + (e ^ a ^ b) + (d << 5 | d >>> 27)) | 0; e = e << 30 | e >>> 2;
  x = w11 ^ w6 ^ w0 ^ w14; w14 = x << 1 | x >>> 31; b = (b + w14 - 0x359d3e2a + (d ^ e ^ a) + (c << 5 | c >>> 27)) | 0; d = d << 30 | d >>> 2;
  x = w12 ^ w7 ^ w1 ^ w15; w15 = x << 1 | x >>> 31; a = (a + w15 - 0x359d3e2a + (c ^ d ^ e) + (b << 5 | b >>> 27)) | 0; c = c << 30 | c >>> 2;
  // 2^32 modulo 100 is 96. All sums fit in 32 bits.
  let rest = ((a + 0x67452301) >>> 0) % 100;
  rest = (rest * 96 + ((b + 0xefcdab89) >>> 0) % 100) % 100;
  rest = (rest * 96 + ((c + 0x98badcfe) >>> 0) % 100) % 100;
  rest = (rest * 96 + ((d + 0x10325476) >>> 0) % 100) % 100;
  return (rest * 96 + ((e + 0xc3d2e1f0) >>> 0) % 100) % 100;
}
