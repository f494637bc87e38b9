/** Tests `sentry-options/testing`: overrides and in-memory stores. */
import { setTimeout as sleep } from 'node:timers/promises';
import { close, init, options, refresh, snapshot, status } from 'sentry-options';
import { createTestOptions, overrideOptions } from 'sentry-options/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Base, integer, string } from '../support/base.js';

const FLAG = { owner: { team: 'search' }, created_at: '2026-01-21', segments: [] };
const PROPERTIES = {
  number: integer(1),
  text: string('default'),
  list: { type: 'array', items: { type: 'integer' }, default: [], description: 'a list' },
  'feature.f': { $ref: '#/definitions/Feature' },
};
const QUIET = { debug() {}, info() {}, warn() {}, error() {} };

let base: Base;

beforeEach(() => {
  base = new Base({ relay: { number: integer(-1) }, seer: PROPERTIES });
  base.writeValues('seer', { number: 2 });
  init({ directory: base.directory, pollInterval: null, logger: QUIET });
});

afterEach(() => close());

const readNumber = () => options('seer').get('number');

function dispose(disposable: Disposable): void {
  disposable[Symbol.dispose]();
}

describe('overrideOptions()', () => {
  it('An override applies to every read in its namespace until it is disposed of', () => {
    const option = options('seer').option('number');
    expect(option.value).toBe(2);
    const override = overrideOptions('seer', { number: 9, list: [1], 'feature.f': FLAG });
    expect([readNumber(), option.value, options('relay').get('number')]).toEqual([9, 9, -1]);
    expect(options('seer').get('list')).toEqual([1]);
    expect(options('seer').get('text')).toBe('default');
    expect(['number', 'list', 'feature.f', 'text'].map((key) => options('seer').isset(key))).toEqual([
      true,
      true,
      true,
      false,
    ]);
    expect(options('seer').get('feature.f')).toEqual(FLAG);
    expect(() => (options('seer').get('list') as number[]).push(2)).toThrow(TypeError);
    dispose(override);
    dispose(override);
    expect([readNumber(), option.value, options('seer').isset('list')]).toEqual([2, 2, false]);
    expect(() => options('seer').get('feature.f')).toThrow(expect.objectContaining({ code: 'UNKNOWN_OPTION' }));
  });

  it('An override survives a reload', async () => {
    const override = overrideOptions('seer', { number: 9 });
    base.writeValues('seer', { number: 3, text: 'new' });
    expect(await refresh()).toBe(true);
    expect([readNumber(), options('seer').get('text')]).toEqual([9, 'new']);
    dispose(override);
    expect(readNumber()).toBe(3);
  });

  it('Overrides of the same option can be nested and disposed of in any order', () => {
    const [first, second, third] = [1, 2, 3].map((value) => overrideOptions('seer', { number: value * 10 }));
    expect(readNumber()).toBe(30);
    dispose(second as Disposable);
    expect(readNumber()).toBe(30);
    dispose(third as Disposable);
    expect(readNumber()).toBe(10);
    dispose(first as Disposable);
    expect(readNumber()).toBe(2);
  });

  it('A snapshot pins the overrides that are active when it is taken', () => {
    const before = snapshot();
    const override = overrideOptions('seer', { number: 9 });
    const during = snapshot();
    dispose(override);
    const seen = [before, during, snapshot()].map((pinned) => {
      const seer = pinned.namespace('seer');
      return [seer.get('number'), seer.isset('number'), pinned.toJSON().namespaces.seer?.number];
    });
    expect(seen).toEqual([
      [2, true, 2],
      [9, true, 9],
      [2, true, 2],
    ]);
  });

  it.each([
    ['an unknown option', 'seer', { number: 9, numbr: 1 }, { code: 'UNKNOWN_OPTION', key: 'numbr' }],
    ['a wrong type', 'seer', { number: 9, text: 1 }, { code: 'VALUES_INVALID', key: 'text' }],
    ['a value that is not JSON', 'seer', { number: undefined }, { code: 'CONFIG_INVALID', key: 'number' }],
    ['a bad flag', 'seer', { 'feature.f': { owner: {} } }, { code: 'VALUES_INVALID', key: 'feature.f' }],
    ['an unknown namespace', 'other', { number: 9 }, { code: 'UNKNOWN_NAMESPACE', namespace: 'other' }],
  ])('overrideOptions() rejects %s and changes nothing', (_name, namespace, values, expected) => {
    expect(() => overrideOptions(namespace, values)).toThrow(expect.objectContaining(expected));
    expect(readNumber()).toBe(2);
  });

  it('An override and an in-memory store may be larger than a values file by default', async () => {
    const list = Array(300_000).fill(12345);
    const override = overrideOptions('seer', { list });
    expect(options('seer').get('list')).toHaveLength(list.length);
    dispose(override);
    await close();
    const schema = { version: '1.0', type: 'object', properties: PROPERTIES };
    const store = createTestOptions({ schemas: { seer: schema }, values: { seer: { list } } });
    expect(store.namespace('seer').get('list')).toHaveLength(list.length);
  });

  it('overrideOptions() throws without a store', async () => {
    await close();
    expect(() => overrideOptions('seer', { number: 9 })).toThrow(expect.objectContaining({ code: 'NOT_INITIALIZED' }));
  });
});

