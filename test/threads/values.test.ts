/** Tests `values`: options as the properties of an object, live and pinned, for code and for tools that look at objects. */
import assert from 'node:assert';
import { once } from 'node:events';
import { Session } from 'node:inspector';
import { setImmediate } from 'node:timers/promises';
import { format, inspect } from 'node:util';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { Worker } from 'node:worker_threads';
import { init, type OptionsStore, options } from 'sentry-options';
import { alwaysOn, createTestOptions, overrideOptions } from 'sentry-options/testing';
import { afterEach, describe, expect, it, onTestFinished } from 'vitest';
import { Base, integer, type Properties, string } from '../support/base.js';

const FLAG = { $ref: '#/definitions/Feature' };
const LIST = { type: 'array', items: { type: 'integer' }, default: [], description: 'a list' };
const PLAIN = { number: 2, list: [1, 2], 'feature.limit': 10 };
/** Names that objects inherit, that tools read of any object, and that engines store apart. */
const NAMES = ['__proto__', 'constructor', 'toString', 'valueOf', 'hasOwnProperty', 'then', 'toJSON', '', '0', '10'];

let store: OptionsStore | undefined;
afterEach(async () => {
  await store?.close();
  store = undefined;
});

/** Installs a store in memory whose namespace `seer` has these options. */
function install(properties: Properties, values: Record<string, unknown> = {}): void {
  const schema = { version: '1.0', type: 'object', properties };
  store = createTestOptions({ schemas: { seer: schema }, values: { seer: values }, install: true });
}

function installPlain(): void {
  const properties = { number: integer(1), list: LIST, 'feature.limit': integer(10), 'feature.on': FLAG };
  install(properties, { number: 2, list: [1, 2], 'feature.on': alwaysOn() });
}

/** The live object and a pinned one, which differ in nothing that these tests do. */
const KINDS: [string, () => Record<string, unknown>][] = [
  ['live', () => options('seer').values],
  ['pinned', () => (store as OptionsStore).snapshot().namespace('seer').values],
];

/** Calls `body` with `values` as sloppy code. */
const callSloppy = (body: string, values: object) => new Function('values', body)(values);

