/** Tests handles that are forged or damaged: each is rejected with a ConfigError or a HandleVersionError. */
import { setEnvironmentData } from 'node:worker_threads';
import { attach, close, features, init, type OptionsStore, openOptions, options, status } from 'sentry-options';
import { createTestOptions } from 'sentry-options/testing';
import { afterEach, describe, expect, it, onTestFinished } from 'vitest';
import {
  GENERATION,
  LAYOUT_VERSION,
  locateSlot,
  MAGIC_WORD,
  SEAL_WORD,
  VERSION_WORD,
} from '../../src/memory/cell/layout.js';
import { createThreadRows } from '../../src/memory/thread-rows.js';
import { Base, integer } from '../support/base.js';

afterEach(() => close());

type Handle = OptionsStore['handle'];
type Mutable = { -readonly [K in keyof Handle]: unknown };

const BUFFERS = ['control', 'values', 'status', 'catalog', 'defaults', 'schemas'] as const;
const CELLS = ['values', 'status'] as const;

function openStore(): Handle {
  const base = new Base({ seer: { number: integer(1) } });
  base.writeValues('seer', { number: 2 });
  const store = openOptions({ directory: base.directory, pollInterval: null });
  onTestFinished(() => store.close());
  return store.handle;
}

/** Makes shared memory with the same content, and changes that. */
function copy(buffer: SharedArrayBuffer, change: (bytes: Uint8Array) => void, length = buffer.byteLength) {
  const { growable, maxByteLength } = buffer;
  const result = growable ? new SharedArrayBuffer(length, { maxByteLength }) : new SharedArrayBuffer(length);
  const bytes = new Uint8Array(result);
  bytes.set(new Uint8Array(buffer).subarray(0, length));
  change(bytes);
  return result;
}

const usageOf = ({ usage }: Handle) => usage as SharedArrayBuffer;
const words = (bytes: Uint8Array) => new Int32Array(bytes.buffer, 0, 16);
const keep = () => {};
const thrower = () => {
  throw new SyntaxError('a getter');
};

