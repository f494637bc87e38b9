/** Tests publishing and acquiring in one thread: what a rejection leaves, and which corruption the reader detects. */

import { crc32 } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import {
  createCell,
  GENERATION,
  locateSlot,
  MAX_PAYLOAD_BYTES,
  SLOT_CHECKSUM,
  SLOT_GENERATION,
  SLOT_LENGTH,
  SLOT_OFFSET,
  SLOTS,
} from '../../src/memory/cell/layout.js';
import { CellCorruptedError, CellReader } from '../../src/memory/cell/reader.js';
import { CellWriter, GenerationsExhaustedError } from '../../src/memory/cell/writer.js';

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

describe('CellWriter.publish and CellReader.acquire', () => {
  it('The reader has nothing before the first publication', () => {
    const { writer, reader } = open(MIB);
    expect(writer.generation).toBe(0);
    expect(reader.acquire(0)).toBeUndefined();
  });

  it('The reader gets every generation, three times around the ring', () => {
    const { writer, reader } = open(MIB);
    for (let generation = 1; generation <= 3 * SLOTS + 1; generation++) {
      expect(writer.publish(makePayload(generation, generation))).toBe(generation);
      expect(writer.generation).toBe(generation);
      expect(reader.header[GENERATION]).toBe(generation);
      expect(reader.acquire(generation - 1)).toEqual({ generation, bytes: makePayload(generation, generation) });
      expect(readSlotWords(reader.header, generation)).toMatchObject({
        generation,
        length: generation,
        checksum: crc32(makePayload(generation, generation)) | 0,
      });
    }
  });

  it('acquire returns only a newer generation', () => {
    const { writer, reader } = open(MIB);
    writer.publish(makePayload(1, 1));
    writer.publish(makePayload(2, 2));
    expect(reader.acquire(1)?.generation).toBe(2);
    expect(reader.acquire(2)).toBeUndefined();
    expect(reader.acquire(3)).toBeUndefined();
  });

  it('publish and acquire both copy the payload', () => {
    const { writer, reader } = open(MIB);
    const given = makePayload(8, 1);
    writer.publish(given);
    given.fill(9);
    const first = reader.acquire(0);
    expect(first?.bytes).toEqual(makePayload(8, 1));
    expect(first?.bytes.buffer).toBeInstanceOf(ArrayBuffer);
    expect(first?.bytes.buffer.byteLength).toBe(8);
    for (let i = 0; i < 2 * SLOTS; i++) writer.publish(makePayload(8, 2));
    expect(first?.bytes).toEqual(makePayload(8, 1));
  });

  it('publish takes a part of a larger buffer, and an empty payload', () => {
    const { writer, reader } = open(MIB);
    writer.publish(Uint8Array.of(1, 2, 3, 4).subarray(1, 3));
    expect(reader.acquire(0)?.bytes).toEqual(Uint8Array.of(2, 3));
    writer.publish(new Uint8Array(0));
    expect(reader.acquire(1)).toEqual({ generation: 2, bytes: new Uint8Array(0) });
  });

  it('publish wakes the threads that wait on the generation', async () => {
    const { writer, reader } = open(MIB);
    // ES2024, in Node since 16; missing from the `lib` that these types compile with.
    const { waitAsync } = Atomics as unknown as {
      waitAsync(words: Int32Array, index: number, value: number): { value: Promise<string> };
    };
    const woken = waitAsync(reader.header, GENERATION, 0).value;
    writer.publish(makePayload(1, 1));
    expect(await woken).toBe('ok');
  });
});