describe('overrideOptions() with a callback', () => {
  it('An override applies to the call and all that it awaits, and returns the result of the callback', async () => {
    const result = await overrideOptions('seer', { number: 9 }, async () => {
      await sleep(1);
      return readNumber();
    });
    expect([result, readNumber()]).toEqual([9, 2]);
    expect(overrideOptions('seer', { number: 8 }, readNumber)).toBe(8);
    expect(readNumber()).toBe(2);
  });

  it('Overrides of concurrent callbacks do not affect each other', async () => {
    const readWith = async (value: number) =>
      overrideOptions('seer', { number: value }, async () => {
        const seen: unknown[] = [];
        for (let step = 0; step < 5; step++) {
          seen.push(readNumber());
          await sleep(1);
        }
        return seen;
      });
    const outside = sleep(2).then(readNumber);
    expect(await Promise.all([readWith(7), readWith(8), outside])).toEqual([Array(5).fill(7), Array(5).fill(8), 2]);
  });

  it('Overrides can be nested, also with one for the whole thread, and the latest applies', async () => {
    await overrideOptions('seer', { number: 7, text: 'outer' }, async () => {
      await overrideOptions('seer', { number: 8 }, async () => {
        expect([readNumber(), options('seer').get('text')]).toEqual([8, 'outer']);
        const whole = overrideOptions('seer', { number: 9 });
        await sleep(1);
        expect(readNumber()).toBe(9);
        dispose(whole);
      });
      expect(readNumber()).toBe(7);
    });
    expect(readNumber()).toBe(2);
  });

  it('An exception ends the override and is passed on', async () => {
    const failure = new Error('the test fails');
    const fail = () => {
      throw failure;
    };
    expect(() => overrideOptions('seer', { number: 9 }, fail)).toThrow(failure);
    await expect(overrideOptions('seer', { number: 9 }, async () => fail())).rejects.toBe(failure);
    expect(readNumber()).toBe(2);
  });
});

describe('createTestOptions()', () => {
  const schemas = { seer: { version: '1.0', type: 'object', properties: PROPERTIES } };

  it('An in-memory store has the given values and the defaults, without a thread', async () => {
    const store = createTestOptions({ schemas, values: { seer: { number: 5, list: [1, 2] } } });
    const seer = store.namespace('seer');
    expect([seer.get('number'), seer.isset('number'), seer.get('text'), seer.isset('text')]).toEqual([
      5,
      true,
      'default',
      false,
    ]);
    expect(() => (seer.get('list') as number[]).push(3)).toThrow(TypeError);
    expect([store.generation, await store.refresh(), store.refreshSync()]).toEqual([1, false, false]);
    expect(store.status()).toMatchObject({ health: 'ok', watcher: 'running', directory: '<memory>', lastError: null });
    // This thread keeps its own store.
    expect(readNumber()).toBe(2);
    await store.close();
    expect(store.status()).toMatchObject({ watcher: 'closed' });
    expect(seer.get('number')).toBe(5);
  });

  it('An installed in-memory store is the store of this thread and accepts overrides', async () => {
    expect(() => createTestOptions({ schemas, install: true })).toThrow(
      expect.objectContaining({ code: 'ALREADY_INITIALIZED' }),
    );
    await close();
    createTestOptions({ schemas, values: { seer: { number: 5 } }, install: true });
    expect(readNumber()).toBe(5);
    overrideOptions('seer', { number: 6 }, () => expect(readNumber()).toBe(6));
    expect(status().directory).toBe('<memory>');
    await close();
    expect(() => options('seer').keys()).toThrow(expect.objectContaining({ code: 'NOT_INITIALIZED' }));
  });

  it.each([
    ['a bad schema', { schemas: { seer: {} } }, { code: 'SCHEMA_INVALID' }],
    ['a wrong type', { schemas, values: { seer: { number: 'x' } } }, { code: 'VALUES_INVALID', key: 'number' }],
    ['an unknown option', { schemas, values: { seer: { numbr: 1 } } }, { code: 'UNKNOWN_OPTION', key: 'numbr' }],
    ['an unknown namespace', { schemas, values: { other: {} } }, { code: 'UNKNOWN_NAMESPACE' }],
  ])('createTestOptions() rejects %s', (_name, config, expected) => {
    expect(() => createTestOptions(config)).toThrow(expect.objectContaining(expected));
  });
});
