/** Tests the cell's memory: its layout, its reserve, the regions of its slots, and which memory it rejects. */

import { describe, expect, it } from 'vitest';
import {
  CellFormatError,
  computeRegionSizes,
  createCell,
  DEFAULT_RESERVES,
  GENERATION,
  HEADER_BYTES,
  HEADER_WORDS,
  LAYOUT_VERSION,
  locateSlot,
  MAGIC_WORD,
  MAX_PAYLOAD_BYTES,
  SLOT_CHECKSUM,
  SLOT_GENERATION,
  SLOT_LENGTH,
  SLOT_OFFSET,
  SLOTS,
  VERSION_WORD,
} from '../../src/memory/cell/layout.js';
import { CellReader } from '../../src/memory/cell/reader.js';
import { CellFullError, CellWriter } from '../../src/memory/cell/writer.js';

const KIB = 1024;
const MIB = 1024 * KIB;

function open(reserve?: number) {
  const buffer = createCell(reserve === undefined ? undefined : [reserve]);
  return { buffer, writer: new CellWriter(buffer), reader: new CellReader(buffer) };
}

/** Reads the words of the slot that holds `generation`. */
function readSlotWords(header: Int32Array, generation: number) {
  const slot = locateSlot(generation);
  return {
    generation: header[slot + SLOT_GENERATION] as number,
    offset: header[slot + SLOT_OFFSET] as number,
    length: header[slot + SLOT_LENGTH] as number,
    checksum: header[slot + SLOT_CHECKSUM] as number,
  };
}

function makePayload(length: number, byte: number): Uint8Array {
  return new Uint8Array(length).fill(byte);
}

describe('cell layout', () => {
  it('A new cell is a header and nothing else', () => {
    const buffer = createCell();
    expect(buffer.byteLength).toBe(HEADER_BYTES);
    expect(buffer.growable).toBe(true);
    expect(buffer.maxByteLength).toBe(DEFAULT_RESERVES[0]);
    expect(new CellReader(buffer).header[GENERATION]).toBe(0);
  });

  it('Every word of the header has one meaning', () => {
    const words = [MAGIC_WORD, VERSION_WORD, GENERATION];
    for (let slot = 0; slot < SLOTS; slot++) {
      for (const word of [SLOT_GENERATION, SLOT_OFFSET, SLOT_LENGTH, SLOT_CHECKSUM])
        words.push(locateSlot(slot) + word);
    }
    expect(new Set(words).size).toBe(3 + 4 * SLOTS);
    expect(Math.max(...words)).toBeLessThan(HEADER_WORDS);
  });

  it('The generation and each slot have cache lines of their own', () => {
    const lines = [GENERATION, ...Array.from({ length: SLOTS }, (_, slot) => locateSlot(slot))].map(
      (word) => word >> 4,
    );
    expect(new Set(lines).size).toBe(1 + SLOTS);
  });

  it('The default reserve holds exactly one region of every size for every slot', () => {
    const sizes = computeRegionSizes(DEFAULT_RESERVES[0] as number);
    expect(sizes).toEqual([64 * KIB, 256 * KIB, MIB, 4 * MIB, 16 * MIB, MAX_PAYLOAD_BYTES]);
    const sum = sizes.reduce((total, size) => total + size);
    expect(HEADER_BYTES + SLOTS * sum).toBe(DEFAULT_RESERVES[0]);
  });

  it.each([
    0,
    HEADER_BYTES - 1,
    HEADER_BYTES,
    HEADER_BYTES + 255,
    HEADER_BYTES + 256,
    100_000,
    MIB,
    5 * MIB,
    16 * MIB,
    64 * MIB,
    200 * MIB,
    400 * MIB,
  ])('The region sizes fit into a reserve of %i bytes', (reserve) => {
    const sizes = computeRegionSizes(reserve);
    const sum = sizes.reduce((total, size) => total + size);
    expect(SLOTS * sum).toBeLessThanOrEqual(Math.max(0, reserve - HEADER_BYTES));
    expect(sizes).toEqual([...new Set(sizes)].sort((a, b) => a - b));
    expect(sizes.every((size) => size % 64 === 0 && size <= MAX_PAYLOAD_BYTES)).toBe(true);
  });
});