describe('CellWriter.publish that rejects', () => {
  it('A rejected payload of more than 64 MiB leaves the cell unchanged', () => {
    const { buffer, writer, reader } = open();
    for (let i = 1; i <= SLOTS; i++) writer.publish(makePayload(8, i));
    const before = Buffer.from(new Uint8Array(buffer));
    expect(() => writer.publish(new Uint8Array(MAX_PAYLOAD_BYTES + 1))).toThrow(
      expect.objectContaining({
        name: 'CellFullError',
        requestedBytes: MAX_PAYLOAD_BYTES + 1,
        availableBytes: MAX_PAYLOAD_BYTES,
      }),
    );
    expect(Buffer.from(new Uint8Array(buffer)).equals(before)).toBe(true);
    expect(reader.acquire(0)).toEqual({ generation: SLOTS, bytes: makePayload(8, SLOTS) });
    expect(writer.publish(makePayload(8, 9))).toBe(SLOTS + 1);
    expect(reader.acquire(SLOTS)?.bytes).toEqual(makePayload(8, 9));
  });

  it('A payload that is rejected for lack of memory leaves the cell unchanged, and later ones succeed', () => {
    const { buffer, writer, reader } = open();
    for (let i = 1; i <= SLOTS; i++) writer.publish(makePayload(8, i));
    const before = Buffer.from(new Uint8Array(buffer));
    Object.defineProperty(buffer, 'grow', {
      configurable: true,
      value: () => {
        throw new RangeError('Out of memory');
      },
    });
    expect(() => writer.publish(new Uint8Array(MIB))).toThrow(
      expect.objectContaining({ name: 'CellFullError', requestedBytes: MIB, availableBytes: 64 * KIB }),
    );
    expect(Buffer.from(new Uint8Array(buffer)).equals(before)).toBe(true);
    expect(writer.publish(makePayload(64 * KIB, 5))).toBe(SLOTS + 1);
    expect(reader.acquire(0)?.generation).toBe(SLOTS + 1);
    Reflect.deleteProperty(buffer, 'grow');
    expect(writer.publish(makePayload(MIB, 6))).toBe(SLOTS + 2);
    expect(Buffer.from(reader.acquire(0)?.bytes ?? []).equals(makePayload(MIB, 6))).toBe(true);
  });

  it('A writer that takes over after the first publication writes as the first one would have gone on', () => {
    const payloads = [100 * KIB, 10, 70 * KIB, 300 * KIB, 5, 2 * MIB, 70 * KIB, 1].map((size, seed) =>
      makePayload(size, seed),
    );
    const [first = makePayload(0, 0), ...others] = payloads;
    const [one, two] = [open(64 * MIB), open(64 * MIB)];
    one.writer.publish(first);
    two.writer.publish(first);
    const successor = CellWriter.takeOver(two.buffer, first);
    expect(successor.isIntact()).toBe(true);
    for (const payload of others) {
      expect(successor.publish(payload)).toBe(one.writer.publish(payload));
      expect(Buffer.from(two.reader.acquire(0)?.bytes ?? []).equals(payload)).toBe(true);
    }
    expect(Buffer.from(new Uint8Array(two.buffer)).equals(Buffer.from(new Uint8Array(one.buffer)))).toBe(true);
  });

  it('A writer that takes over finds what other code has overwritten before', () => {
    const [buffer, first] = makePublished(makePayload(1_000, 1));
    new Uint8Array(buffer).fill(2, 400, 500);
    expect(CellWriter.takeOver(buffer, first).isIntact()).toBe(false);
  });

  it('publish still accepts generation 2^31 - 1, and rejects every later one', () => {
    const buffer = createCell([MIB]);
    const reader = new CellReader(buffer);
    reader.header[GENERATION] = 2 ** 31 - 2;
    const writer = new CellWriter(buffer, 2 ** 31 - 2);
    expect(writer.publish(makePayload(4, 1))).toBe(2 ** 31 - 1);
    expect(() => writer.publish(makePayload(4, 2))).toThrow(GenerationsExhaustedError);
    expect(reader.acquire(2 ** 31 - 2)).toEqual({ generation: 2 ** 31 - 1, bytes: makePayload(4, 1) });
  });
});

/** Makes a cell with one publication. */
function makePublished(payload: Uint8Array): [SharedArrayBuffer, Uint8Array] {
  const buffer = createCell([MIB]);
  new CellWriter(buffer).publish(payload);
  return [buffer, payload];
}