describe.each(KINDS)('%s values', (_kind, open) => {
  it('Objects, spread, JSON and clones have the options, and no flags', async () => {
    installPlain();
    const values = open();
    expect(Object.keys(values)).toEqual(['number', 'list', 'feature.limit']);
    expect(Object.entries(values)).toEqual(Object.entries(PLAIN));
    expect({ ...values }).toStrictEqual(PLAIN);
    const { number, ...rest } = values;
    expect([number, rest]).toStrictEqual([2, { list: [1, 2], 'feature.limit': 10 }]);
    expect(JSON.stringify({ values })).toBe(JSON.stringify({ values: PLAIN }));
    expect(structuredClone(values)).toStrictEqual(PLAIN);
    expect(await values).toBe(values);
    expect(['number' in values, 'feature.on' in values, 'toString' in values]).toEqual([true, false, false]);
    const names: string[] = [];
    for (const name in values) names.push(name);
    expect(names).toEqual(Object.keys(PLAIN));
  });

  it('Assertions compare values with a plain object', () => {
    installPlain();
    const values = open();
    expect(values).toEqual(PLAIN);
    expect(values).toMatchObject({ number: 2 });
    expect(values).not.toEqual({ ...PLAIN, number: 3 });
    assert.deepEqual(values, PLAIN);
    assert.deepStrictEqual({ ...values }, PLAIN);
    // A difference is shown, not an error about a name that the assertion reads.
    expect(() => assert.deepStrictEqual(values, { number: 3 })).toThrow(assert.AssertionError);
    expect(() => expect(values).toEqual({ number: 3 })).toThrow('expected');
    expect(() => expect(values).toStrictEqual({ number: 3 })).toThrow('expected');
  });

  it('Node.js shows the values, wherever it formats an object', () => {
    installPlain();
    const values = open();
    expect(inspect(values)).toBe(inspect(PLAIN));
    expect(inspect({ values }, { showHidden: true, showProxy: true })).toContain('number: 2');
    expect(format('%O', values)).toBe(format('%O', PLAIN));
    expect(format('%o', values)).toBe(format('%o', PLAIN));
    expect(format('%j', values)).toBe(format('%j', PLAIN));
    expect(format('%s', values)).toBe(format('%s', PLAIN));
    expect(`${values}`).toBe('[object Object]');
    expect(Object.prototype.toString.call(values)).toBe('[object Object]');
    expect(inspect(new Error('failed', { cause: values }))).toContain('number: 2');
    // As `console.dir` does.
    expect(inspect(values, { customInspect: false })).toContain('number: [Getter/Setter]');
  });

  it('A debugger lists the options and evaluates them', () => {
    installPlain();
    const session = new Session();
    session.connect();
    onTestFinished(() => session.disconnect());
    /** Calls a method, which answers at once. */
    const call = (method: string, parameters: object): Record<string, unknown> => {
      let answer: Record<string, unknown> = {};
      session.post(method, parameters, (error, result) => {
        answer = (error ?? result) as Record<string, unknown>;
      });
      expect(answer).not.toHaveProperty('exceptionDetails');
      return answer;
    };
    Object.assign(globalThis, { shownValues: open() });
    onTestFinished(() => void Reflect.deleteProperty(globalThis, 'shownValues'));
    const { result } = call('Runtime.evaluate', { expression: 'shownValues', generatePreview: true }) as {
      result: { objectId: string; preview: { properties: { name: string }[] } };
    };
    expect(result.preview.properties.map(({ name }) => name)).toEqual(Object.keys(PLAIN));
    for (const choice of [{ ownProperties: true }, { accessorPropertiesOnly: true }, {}]) {
      const parameters = { objectId: result.objectId, generatePreview: true, ...choice };
      const listed = call('Runtime.getProperties', parameters) as { result: { name: string; wasThrown?: boolean }[] };
      expect(listed.result.map(({ name }) => name)).toEqual(Object.keys(PLAIN));
      expect(listed.result.some(({ wasThrown }) => wasThrown)).toBe(false);
    }
    expect(call('Runtime.evaluate', { expression: 'shownValues.number' })).toMatchObject({ result: { value: 2 } });
    expect(call('Runtime.evaluate', { expression: 'shownValues', returnByValue: true })).toMatchObject({
      result: { value: PLAIN },
    });
  });

  it('Nothing changes it, in sloppy mode either', () => {
    installPlain();
    const values = open();
    const message = (key: string) => `Cannot assign to '${key}' of the values of namespace 'seer': they are read-only`;
    for (const key of ['number', 'undeclared', 'feature.on', '__proto__', 'toString']) {
      const assign = `values[${JSON.stringify(key)}] = 3`;
      expect(() => callSloppy(assign, values)).toThrow(
        new TypeError(`${message(key)}. ${'Change values.json, or call overrideOptions() in a test.'}`),
      );
      expect(() => callSloppy(`'use strict'; ${assign}`, values)).toThrow(message(key));
      expect(() => callSloppy(assign, Object.create(values))).toThrow(message(key));
      expect(() => Object.assign(values, Object.fromEntries([[key, 3]]))).toThrow(message(key));
      expect(Reflect.defineProperty(values, key, { value: 3 })).toBe(false);
    }
    expect(() => callSloppy('values[Symbol.iterator] = 3', values)).toThrow(message('Symbol(Symbol.iterator)'));
    expect(callSloppy('return delete values.number', values)).toBe(false);
    expect(() => Reflect.deleteProperty(values, 'number')).not.toThrow();
    expect(Reflect.setPrototypeOf(values, {})).toBe(false);
    const prototype = Object.getPrototypeOf(values);
    expect(Reflect.defineProperty(prototype, 'number', { value: 3 })).toBe(false);
    expect(() => callSloppy('values.undeclared = 3', prototype)).toThrow(message('undeclared'));
    expect({ ...values }).toEqual(PLAIN);
  });

  it('An undeclared name throws; symbols, and names that every object has, do not', () => {
    installPlain();
    const values = open();
    const read = (key: string) => () => values[key];
    for (const key of ['numbr', '__proto__', '', '0', 'asymmetricMatch']) {
      expect(read(key)).toThrow(
        expect.objectContaining({ name: 'UnknownOptionError', code: 'UNKNOWN_OPTION', namespace: 'seer', key }),
      );
    }
    expect(read('feature.on')).toThrow(
      "Unknown option 'feature.on' in namespace 'seer': it is a feature flag, and values has options only. " +
        "Call features('seer').has() instead.",
    );
    expect([values.then, values.toJSON, (values as never)[Symbol.iterator]]).toEqual([undefined, undefined, undefined]);
    for (const name of ['constructor', 'hasOwnProperty', 'isPrototypeOf', 'propertyIsEnumerable', 'valueOf'] as const) {
      expect(values[name]).toBe(Object.prototype[name]);
    }
    for (const name of ['toString', 'toLocaleString'] as const) expect(values[name]).toBe(Object.prototype[name]);
    Object.assign(Object.prototype, { numbr: 7 });
    onTestFinished(() => void Reflect.deleteProperty(Object.prototype, 'numbr'));
    expect(read('numbr')).toThrow("Unknown option 'numbr'");
    expect({ ...values }).toEqual(PLAIN);
  });

  it('Options of any name are ordinary properties', async () => {
    const text = (name: string) => `the value of '${name}'`;
    install(
      Object.fromEntries(NAMES.map((name) => [name, string('')])),
      Object.fromEntries(NAMES.map((name) => [name, text(name)])),
    );
    const values = open();
    expect(new Set(Object.keys(values))).toEqual(new Set(NAMES));
    for (const name of NAMES) {
      expect(values[name]).toBe(text(name));
      expect(name in values).toBe(true);
      expect(() => callSloppy(`values[${JSON.stringify(name)}] = 1`, values)).toThrow(`Cannot assign to '${name}'`);
    }
    expect(Object.entries({ ...values })).toEqual(Object.entries(values));
    expect(inspect(values)).toContain(
      `["__proto__"]: "the value of '__proto__'"`.replaceAll('["__proto__"]', "['__proto__']"),
    );
    expect(await values).toBe(values);
  });
});

