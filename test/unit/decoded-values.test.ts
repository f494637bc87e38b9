/** Tests which objects a thread keeps for the values that it has read. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { findDifferences } from '../../src/codec/compare.js';
import { composeSnapshot } from '../../src/codec/compose.js';
import { EncodedSnapshot } from '../../src/codec/decode.js';
import type { OptionValue } from '../../src/common/value.js';
import { DecodedValues } from '../../src/view/decoded-values.js';
import type { Defaults } from '../../src/view/defaults.js';
import { encodeSegment } from '../support/encoded.js';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

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

/** The flags by pattern of one namespace in a thread, and the snapshots of a reload after the other. */
function openFlags() {
  const values = new DecodedValues({} as Defaults);
  let last: EncodedSnapshot | undefined;
  const publish = (flags: Record<string, OptionValue>): EncodedSnapshot => {
    const generation = (last?.generation ?? 0) + 1;
    const segment = encodeSegment([], flags);
    const changed = findDifferences(last?.segment(0) ?? encodeSegment([]), segment).flags.map((name) => `0:${name}`);
    const bytes = composeSnapshot({ generation, segments: [segment], previous: last, changed });
    const newer = new EncodedSnapshot(bytes, { namespaceCount: 1, optionCount: 0 });
    values.adopt(newer, last === undefined ? [] : newer.flags.changedSince(last.flags));
    last = newer;
    return newer;
  };
  return { values, publish, read: (snapshot: EncodedSnapshot) => values.read(snapshot, '0:feature.a') };
}

/** Counts the weak references that are made until the test ends. */
function countWeakReferences(): () => number {
  let count = 0;
  const Original = WeakRef;
  vi.stubGlobal('WeakRef', function (this: unknown, target: WeakKey) {
    count++;
    return new Original(target);
  });
  onTestFinished(() => void vi.unstubAllGlobals());
  return () => count;
}