describe('CellReader.acquire from corrupted memory', () => {
  function corrupt(change: (header: Int32Array, slot: number, buffer: SharedArrayBuffer) => void) {
    const { buffer, writer, reader } = open(MIB);
    writer.publish(makePayload(100, 1));
    change(reader.header, locateSlot(1), buffer);
    return () => reader.acquire(0);
  }

  it.each<[string, (header: Int32Array, slot: number, buffer: SharedArrayBuffer) => void]>([
    [
      'one bit of the payload',
      (header, slot, buffer) => {
        const payload = new Uint8Array(buffer, header[slot + SLOT_OFFSET], 100);
        payload[57] = 1 ^ 4;
      },
    ],
    ['the checksum', (header, slot) => Atomics.add(header, slot + SLOT_CHECKSUM, 1)],
    [
      'the length to one beyond the buffer',
      (header, slot) => Atomics.store(header, slot + SLOT_LENGTH, MAX_PAYLOAD_BYTES),
    ],
    ['the length to the largest number', (header, slot) => Atomics.store(header, slot + SLOT_LENGTH, 2 ** 31 - 1)],
    ['the length to a negative one', (header, slot) => Atomics.store(header, slot + SLOT_LENGTH, -1)],
    ['the offset to one beyond the buffer', (header, slot) => Atomics.store(header, slot + SLOT_OFFSET, 2 ** 31 - 1)],
    ['the offset to one in the header', (header, slot) => Atomics.store(header, slot + SLOT_OFFSET, 0)],
    ['the offset to a negative one', (header, slot) => Atomics.store(header, slot + SLOT_OFFSET, -4)],
    ['the slot’s generation', (header, slot) => Atomics.store(header, slot + SLOT_GENERATION, 5)],
    ['the slot to an empty one', (header, slot) => Atomics.store(header, slot + SLOT_GENERATION, 0)],
    ['the generation', (header) => Atomics.store(header, GENERATION, 3)],
  ])('The reader detects that foreign code has changed %s', (_, change) => {
    expect(corrupt(change)).toThrow(CellCorruptedError);
  });

  it('The next publication ends the corruption of a slot', () => {
    const { writer, reader } = open(MIB);
    writer.publish(makePayload(100, 1));
    Atomics.add(reader.header, locateSlot(1) + SLOT_CHECKSUM, 1);
    expect(() => reader.acquire(0)).toThrow(CellCorruptedError);
    writer.publish(makePayload(100, 2));
    expect(reader.acquire(0)).toEqual({ generation: 2, bytes: makePayload(100, 2) });
  });

  it.each<[string, (header: Int32Array, slot: number, buffer: SharedArrayBuffer) => void]>([
    [
      'one bit of the payload',
      (header, slot, buffer) => (new Uint8Array(buffer)[header[slot + SLOT_OFFSET] as number] = 9),
    ],
    ['the checksum', (header, slot) => Atomics.add(header, slot + SLOT_CHECKSUM, 1)],
    ['the length', (header, slot) => Atomics.add(header, slot + SLOT_LENGTH, 1)],
    ['the offset', (header, slot) => Atomics.add(header, slot + SLOT_OFFSET, 64)],
    ['the slot’s generation', (header, slot) => Atomics.store(header, slot + SLOT_GENERATION, 0)],
    ['the generation to zero', (header) => Atomics.store(header, GENERATION, 0)],
    ['the generation to a later one', (header) => Atomics.store(header, GENERATION, 2 ** 31 - 1)],
    ['the magic number', (header) => Atomics.store(header, 0, 0)],
    ['the whole header', (header) => header.fill(0)],
  ])('The writer detects that foreign code has changed %s, and its next publication restores the cell', (_, change) => {
    const { buffer, writer, reader } = open(MIB);
    expect(writer.isIntact()).toBe(true);
    writer.publish(makePayload(100, 1));
    expect(writer.isIntact()).toBe(true);
    change(reader.header, locateSlot(1), buffer);
    expect(writer.isIntact()).toBe(false);
    writer.restoreHeader();
    expect(writer.publish(makePayload(100, 1))).toBe(2);
    expect(writer.isIntact()).toBe(true);
    expect(new CellReader(buffer).acquire(1)).toEqual({ generation: 2, bytes: makePayload(100, 1) });
  });
});