describe('live values', () => {
  it('Each property is the newest value, with overrides, and stays the same object until it changes', async () => {
    const base = new Base({ seer: { number: integer(1), list: LIST, 'feature.on': FLAG } });
    base.writeValues('seer', { number: 2, list: [1] });
    store = init({ directory: base.directory, pollInterval: null });
    const seer = options('seer');
    const { values } = seer;
    const pinnedSeer = store.snapshot().namespace('seer');
    const pinned = pinnedSeer.values;
    expect([seer.values === values, pinnedSeer.values === pinned]).toEqual([true, true]);
    expect(values.list).toBe(seer.get('list'));
    expect(values.list).toBe(pinned.list);
    const { list } = values;

    base.writeValues('seer', { number: 3, list: [1] });
    await store.refresh();
    expect(values.number).toBe(3);
    expect(values.list).toBe(list);
    expect(pinned.number).toBe(2);
    const override = overrideOptions('seer', { number: 4 });
    expect(values.number).toBe(4);
    await overrideOptions('seer', { number: 5 }, async () => {
      expect(values.number).toBe(5);
      expect(store?.snapshot().namespace('seer').values.number).toBe(5);
    });
    expect({ ...values }).toEqual({ number: 4, list: [1] });
    override[Symbol.dispose]();
    expect({ ...values }).toEqual({ number: 3, list: [1] });

    const worker = new Worker(
      `const { options } = require('sentry-options');
       const { parentPort } = require('node:worker_threads');
       const { values } = options('seer');
       parentPort.on('message', () => parentPort.postMessage({ ...values }));`,
      { eval: true },
    );
    onTestFinished(() => void worker.terminate());
    const ask = async () => {
      worker.postMessage('');
      return (await once(worker, 'message'))[0];
    };
    expect(await ask()).toEqual({ number: 3, list: [1] });
    base.writeValues('seer', { list: [1, 2] });
    await store.refresh();
    expect([await ask(), { ...values }]).toEqual(Array(2).fill({ number: 1, list: [1, 2] }));
    await store.close();
    expect({ ...values }).toEqual({ number: 1, list: [1, 2] });
  });

  it('Before the thread has a store, there are no properties, and they come with the store', () => {
    const { values } = options('seer');
    const unknown = options('relay').values;
    expect(Object.keys(values)).toEqual([]);
    expect(inspect(values)).toBe('{}');
    expect(() => values.number).toThrow(expect.objectContaining({ code: 'NOT_INITIALIZED' }));
    expect(() => callSloppy('values.number = 1', values)).toThrow('read-only');
    installPlain();
    expect(Object.keys(values)).toEqual(Object.keys(PLAIN));
    expect(values).toEqual(PLAIN);
    expect(() => unknown.number).toThrow(expect.objectContaining({ code: 'UNKNOWN_NAMESPACE' }));
    expect(() => options('relay').values).toThrow(expect.objectContaining({ code: 'UNKNOWN_NAMESPACE' }));
  });

  it('After another init(), an object of the former store reads the options of the new one', async () => {
    installPlain();
    const seer = options('seer');
    const former = seer.values;
    const number = seer.option('number');
    expect([former.number, number.value, seer.option('list').value]).toEqual([2, 2, [1, 2]]);
    await store?.close();
    expect(former.number).toBe(2);
    install({ number: integer(5), text: string('new') });
    expect([former.number, former.text]).toEqual([5, 'new']);
    expect(() => former.list).toThrow(expect.objectContaining({ code: 'UNKNOWN_OPTION', key: 'list' }));
    expect(() => seer.option('list')).toThrow(expect.objectContaining({ code: 'UNKNOWN_OPTION', key: 'list' }));
    expect(seer.values === former).toBe(false);
    expect({ ...seer.values }).toEqual({ number: 5, text: 'new' });
    const override = overrideOptions('seer', { number: 6 });
    // The first read in the new store, whose publication has the same number.
    expect([former.number, seer.values.number, number.value]).toEqual([6, 6, 6]);
    override[Symbol.dispose]();
    expect([former.number, seer.values.number, number.value]).toEqual([5, 5, 5]);
  });

  it('An object of a former store does not keep the memory of that store', async () => {
    setFlagsFromString('--expose_gc');
    const collect = runInNewContext('gc') as () => void;
    const open = async () => {
      installPlain();
      const held = options('seer').values;
      expect(held.number).toBe(2);
      const memory = new WeakRef((store as OptionsStore).handle.values);
      await store?.close();
      store = undefined;
      return { held, memory };
    };
    const { held, memory } = await open();
    installPlain();
    // It moves on to the new store.
    expect(held.number).toBe(2);
    for (let turn = 0; turn < 100 && memory.deref() !== undefined; turn++) {
      await setImmediate();
      collect();
    }
    expect(memory.deref() === undefined).toBe(true);
    expect(held.number).toBe(2);
  });

  it('Objects with 10 000 options work, live and pinned', () => {
    const names = Array.from({ length: 10_000 }, (_, index) => `option-${index}`);
    install(Object.fromEntries(names.map((name, index) => [name, integer(index)])), { 'option-7': -7 });
    for (const [, open] of KINDS) {
      const values = open();
      expect(Object.keys(values)).toEqual(names);
      expect(Object.values(values)).toEqual(names.map((_, index) => (index === 7 ? -7 : index)));
    }
  });
});
