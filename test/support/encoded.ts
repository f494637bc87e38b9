/** Snapshots of one namespace, for tests of the codec and of what uses it. */
import { composeSnapshot } from '../../src/codec/compose.js';
import { EncodedSnapshot } from '../../src/codec/decode.js';
import { SegmentEncoder } from '../../src/codec/encode.js';
import type { EncodedSegment } from '../../src/codec/frame.js';
import type { OptionValue } from '../../src/common/value.js';

/**
 * Encodes a segment whose options have `values`, in this order; undefined leaves an option unset. `flags`: the flags by
 * pattern, by name.
 */
export function encodeSegment(
  values: readonly (OptionValue | undefined)[],
  flags: Readonly<Record<string, OptionValue>> = {},
): EncodedSegment {
  const names = Object.keys(flags).sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
  const encoder = new SegmentEncoder(values.length + names.length);
  [...values, ...names.map((name) => flags[name])].forEach((value, index) => {
    if (value !== undefined) encoder.set(index, value);
  });
  return encoder.finish(names);
}

/** Encodes a snapshot of one namespace whose options have `values`. */
export function encodeValues(values: readonly (OptionValue | undefined)[], generation = 1): Uint8Array<ArrayBuffer> {
  return composeSnapshot({ generation, segments: [encodeSegment(values)] });
}

/** Opens a snapshot of one namespace with `optionCount` options. */
export function openValues(bytes: Uint8Array, optionCount: number): EncodedSnapshot {
  return new EncodedSnapshot(bytes, { namespaceCount: 1, optionCount });
}
