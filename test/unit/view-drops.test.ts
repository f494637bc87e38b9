/** Tests a thread whose adoption of a reload fails in the middle: no read ever mixes two generations. */
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { NotInitializedError } from '../../src/common/errors.js';
import type { OptionValue } from '../../src/common/value.js';
import { ChangeListeners } from '../../src/events/change-listeners.js';
import type { OptionId } from '../../src/names/option-id.js';
import { FeatureChecker } from '../../src/reading/feature-checker.js';
import { LiveFlags } from '../../src/reading/flags.js';
import { NamespaceOptions } from '../../src/reading/namespace.js';
import { Snapshot } from '../../src/reading/snapshot.js';
import { alwaysOff, alwaysOn } from '../../src/testing/features.js';
import { NamespaceCache } from '../../src/view/namespace-cache.js';
import { StoreView } from '../../src/view/view.js';
import { integer } from '../support/base.js';
import { makeMemoryStore } from '../support/memory-store.js';
import { callAtEndOfStack } from '../support/stack.js';

const LIST = { type: 'array', items: { type: 'integer' }, default: [], description: 'a list' };
const OPTIONS = { number: integer(-1), list: LIST, 'feature.on': { $ref: '#/definitions/Feature' } };
const PROPERTIES = { relay: OPTIONS, seer: OPTIONS };
/** Options that never change. A thread that uses many of them drops by themselves those that change. */
const CONSTANTS = Object.fromEntries(Array.from({ length: 30 }, (_, index) => [`constant-${index}`, integer(index)]));
const KEYS = ['number', 'list'];

/** Returns what a file sets. Each generation changes all options, and which of them are set. */
function makeFile(number: number): Record<string, OptionValue> {
  const isOdd = number % 2 === 1;
  return { list: [number], 'feature.on': isOdd ? alwaysOn() : alwaysOff(), ...(isOdd && { number }) } as never;
}
const makeValues = (number: number) => ({ relay: makeFile(number), seer: makeFile(number) });

/** Returns what all reads of one namespace return. */
function expected(number: number): unknown[] {
  const isOdd = number % 2 === 1;
  const values = [isOdd ? number : -1, [number]];
  return [values, values, values, [isOdd, true], isOdd];
}

/** Makes the live objects of one thread, and functions that read all, live or pinned. */
function open(more: Record<string, object> = {}) {
  const properties = { relay: { ...OPTIONS, ...more }, seer: { ...OPTIONS, ...more } };
  const store = makeMemoryStore(properties, makeValues(1));
  const view = new StoreView(store.handle, () => {});
  const namespaces = new Map(
    Object.keys(PROPERTIES).map((name) => [name, new NamespaceOptions(view, name, new ChangeListeners())]),
  );
  const flags = new Map(Object.keys(PROPERTIES).map((name) => [name, new LiveFlags(view, name)]));
  const live = [...namespaces].map(([name, options]) => {
    const held = KEYS.map((key) => options.option(key));
    const checker = new FeatureChecker(flags.get(name) as LiveFlags);
    const { values } = options;
    return () => [
      KEYS.map((key) => options.get(key)),
      KEYS.map((key) => values[key]),
      held.map((option) => option.value),
      KEYS.map((key) => options.isset(key)),
      checker.has('on'),
    ];
  });
  const pin = () => {
    const snapshot = new Snapshot(view, {
      namespace: (name) => namespaces.get(name) as NamespaceOptions,
      flags: (name) => flags.get(name) as LiveFlags,
    });
    return () =>
      [...namespaces.keys()].map((name) => {
        const options = snapshot.namespace(name);
        return [
          KEYS.map((key) => options.get(key)),
          KEYS.map((key) => options.values[key]),
          KEYS.map((key) => options.get(key)),
          KEYS.map((key) => options.isset(key)),
          snapshot.features(name).has('on'),
        ];
      });
  };
  return { store, view, readLive: () => live.map((read) => read()), pin };
}