/** The forms, by a description. Each makes a handle, of two stores, that is wrong. */
const FORMS: [description: string, make: (handle: Handle, other: Handle) => unknown][] = [
  ['undefined', () => undefined],
  ['null', () => null],
  ['a number', () => 5],
  ['a function', () => () => {}],
  ['an array', () => []],
  ['an empty object', () => ({})],
  ['JSON', (handle) => JSON.parse(JSON.stringify(handle))],
  ['an object that inherits from a handle', (handle) => Object.create(handle)],
  ['a proxy that throws', (handle) => new Proxy(handle, { get: thrower })],
  ['a proxy that throws for a check of its keys', (handle) => new Proxy(handle, { getOwnPropertyDescriptor: thrower })],
  [
    'a revoked proxy',
    (handle) => {
      const { proxy, revoke } = Proxy.revocable(handle, {});
      revoke();
      return proxy;
    },
  ],
  ['a version that is a string', (handle) => ({ ...handle, version: String(handle.version) })],
  ['a version that is a symbol', (handle) => ({ ...handle, version: Symbol('5') })],
  ['a version that converts itself', (handle) => ({ ...handle, version: { valueOf: () => handle.version } })],
  ['an older version', (handle) => ({ ...handle, version: handle.version - 1 })],
  ['a newer version', (handle) => ({ ...handle, version: 99 })],
  ['a version that is not a number', (handle) => ({ ...handle, version: Number.NaN })],
  ['another id', (handle, other) => ({ ...handle, id: other.id })],
  ['an id that is not a string', (handle) => ({ ...handle, id: { toString: thrower } })],
  ['another directory', (handle) => ({ ...handle, directory: '/elsewhere' })],
  ['a directory that is not a string', (handle) => ({ ...handle, directory: 7 })],
  ['a false isInMemory', (handle) => ({ ...handle, isInMemory: true })],
  ['an isInMemory that is not a boolean', (handle) => ({ ...handle, isInMemory: 'no' })],
  ['no threads', ({ threads: _, ...handle }) => handle],
  ['rows of threads where the store has none', (handle) => ({ ...handle, threads: createThreadRows() })],
  ['no usage', ({ usage: _, ...handle }) => handle],
  ['no counters where the store has some', (handle) => ({ ...handle, usage: null })],
  ['the counters of another store', (handle, other) => ({ ...handle, usage: other.usage })],
  ['an ArrayBuffer as usage', (handle) => ({ ...handle, usage: new ArrayBuffer(usageOf(handle).byteLength) })],
  ['a view as usage', (handle) => ({ ...handle, usage: new Uint8Array(usageOf(handle)) })],
  ['an empty usage', (handle) => ({ ...handle, usage: new SharedArrayBuffer(0) })],
  ['zeros as usage', (handle) => ({ ...handle, usage: copy(usageOf(handle), (bytes) => bytes.fill(0)) })],
  ['a truncated usage', (handle) => ({ ...handle, usage: copy(usageOf(handle), keep, 9) })],
  [
    'counters without their seal',
    (handle) => ({ ...handle, usage: copy(usageOf(handle), (bytes) => bytes.fill(0, 0, 4)) }),
  ],
  [
    'counters that cannot grow',
    (handle) => {
      const bytes = new Uint8Array(usageOf(handle));
      const buffer = new SharedArrayBuffer(bytes.length);
      new Uint8Array(buffer).set(bytes);
      return { ...handle, usage: buffer };
    },
  ],
  ['values and status exchanged', (handle) => ({ ...handle, values: handle.status, status: handle.values })],
  ['values twice', (handle) => ({ ...handle, status: handle.values })],
  ['catalog and defaults exchanged', (handle) => ({ ...handle, catalog: handle.defaults, defaults: handle.catalog })],
  ['defaults and schemas exchanged', (handle) => ({ ...handle, schemas: handle.defaults, defaults: handle.schemas })],
  ...BUFFERS.flatMap((name): typeof FORMS => [
    [`no ${name}`, ({ [name]: _, ...handle }) => handle],
    [`a getter of ${name} that throws`, (handle) => Object.defineProperty({ ...handle }, name, { get: thrower })],
    [`an ArrayBuffer as ${name}`, (handle) => ({ ...handle, [name]: new ArrayBuffer(handle[name].byteLength) })],
    [`a view as ${name}`, (handle) => ({ ...handle, [name]: new Uint8Array(handle[name]) })],
    [
      `a fake by its tag as ${name}`,
      (handle) => ({ ...handle, [name]: { [Symbol.toStringTag]: 'SharedArrayBuffer' } }),
    ],
    [`an empty ${name}`, (handle) => ({ ...handle, [name]: new SharedArrayBuffer(0) })],
    [`zeros as ${name}`, (handle) => ({ ...handle, [name]: copy(handle[name], (bytes) => bytes.fill(0)) })],
    [`a truncated ${name}`, (handle) => ({ ...handle, [name]: copy(handle[name], keep, 9) })],
    // Any other part is the same in two stores with the same schemas.
    ...((name === 'control' || name === 'values' || name === 'status'
      ? [
          [
            `the ${name} of another store`,
            (handle: Handle, other: Handle) => ({ ...handle, [name]: other[name] }),
          ] as const,
        ]
      : [
          [
            `a changed ${name}`,
            (handle: Handle) => ({ ...handle, [name]: copy(handle[name], (bytes) => bytes.fill(32, 1, 2)) }),
          ] as const,
        ]) as typeof FORMS),
  ]),
  ...CELLS.flatMap((name): typeof FORMS => [
    [
      `a cell that cannot grow as ${name}`,
      (handle) => {
        const bytes = new Uint8Array(handle[name]);
        const buffer = new SharedArrayBuffer(bytes.length);
        new Uint8Array(buffer).set(bytes);
        return { ...handle, [name]: buffer };
      },
    ],
    [
      `a cell without a publication as ${name}`,
      (handle) => ({
        ...handle,
        [name]: copy(handle[name], (bytes) => (words(bytes)[GENERATION] = 0)),
      }),
    ],
    [
      `a cell with a negative generation as ${name}`,
      (handle) => ({
        ...handle,
        [name]: copy(handle[name], (bytes) => (words(bytes)[GENERATION] = -1)),
      }),
    ],
    [
      `a cell without its magic number as ${name}`,
      (handle) => ({
        ...handle,
        [name]: copy(handle[name], (bytes) => (words(bytes)[MAGIC_WORD] = 0)),
      }),
    ],
    [
      `a cell of another layout as ${name}`,
      (handle) => ({
        ...handle,
        [name]: copy(handle[name], (bytes) => (words(bytes)[VERSION_WORD] = 4)),
      }),
    ],
    [
      `a cell without its seal as ${name}`,
      (handle) => ({
        ...handle,
        [name]: copy(handle[name], (bytes) => (words(bytes)[SEAL_WORD] = 0)),
      }),
    ],
  ]),
];