describe('DecodedValues', () => {
  it('A pinned value is the object that was read before the reload, even if the snapshot is read first afterwards', () => {
    const { values, publish, read } = open();
    const first = publish({ a: 1 });
    const known = read(first);
    values.pin(first);
    const second = publish({ a: 2 });
    expect(read(second)).toEqual({ a: 2 });
    expect(read(first)).toBe(known);
    expect(read(second)).toBe(read(second));
  });

  it('Two snapshots that have the same value read the same object, whatever is read first', () => {
    const { values, publish, read } = open();
    const first = publish({ a: 1 });
    const second = publish({ a: 2 });
    values.pin(second);
    const again = new EncodedSnapshot(second.bytes.slice(), SHAPE);
    values.pin(again);
    // Not a value of the second generation.
    read(first);
    read(publish({ a: 3 }));
    expect(read(second)).toEqual({ a: 2 });
    expect(read(again)).toBe(read(second));
  });

  it('A value that changed and came back unread is the same object in each generation that has it', () => {
    const { values, publish, read } = open();
    const first = publish({ a: 1 });
    const known = read(first);
    values.pin(first);
    publish({ a: 2 });
    expect(read(publish({ a: 1 }))).toBe(known);
    read(publish({ a: 3 }));
    expect(read(first)).toBe(known);
  });

  it('A value that a pinned snapshot reads after the live one is the same object when a second snapshot reads it', () => {
    const { values, publish, read } = open();
    const first = publish({ a: 1 });
    values.pin(first);
    publish({ a: 2 });
    const known = read(publish({ a: 1 }));
    expect(read(first)).toBe(known);
    read(publish({ a: 3 }));
    expect(read(first)).toBe(known);
  });

  it('A first read in an older snapshot leaves the newest value the same object', () => {
    const { values, publish, read } = open();
    const first = publish({ a: 1 });
    values.pin(first);
    const second = publish({ a: 2 });
    const newest = read(second);
    expect(read(first)).toEqual({ a: 1 });
    expect(read(second)).toBe(newest);
  });

  it('A value of a pinned snapshot stays the same object when an even older snapshot is read', () => {
    const { values, publish, read } = open();
    const first = publish({ a: 1 });
    const second = publish({ a: 2 });
    for (const each of [first, second]) values.pin(each);
    read(publish({ a: 3 }));
    const known = read(second);
    expect(read(first)).toEqual({ a: 1 });
    expect(read(second)).toBe(known);
  });

  it('A snapshot that nothing holds any more costs nothing at further reloads', () => {
    const { values, publish, read } = open();
    let looks = 0;
    vi.stubGlobal('WeakRef', function (this: { deref(): void }) {
      // As after a collection.
      this.deref = () => void looks++;
    });
    onTestFinished(() => void vi.unstubAllGlobals());
    for (let reload = 0; reload < 100; reload++) values.pin(publish({ reload }));
    read(publish({ a: 1 }));
    looks = 0;
    read(publish({ a: 2 }));
    expect(looks).toBeLessThan(2);
  });

  it('Reloads make no more weak references than snapshots are pinned', () => {
    const { values, publish, read } = open();
    const count = countWeakReferences();
    const kept: EncodedSnapshot[] = [];
    for (let reload = 0; reload < 10; reload++) {
      const snapshot = publish(reload % 2 === 0 ? { reload } : undefined);
      read(snapshot);
      if (reload === 5) kept.push(snapshot);
      for (const each of kept) values.pin(each);
    }
    expect(count()).toBe(1);
    expect(kept.map(read)).toEqual([DEFAULT]);
  });

  it('A removed flag by pattern is the same object in each pinned snapshot that has it, whenever it is read first', () => {
    for (const isReadBefore of [true, false]) {
      const { values, publish, read } = openFlags();
      const first = publish({ 'feature.a': { a: 1 } });
      values.pin(first);
      const second = publish({ 'feature.a': { a: 1 }, 'feature.b': {} });
      values.pin(second);
      const known = isReadBefore ? read(second) : undefined;
      const third = publish({});
      expect(read(third)).toBeUndefined();
      expect(read(first)).toEqual({ a: 1 });
      expect(read(second)).toBe(known ?? read(first));
      expect(read(first)).toBe(read(second));
      const again = publish({ 'feature.a': { a: 1 } });
      expect(read(again)).toBe(read(again));
      expect(read(third)).toBeUndefined();
      expect(read(second)).toBe(read(first));
    }
  });

  it('A flag by pattern is the same object while other flags are set and removed', () => {
    const { publish, read } = openFlags();
    const first = publish({ 'feature.a': { a: 1 } });
    const known = read(first);
    expect(read(publish({ 'feature.': {}, 'feature.a': { a: 1 }, 'feature.b': {} }))).toBe(known);
    expect(read(publish({ 'feature.a': { a: 1 }, 'feature.b': {} }))).toBe(known);
    expect(read(publish({ 'feature.a': { a: 2 } }))).not.toBe(known);
  });

  it.each([
    ['read before the reload', true],
    ['read in an older snapshot after the reload', false],
  ])('Nothing keeps the value of a removed flag by pattern, %s', async (_when, isReadBefore) => {
    const { values, publish } = openFlags();
    const collected: WeakRef<object>[] = [];
    for (let reload = 0; reload < 10; reload++) {
      const id = `0:feature.${reload}`;
      const before = publish({ [`feature.${reload}`]: { reload } });
      values.pin(before);
      if (isReadBefore) collected.push(new WeakRef(values.read(before, id) as object));
      publish({});
      if (!isReadBefore) collected.push(new WeakRef(values.read(before, id) as object));
    }
    // A weak reference keeps its target until the thread returns to its event loop.
    await new Promise((resolve) => setImmediate(resolve));
    collectGarbage();
    // The stack may still hold the last one.
    expect(collected.filter((each) => each.deref() !== undefined).length).toBeLessThanOrEqual(1);
    expect(values).toBeDefined();
  });
});