const expectedOfAll = (number: number) => [expected(number), expected(number)];

describe('an adoption that fails', () => {
  it.each([
    ['one by one', CONSTANTS, 'drop', 6],
    ['all together', {}, 'dropAll', 2],
  ] as const)('While cached reads cannot be dropped %s, all reads return the former generation', (...row) => {
    const [, more, method, calls] = row;
    const { store, readLive, pin, view } = open(more);
    const original = NamespaceCache.prototype[method];
    for (let failing = 0; failing < 6; failing++) {
      const number = failing + 2;
      expect(readLive()).toEqual(expectedOfAll(number - 1));
      const readPinned = pin();
      if (failing % 2 === 0) expect(readPinned()).toEqual(expectedOfAll(number - 1));
      store.publish(makeValues(number));
      let call = 0;
      const spy = vi.spyOn(NamespaceCache.prototype, method).mockImplementation(function (
        this: NamespaceCache,
        id: OptionId,
      ) {
        // Each adoption fails, at a place that moves on.
        if (call++ % calls === failing % calls) throw new RangeError('Maximum call stack size exceeded');
        original.call(this, id as never);
      });
      onTestFinished(() => spy.mockRestore());
      const readLatePinned = pin();
      for (let again = 0; again < 2; again++) {
        expect(readLive()).toEqual(expectedOfAll(number - 1));
        expect(readLatePinned()).toEqual(expectedOfAll(number - 1));
      }
      expect(view.generation).toBe(number - 1);
      expect(call).toBeGreaterThan(calls);
      spy.mockRestore();
      expect(readLive()).toEqual(expectedOfAll(number));
      expect(readPinned()).toEqual(expectedOfAll(number - 1));
      expect(readLatePinned()).toEqual(expectedOfAll(number - 1));
    }
  });

  it('After a read that ran out of stack, all reads are right, whatever stack was left', () => {
    const { store, readLive, pin } = open();
    let failed = 0;
    for (let left = 0; left < 120; left += 4) {
      const number = left / 4 + 2;
      const readPinned = pin();
      if (left % 8 === 0) readPinned();
      store.publish(makeValues(number));
      try {
        callAtEndOfStack(left, readLive);
      } catch (error) {
        expect(error).toBeInstanceOf(RangeError);
        failed++;
      }
      expect(readLive()).toEqual(expectedOfAll(number));
      expect(readPinned()).toEqual(expectedOfAll(number - 1));
    }
    // Otherwise the test has not found the end of the stack.
    expect(failed).toBeGreaterThan(1);
    expect(failed).toBeLessThan(30);
  });

  it('Values that ran out of memory while they got their properties have all of them after the next read', () => {
    const { handle } = makeMemoryStore(PROPERTIES, makeValues(1));
    const view = new StoreView(handle, () => {});
    let isReady = false;
    const source = {
      resolve: () => {
        if (isReady) return view;
        throw new NotInitializedError('not yet');
      },
    };
    const { values } = new NamespaceOptions(source, 'seer', new ChangeListeners());
    expect(Object.keys(values)).toEqual([]);
    isReady = true;
    const { defineProperty } = Object;
    const spy = vi.spyOn(Object, 'defineProperty').mockImplementation((object, key, descriptor) => {
      if (object === values && key === 'list') throw new RangeError('Invalid array length');
      return defineProperty(object, key, descriptor);
    });
    onTestFinished(() => spy.mockRestore());
    expect(() => values.number).toThrow(RangeError);
    expect(Object.keys(values)).toEqual(['number']);
    expect(() => values.list).toThrow(RangeError);
    spy.mockRestore();
    expect(values.list).toEqual([1]);
    expect(Object.entries(values)).toEqual([
      ['number', 1],
      ['list', [1]],
    ]);
    expect(Object.isExtensible(values)).toBe(false);
  });
});
