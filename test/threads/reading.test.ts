/** Tests reads: values, freezing, object identity, and what a snapshot pins. */
import { type OptionsStore, openOptions } from 'sentry-options';
import { describe, expect, it, onTestFinished } from 'vitest';
import { Base, boolean, integer, string, valuesText } from '../support/base.js';

const FLAG = {
  owner: { team: 'search' },
  created_at: '2026-01-21',
  segments: [{ name: 'all', rollout: 50, conditions: [{ property: 'plan', operator: 'in', value: ['business'] }] }],
};

function makeBase(): Base {
  return new Base({
    relay: { on: boolean(false) },
    seer: {
      text: string('default'),
      limits: {
        type: 'object',
        properties: { ports: { type: 'array', items: { type: 'integer' } }, name: { type: 'string', optional: true } },
        default: { ports: [80] },
        description: 'a struct',
      },
      map: { type: 'object', additionalProperties: { type: 'number' }, default: {}, description: 'a map' },
      'feature.summary': { $ref: '#/definitions/Feature' },
      'feature.rate-limit': integer(10),
    },
  });
}

function open(base: Base): OptionsStore {
  const store = openOptions({ directory: base.directory, pollInterval: null });
  onTestFinished(() => store.close());
  return store;
}

describe('get()', () => {
  it('get() returns the value of the file, else the default', () => {
    const base = makeBase();
    base.writeValues('seer', { text: 'set' });
    const seer = open(base).namespace('seer');
    expect([seer.get('text'), seer.isset('text')]).toEqual(['set', true]);
    expect([seer.get('feature.rate-limit'), seer.isset('feature.rate-limit')]).toEqual([10, false]);
    expect(seer.option('text')).toMatchObject({ namespace: 'seer', key: 'text', value: 'set', isset: true });
  });

  it('A value is deeply frozen and stays the same object until it changes', async () => {
    const base = makeBase();
    base.writeValues('seer', { limits: { ports: [1, 2], name: 'x' } });
    const store = open(base);
    const seer = store.namespace('seer');
    const before = seer.get('limits') as { ports: number[] };
    expect(seer.get('limits')).toBe(before);
    expect(seer.option('limits').value).toBe(before);
    expect(store.snapshot().namespace('seer').get('limits')).toBe(before);
    expect(() => before.ports.push(3)).toThrow(TypeError);
    expect(() => Object.assign(seer.get('map') as object, { a: 1 })).toThrow(TypeError);

    base.writeValues('seer', { limits: { ports: [1, 2], name: 'x' }, text: 'other' });
    await store.refresh();
    expect(seer.get('text')).toBe('other');
    expect(seer.get('limits')).toBe(before);
    base.writeValues('seer', { limits: { ports: [1, 3], name: 'x' }, text: 'other' });
    await store.refresh();
    expect(seer.get('limits')).toEqual({ ports: [1, 3], name: 'x' });
  });

  it('A value has ordinary prototypes, and keys of any name are own properties', () => {
    const base = makeBase();
    base.writeText('seer', '{"options": {"map": {"b": 1, "__proto__": 2, "constructor": -0.0, "7": 4, "": 5}}}');
    const map = open(base).namespace('seer').get('map') as Record<string, number>;
    expect(Object.getPrototypeOf(map)).toBe(Object.prototype);
    expect(Object.keys(map)).toEqual(['7', 'b', '__proto__', 'constructor', '']);
    expect(Object.getOwnPropertyDescriptor(map, '__proto__')?.value).toBe(2);
    expect(Object.is(map.constructor, -0)).toBe(true);
    expect(({} as Record<string, unknown>).b).toBe(undefined);
  });

  it('get() returns the object of a flag and throws for an unset flag', async () => {
    const base = makeBase();
    const store = open(base);
    const seer = store.namespace('seer');
    const flag = seer.option('feature.summary');
    expect(seer.isset('feature.summary')).toBe(false);
    expect(flag.isset).toBe(false);
    for (const read of [
      () => seer.get('feature.summary'),
      () => flag.value,
      () => store.snapshot().namespace('seer').get('feature.summary'),
    ]) {
      expect(read).toThrow(
        expect.objectContaining({ code: 'UNKNOWN_OPTION', namespace: 'seer', key: 'feature.summary' }),
      );
    }
    base.writeValues('seer', { 'feature.summary': FLAG });
    await store.refresh();
    expect(seer.get('feature.summary')).toEqual(FLAG);
    expect(flag.isset).toBe(true);
    base.writeValues('seer', {});
    await store.refresh();
    expect(() => flag.value).toThrow(expect.objectContaining({ code: 'UNKNOWN_OPTION' }));
  });
});

