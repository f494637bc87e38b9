/** Tests which objects a thread keeps for the values that it has read. */
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { composeSnapshot } from '../../src/codec/compose.js';
import { EncodedSnapshot } from '../../src/codec/decode.js';
import type { OptionValue } from '../../src/common/value.js';
import { DecodedValues } from '../../src/view/decoded-values.js';
import type { Defaults } from '../../src/view/defaults.js';
import { encodeSegment } from '../support/encoded.js';

const DEFAULT = Object.freeze({ isDefault: true });
const SHAPE = { namespaceCount: 1, optionCount: 1 };

/** The values of one option in a thread, and the snapshots of a reload after the other. */
function open() {
  const values = new DecodedValues({ value: () => DEFAULT } as unknown as Defaults);
  let last: EncodedSnapshot | undefined;
  const publish = (value: OptionValue | undefined): EncodedSnapshot => {
    const generation = (last?.generation ?? 0) + 1;
    const segments = [encodeSegment([value])];
    last = new EncodedSnapshot(composeSnapshot({ generation, segments, previous: last, changed: [0] }), SHAPE);
    return last;
  };
  return { values, publish, read: (snapshot: EncodedSnapshot) => values.read(snapshot, 0) };
}

/** Counts the weak references that are made and read until the test ends. */
function countWeakReferences(): () => number {
  let count = 0;
  const Original = WeakRef;
  vi.stubGlobal('WeakRef', function (this: unknown, target: WeakKey) {
    count++;
    return new Original(target);
  });
  const { deref } = WeakRef.prototype;
  const spy = vi.spyOn(Original.prototype, 'deref').mockImplementation(function (this: WeakRef<WeakKey>) {
    count++;
    return deref?.call(this) as never;
  });
  onTestFinished(() => {
    vi.unstubAllGlobals();
    spy.mockRestore();
  });
  return () => count;
}

describe('DecodedValues', () => {
  it('A pinned value is the object that was read before the reload, even if the snapshot is read first afterwards', () => {
    const { values, publish, read } = open();
    const first = publish({ a: 1 });
    const known = read(first);
    values.pinned = 1;
    const second = publish({ a: 2 });
    expect(read(second)).toEqual({ a: 2 });
    expect(read(first)).toBe(known);
    expect(read(second)).toBe(read(second));
  });

  it('A value that comes back is the object of the pinned snapshot', () => {
    const { values, publish, read } = open();
    const first = publish({ a: 1 });
    const known = read(first);
    values.pinned = 1;
    read(publish({ a: 2 }));
    const third = publish({ a: 1 });
    expect(read(third)).toBe(known);
    read(publish({ a: 3 }));
    expect(read(first)).toBe(known);
  });

  it('A value that changed and came back unread is the same object in each generation that has it', () => {
    const { values, publish, read } = open();
    const first = publish({ a: 1 });
    const known = read(first);
    values.pinned = 1;
    publish({ a: 2 });
    expect(read(publish({ a: 1 }))).toBe(known);
    read(publish({ a: 3 }));
    expect(read(first)).toBe(known);
  });

  it('A value that a pinned snapshot reads after the live one is the same object when a second snapshot reads it', () => {
    const { values, publish, read } = open();
    const first = publish({ a: 1 });
    values.pinned = 1;
    publish({ a: 2 });
    const known = read(publish({ a: 1 }));
    expect(read(first)).toBe(known);
    read(publish({ a: 3 }));
    expect(read(first)).toBe(known);
  });

  it('Whatever number of reloads sets and unsets an option, a read does the same work', () => {
    const { values, publish, read } = open();
    values.pinned = 10_000;
    const count = countWeakReferences();
    const set = Object.freeze({ a: 1 });
    const perReload: number[] = [];
    for (let reload = 0; reload < 100; reload++) {
      const before = count();
      expect(read(publish(reload % 2 === 0 ? set : undefined))).toEqual(reload % 2 === 0 ? set : DEFAULT);
      perReload.push(count() - before);
    }
    expect(Math.max(...perReload.slice(50))).toBeLessThanOrEqual(Math.max(...perReload.slice(0, 10)));
  });

  it('A thread that pins nothing makes no weak references: they keep their values until its event loop turns', () => {
    const { publish, read } = open();
    const count = countWeakReferences();
    for (let reload = 0; reload < 10; reload++) read(publish({ reload }));
    expect(count()).toBe(0);
  });
});
