/** Tests which memory a thread's snapshots have, and that no snapshot reads the bytes of another one. */
import { describe, expect, it } from 'vitest';
import type { EncodedSnapshot } from '../../src/codec/decode.js';
import { SnapshotMemory } from '../../src/view/snapshot-memory.js';
import { encodeValues, openValues } from '../support/encoded.js';

/** Adopts snapshots of one text each, as a thread does. */
class Thread {
  readonly memory = new SnapshotMemory();
  adopted: EncodedSnapshot | undefined;

  adopt(text: string): EncodedSnapshot {
    const bytes = encodeValues([text]);
    const copy = this.memory.target(bytes.length);
    copy.set(bytes);
    const newer = openValues(copy, 1);
    this.memory.claim();
    this.memory.replace(this.adopted);
    this.adopted = newer;
    return newer;
  }
}

describe('SnapshotMemory', () => {
  it('A thread has two pieces of memory, in turn, while its snapshots grow a little', () => {
    const thread = new Thread();
    const text = 'x'.repeat(100_000);
    // The first one has little room: many threads never adopt another one.
    expect(thread.adopt(text).bytes.buffer.byteLength).toBe(encodeValues([text]).length + 512);
    for (let count = 0; count < 3; count++) thread.adopt(text + 'x'.repeat(1_000));
    const buffers = new Set<ArrayBufferLike>();
    for (let count = 10; count < 60; count++) {
      buffers.add(thread.adopt(text + 'x'.repeat(count * 100)).bytes.buffer);
      expect(thread.adopted?.decode(0)).toBe(text + 'x'.repeat(count * 100));
    }
    expect(buffers.size).toBe(2);
  });

  it('A snapshot is valid until two more are adopted, and then throws instead of reading their bytes', () => {
    const thread = new Thread();
    const first = thread.adopt('first');
    thread.adopt('second');
    expect(first.decode(0)).toBe('first');
    thread.adopt('third');
    const uses = [
      () => first.decode(0),
      () => first.isset(0),
      () => first.stamp(0),
      () => first.stamps,
      () => first.changes,
      () => first.changedSince(1),
      () => first.bytes,
      () => first.segment(0),
      () => first.flags.keys(0),
      () => first.flags.stamp('0:feature.a'),
      () => first.flags.changed,
      () => first.flags.names,
    ];
    for (const use of uses) expect(use, String(use)).toThrow('This snapshot has lost its memory');
    // As before: numbers that it has read.
    expect([first.generation, first.base]).toEqual([1, 1]);
  });

  it('A pinned snapshot keeps its bytes until as many pins end, however many more are adopted', () => {
    const thread = new Thread();
    const pinned = thread.adopt('pinned');
    thread.memory.pin(pinned);
    thread.adopt('second');
    // Also if it was pinned after it was replaced.
    const [late] = [thread.adopt('late'), thread.adopt('fourth')];
    thread.memory.pin(late);
    thread.memory.pin(pinned);
    thread.memory.unpin(pinned);
    for (let count = 0; count < 10; count++) thread.adopt(`later ${count}`);
    expect([pinned.decode(0), late.decode(0)]).toEqual(['pinned', 'late']);
    thread.memory.unpin(pinned);
    expect(() => pinned.decode(0)).toThrow('This snapshot has lost its memory');
    expect(late.decode(0)).toBe('late');
  });

  it('A pin that ends before the next adoption leaves no memory to the collector', () => {
    const thread = new Thread();
    const buffers = new Set<ArrayBufferLike>();
    for (let count = 0; count < 20; count++) {
      const { adopted } = thread;
      if (adopted !== undefined) thread.memory.pin(adopted);
      buffers.add(thread.adopt('text').bytes.buffer);
      if (adopted !== undefined) thread.memory.unpin(adopted);
    }
    expect(buffers.size).toBe(2);
  });

  it('A pin that outlives the next copy takes a third piece of memory, which the thread keeps', () => {
    const thread = new Thread();
    const buffers = new Set<ArrayBufferLike>();
    for (let count = 0; count < 20; count++) {
      const { adopted } = thread;
      if (adopted !== undefined) thread.memory.pin(adopted);
      for (let more = 0; more < 2; more++) buffers.add(thread.adopt('text').bytes.buffer);
      if (adopted !== undefined) thread.memory.unpin(adopted);
    }
    expect(buffers.size).toBe(3);
  });

  it('A copy that fails leaves the adopted snapshot whole, and its memory takes the next copy', () => {
    const thread = new Thread();
    thread.adopt('first');
    const adopted = thread.adopt('second');
    const failed = thread.memory.target(adopted.bytes.length).fill(0xff);
    expect(adopted.decode(0)).toBe('second');
    expect(thread.adopt('third').bytes.buffer).toBe(failed.buffer);
    expect(adopted.decode(0)).toBe('second');
  });

  it('Memory that is much larger than a snapshot is not kept for it', () => {
    const thread = new Thread();
    for (const length of [1_000_000, 1_000_000, 1_000, 1_000]) thread.adopt('x'.repeat(length));
    expect(thread.adopted?.bytes.buffer.byteLength).toBeLessThan(10_000);
  });

  it('After a thread has left its store, nothing but the adopted snapshot stays', () => {
    const thread = new Thread();
    const former = thread.adopt('former').bytes.buffer;
    thread.adopt('adopted');
    thread.memory.trim();
    expect(thread.memory.target(10).buffer).not.toBe(former);
  });
});