describe('undeclared names', () => {
  it('Reading an undeclared option throws an error that names the namespace and key', () => {
    const store = open(makeBase());
    const seer = store.namespace('seer');
    for (const read of [() => seer.get('txt'), () => seer.isset('txt'), () => seer.option('txt')]) {
      expect(read).toThrow(expect.objectContaining({ name: 'UnknownOptionError', namespace: 'seer', key: 'txt' }));
      expect(read).toThrow(/'txt' in namespace 'seer'/);
    }
    const other = store.namespace('other');
    for (const read of [() => other.get('text'), () => other.isset('text'), () => other.option('text')]) {
      expect(read).toThrow(expect.objectContaining({ name: 'UnknownNamespaceError', namespace: 'other' }));
      expect(read).toThrow(/Declared namespaces: relay, seer/);
    }
    expect(other.keys()).toEqual([]);
    for (const name of ['__proto__', 'constructor', 'toString']) {
      expect(() => seer.get(name)).toThrow(expect.objectContaining({ code: 'UNKNOWN_OPTION' }));
    }
  });

  it('keys() lists options and flags in the order of the schema', () => {
    const store = open(makeBase());
    expect(store.namespaces()).toEqual(['relay', 'seer']);
    expect(store.namespace('seer').keys()).toEqual(['text', 'limits', 'map', 'feature.summary', 'feature.rate-limit']);
  });
});

describe('snapshot()', () => {
  it('A snapshot pins all namespaces while live reads see changes', async () => {
    const base = makeBase();
    base.writeValues('seer', { text: 'first' });
    const store = open(base);
    const pinned = store.snapshot();
    base.writeValues('seer', { text: 'second', map: { a: 1 } });
    base.writeValues('relay', { on: true });
    await store.refresh();
    expect(store.namespace('seer').get('text')).toBe('second');
    expect(pinned.generation).toBe(1);
    expect(pinned.namespace('seer').get('text')).toBe('first');
    expect(pinned.namespace('seer').isset('map')).toBe(false);
    expect(pinned.namespace('relay').get('on')).toBe(false);
    expect(store.snapshot()).toMatchObject({ generation: 2 });
  });

  it('A snapshot can be serialized as JSON', () => {
    const base = makeBase();
    base.writeValues('seer', { text: 'set' });
    expect(JSON.parse(JSON.stringify(open(base).snapshot()))).toEqual({
      generation: 1,
      namespaces: {
        relay: { on: false },
        seer: { text: 'set', limits: { ports: [80] }, map: {}, 'feature.rate-limit': 10 },
      },
    });
  });
});

describe('getForced()', () => {
  it('getForced() reads the current file', () => {
    const base = makeBase();
    const store = open(base);
    base.writeValues('seer', { text: 'now' });
    expect(store.namespace('seer').getForced('text')).toBe('now');
  });

  it('getForced() returns the last valid value if the refresh fails', () => {
    const base = makeBase();
    base.writeValues('seer', { text: 'good' });
    const store = open(base);
    base.writeText('seer', valuesText({ text: 5 }));
    expect(store.namespace('seer').getForced('text')).toBe('good');
    expect(store.status().lastError).toContain('text 5 is not of type "string"; quote it: "5"');
  });
});

describe('the settings schemas and additionalSchemas', () => {
  const properties = { number: integer(4) };
  const schema = { version: '1.0', type: 'object', properties };

  it('schemas replaces the directory, and additionalSchemas adds to it', () => {
    const base = makeBase();
    base.writeValues('seer', { text: 'set' });
    const { directory } = base;
    const alone = openOptions({ directory, schemas: { mine: schema }, pollInterval: null });
    const beside = openOptions({ directory, additionalSchemas: { mine: JSON.stringify(schema) }, pollInterval: null });
    onTestFinished(() => Promise.all([alone.close(), beside.close()]).then(() => {}));
    expect(alone.namespaces()).toEqual(['mine']);
    expect(beside.namespaces()).toEqual(['mine', 'relay', 'seer']);
    expect(beside.namespace('mine').get('number')).toBe(4);
    expect(beside.namespace('seer').get('text')).toBe('set');
  });

  it('additionalSchemas may not redefine a namespace of the directory', () => {
    const { directory } = makeBase();
    expect(() => openOptions({ directory, additionalSchemas: { seer: schema } })).toThrow(
      expect.objectContaining({ code: 'SCHEMA_INVALID', namespace: 'seer' }),
    );
  });
});
