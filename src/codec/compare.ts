/**
 * Compares encoded values without decoding them: two values may take hundreds of MiB once decoded. Runs in the watcher
 * thread. Has the same result as `isSameValue` on the decoded values, since a value has only one encoding.
 */
import { ByteBuffer, Encoding } from 'flatbuffers';
import type { EncodedSegment } from './frame.js';
import { Kind } from './generated/kind.js';
import { Members } from './generated/members.js';
import { Segment } from './generated/segment.js';
import { Value } from './generated/value.js';

/** Lists the options of a namespace, by their place in it, whose value differs, or whether they are set. Ascending. */
export function findDifferences(before: EncodedSegment, after: EncodedSegment): number[] {
  if (Buffer.compare(before.bytes, after.bytes) === 0) return [];
  const [old, current] = [new SegmentView(before), new SegmentView(after)];
  const differences: number[] = [];
  for (let place = 0; place < after.count; place++) if (!current.equals(place, old)) differences.push(place);
  return differences;
}

/** The values of one segment, for comparisons. The segment must come from the encoder: nothing is verified. */
export class SegmentView {
  readonly #segment: Segment;

  constructor({ bytes }: EncodedSegment) {
    this.#segment = Segment.getRootAsSegment(new ByteBuffer(bytes));
  }

  /** Whether the option at `place` is set. */
  isset(place: number): boolean {
    return this.#at(place).kind() !== Kind.Unset;
  }

  /** Whether the option at `place` has the same value here and in `other`, or is set in neither. */
  equals(place: number, other: SegmentView): boolean {
    return isSame(this.#at(place), other.#at(place));
  }

  #at(place: number): Value {
    return this.#segment.values(place) as Value;
  }
}

function isSame(a: Value, b: Value): boolean {
  const kind = a.kind();
  if (kind !== b.kind()) return false;
  switch (kind) {
    case Kind.Number:
      return Object.is(a.number(), b.number());
    case Kind.String:
      return isSameText(a.string(Encoding.UTF8_BYTES), b.string(Encoding.UTF8_BYTES));
    case Kind.List:
      return haveSameItems(a, b);
    case Kind.NumberList:
      return isEach(a.numbersLength(), b.numbersLength(), (index) => Object.is(a.numbers(index), b.numbers(index)));
    case Kind.StringList:
      return isEach(a.stringsLength(), b.stringsLength(), (index) =>
        isSameText(a.strings(index, Encoding.UTF8_BYTES), b.strings(index, Encoding.UTF8_BYTES)),
      );
    case Kind.Map:
      return haveSameNames(a, b) && haveSameItems(a, b);
    default:
      // Its kind is all of it.
      return true;
  }
}

function haveSameItems(a: Value, b: Value): boolean {
  const [item, other] = [new Value(), new Value()];
  return isEach(a.itemsLength(), b.itemsLength(), (index) =>
    isSame(a.items(index, item) as Value, b.items(index, other) as Value),
  );
}

/** Whether two maps have the same names in the same order, which a reader can see. */
function haveSameNames(a: Value, b: Value): boolean {
  const [names, others] = [a.members(new Members()), b.members(new Members())];
  return isEach(names?.namesLength() ?? 0, others?.namesLength() ?? 0, (index) =>
    isSameText(names?.names(index, Encoding.UTF8_BYTES), others?.names(index, Encoding.UTF8_BYTES)),
  );
}

function isEach(length: number, otherLength: number, isSameAt: (index: number) => boolean): boolean {
  if (length !== otherLength) return false;
  for (let index = 0; index < length; index++) if (!isSameAt(index)) return false;
  return true;
}

function isSameText(a: unknown, b: unknown): boolean {
  return Buffer.compare(a as Uint8Array, b as Uint8Array) === 0;
}