describe('a forged or damaged handle', () => {
  it('attach() and openOptions() reject each form with an OptionsError that says what to do', () => {
    const [handle, other] = [openStore(), openStore()];
    const wrong = FORMS.flatMap(([description, make]) =>
      [attach, (value: unknown) => openOptions({ handle: value as Handle })].flatMap((accept) => {
        const value = make(handle, other) as Handle;
        // An undefined handle is no handle setting: openOptions() then starts a store.
        if (value === undefined && accept !== attach) return [];
        try {
          accept(value);
          return [`${description}: accepted`];
        } catch (error) {
          const { code, message } = error as { code?: string; message: string };
          const isRight = code === 'CONFIG_INVALID' || code === 'HANDLE_VERSION';
          return isRight && /(?:Pass|Use) [^.]+/.test(message) ? [] : [`${description}: ${error}`];
        }
      }),
    );
    expect(wrong).toEqual([]);
    expect(FORMS.length).toBeGreaterThan(80);
  });

  it('A handle and its structured clone are accepted', () => {
    const handle = openStore();
    for (const good of [handle, structuredClone(handle), { ...(handle as Mutable), more: 1 } as Handle]) {
      expect(openOptions({ handle: good }).namespace('seer').get('number')).toBe(2);
    }
    const { handle: inMemory } = createTestOptions({
      schemas: { seer: { version: '1.0', type: 'object', properties: { number: integer(3) } } },
    });
    expect(
      openOptions({ handle: structuredClone(inMemory) })
        .namespace('seer')
        .get('number'),
    ).toBe(3);
  });

  it('A getter cannot return another part after the check', () => {
    const handle = openStore();
    let reads = 0;
    const forged = Object.defineProperty({ ...handle }, 'values', {
      enumerable: true,
      get: () => (reads++ === 0 ? handle.values : handle.status),
    });
    expect(openOptions({ handle: forged }).namespace('seer').get('number')).toBe(2);
    expect(reads).toBe(1);
  });

  it('Corrupted slots are no reason to reject a handle: the thread recovers', () => {
    const handle = openStore();
    new Int32Array(handle.values)[locateSlot(1)] = 0;
    const store = openOptions({ handle });
    expect(() => store.namespace('seer').get('number')).toThrow(
      expect.objectContaining({ code: 'SNAPSHOT_UNREADABLE' }),
    );
    expect(store.refreshSync()).toBe(true);
    expect(store.namespace('seer').get('number')).toBe(2);
  });
});

describe('the counters of a handle', () => {
  it('Counters where the store has none are rejected', () => {
    const base = new Base({ seer: { number: integer(1) } });
    const store = openOptions({ directory: base.directory, pollInterval: null, usage: false });
    onTestFinished(() => store.close());
    expect(store.handle.usage).toBeNull();
    const { usage } = openStore();
    expect(() => openOptions({ handle: { ...store.handle, usage } })).toThrow(/Pass `store.handle` unmodified/);
    expect(
      openOptions({ handle: structuredClone(store.handle) })
        .namespace('seer')
        .get('number'),
    ).toBe(1);
  });

  it('Counters that are sealed but too short count nothing, and every read works', () => {
    const handle = openStore();
    const usage = copy(usageOf(handle), keep, 28);
    const store = openOptions({ handle: { ...handle, usage } });
    expect(store.namespace('seer').get('number')).toBe(2);
    expect(store.features('seer').has('on')).toBe(false);
    expect(store.usage().options).toEqual([{ namespace: 'seer', key: 'number', firstReadAt: null }]);
  });
});

describe('a forged store on the global object', () => {
  const SLOT = Symbol.for(`sentry-options/store@${LAYOUT_VERSION}.2`);
  const realm = globalThis as { [SLOT]?: unknown };
  const live = { word: new Int32Array(1), published: new Int32Array(1), isReleased: false };
  const shared = { overrides: [], lives: [] };

  const SLOTS: [description: string, make: (handle: Handle) => unknown][] = [
    ['null', () => null],
    ['a number', () => 5],
    ['an empty object', () => ({})],
    ['one that throws', () => new Proxy({}, { get: thrower })],
    ['one without shared parts', (handle) => ({ handle })],
    ['one without a handle', () => ({ shared })],
    ['empty shared parts', (handle) => ({ handle, shared: {} })],
    ['lives that are a number', (handle) => ({ handle, shared: { ...shared, lives: 5 } })],
    ['a live without a word', (handle) => ({ handle, shared: { ...shared, lives: [{ ...live, word: [0] }] } })],
    ['a live that is null', (handle) => ({ handle, shared: { ...shared, lives: [null] } })],
    ['overrides that are a string', (handle) => ({ handle, shared: { ...shared, overrides: 'none' } })],
    ['overrides without methods', (handle) => ({ handle, shared: { ...shared, overrides: [{}] } })],
  ];

  it('Every call reports each form as a ConfigError, and flags are off', () => {
    const handle = openStore();
    const wrong = SLOTS.flatMap(([description, make]) => {
      realm[SLOT] = make(handle);
      try {
        const errors = [() => options('seer').get('number'), status, init].map((call) => {
          try {
            return call();
          } catch (error) {
            return (error as { code?: string }).code ?? error;
          }
        });
        const isRight = errors.every((error) => error === 'CONFIG_INVALID') && !features('seer').has('on');
        return isRight ? [] : [`${description}: ${errors.join(', ')}`];
      } finally {
        Reflect.deleteProperty(realm, SLOT);
      }
    });
    expect(wrong).toEqual([]);
  });

  it('A store that a thread releases and finds again replaces a forged one', async () => {
    const handle = openStore();
    setEnvironmentData(`sentry-options/handle@${LAYOUT_VERSION}`, handle as never);
    onTestFinished(() => setEnvironmentData(`sentry-options/handle@${LAYOUT_VERSION}`, undefined as never));
    expect(options('seer').get('number')).toBe(2);
    await close();
    realm[SLOT] = { handle: { id: handle.id }, shared: {} };
    expect(init().namespace('seer').get('number')).toBe(2);
    expect(options('seer').get('number')).toBe(2);
    Reflect.deleteProperty(realm, SLOT);
  });
});