describe('createCell', () => {
  const TOO_LARGE = Number.MAX_SAFE_INTEGER;

  it('createCell falls back to the next reserve if the system denies one', () => {
    expect(createCell([TOO_LARGE, TOO_LARGE, 16 * MIB]).maxByteLength).toBe(16 * MIB);
  });

  it('createCell throws the last RangeError if the system denies every reserve', () => {
    expect(() => createCell([TOO_LARGE, TOO_LARGE])).toThrow(RangeError);
    expect(() => createCell([])).toThrow(RangeError);
    expect(() => createCell([HEADER_BYTES - 1])).toThrow(RangeError);
  });

  it.each(DEFAULT_RESERVES.slice(1))(
    'A cell with the small reserve of %i bytes takes payloads of every size in every slot',
    (reserve) => {
      const { buffer, writer, reader } = open(reserve);
      const largest = computeRegionSizes(reserve).at(-1) as number;
      for (const length of [1, 64 * KIB + 1, 256 * KIB + 1, MIB + 1, largest]) {
        for (let slot = 0; slot < SLOTS; slot++) {
          const generation = writer.publish(makePayload(length, slot));
          expect(reader.acquire(0)).toMatchObject({ generation, bytes: { byteLength: length } });
        }
      }
      expect(buffer.byteLength).toBeLessThanOrEqual(reserve);
      expect(() => writer.publish(new Uint8Array(largest + 1))).toThrow(CellFullError);
      expect(reader.acquire(0)?.bytes.byteLength).toBe(largest);
    },
  );
});

describe('foreign memory', () => {
  it.each([
    ['is too short', () => new SharedArrayBuffer(HEADER_BYTES - 1), undefined],
    ['is not a cell', () => new SharedArrayBuffer(HEADER_BYTES), undefined],
    [
      'has another layout version',
      () => {
        const buffer = createCell([MIB]);
        new Int32Array(buffer, 0, HEADER_WORDS)[VERSION_WORD] = LAYOUT_VERSION + 1;
        return buffer;
      },
      LAYOUT_VERSION + 1,
    ],
  ])('The reader and the writer reject memory that %s', (_, make, version) => {
    for (const side of [CellReader, CellWriter]) {
      let thrown: unknown;
      try {
        new side(make());
      } catch (error) {
        thrown = error;
      }
      expect(thrown).toBeInstanceOf(CellFormatError);
      expect((thrown as CellFormatError).version).toBe(version);
    }
  });

  it('A writer rejects a cell that another writer has published to', () => {
    const { buffer, writer } = open(MIB);
    expect(() => new CellWriter(buffer)).not.toThrow();
    writer.publish(makePayload(1, 1));
    expect(() => new CellWriter(buffer)).toThrow('already has a writer');
  });
});

describe('regions of slots', () => {
  it('Each region belongs to one slot, and regions grow by size classes as payloads do', () => {
    const { buffer, writer, reader } = open();
    const regions: { slot: number; offset: number; end: number }[] = [];
    const lengths = [1, 64 * KIB, 64 * KIB + 1, 3, 256 * KIB + 1, MIB, MIB + 1, 5];
    for (const length of lengths) {
      for (let slot = 0; slot < SLOTS; slot++) {
        const generation = writer.publish(new Uint8Array(length));
        const { offset } = readSlotWords(reader.header, generation);
        regions.push({ slot: generation % SLOTS, offset, end: offset + length });
      }
    }
    for (const a of regions) {
      expect(a.offset).toBeGreaterThanOrEqual(HEADER_BYTES);
      expect(a.end).toBeLessThanOrEqual(buffer.byteLength);
      for (const b of regions) if (a.slot !== b.slot) expect(a.end <= b.offset || b.end <= a.offset).toBe(true);
    }
    // Four sizes in all: a slot keeps its region, and the buffer its length, as long as the payload fits.
    expect(new Set(regions.map(({ offset }) => offset)).size).toBe(4 * SLOTS);
    expect(buffer.byteLength).toBe(HEADER_BYTES + SLOTS * (64 * KIB + 256 * KIB + MIB + 4 * MIB));
  });

  it('The regions hold every sequence of payloads up to the largest, while each slot goes through every size', () => {
    // The most expensive sequence: every slot takes every size. The longest payloads are only one byte longer than the
    // previous size, because a region counts as a whole and its untouched rest costs no memory.
    const { buffer, writer, reader } = open();
    const sizes = computeRegionSizes(buffer.maxByteLength);
    for (const length of [1, ...sizes.slice(0, -1).map((size) => size + 1)]) {
      const payload = makePayload(length, 7);
      for (let slot = 0; slot < SLOTS; slot++) writer.publish(payload);
    }
    expect(buffer.byteLength).toBe(buffer.maxByteLength);
    const generation = writer.publish(new Uint8Array(MAX_PAYLOAD_BYTES));
    expect(reader.acquire(0)).toMatchObject({ generation, bytes: { byteLength: MAX_PAYLOAD_BYTES } });
  }, 30_000);
});
