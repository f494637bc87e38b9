/** Tests that each public function accepts or rejects whatever a caller passes, by an OptionsError that names it. */
import { metrics } from '@opentelemetry/api';
import { attach, FeatureContext, init, OptionsError, openOptions } from 'sentry-options';
import { instrument } from 'sentry-options/metrics';
import { SentryOptionsProvider } from 'sentry-options/openfeature';
import {
  ConfigMapVolume,
  crashWatcher,
  createTestOptions,
  enabledWhen,
  firstMatchOf,
  overrideOptions,
} from 'sentry-options/testing';
import { afterAll, describe, expect, it } from 'vitest';
import { DISPOSE } from '../../src/common/disposable.js';
import { OptionsError as SourceError } from '../../src/common/errors.js';
import { resolveConfig } from '../../src/config/config.js';
import { integer, temporaryDirectory } from '../support/base.js';
import { FLAG } from '../support/flags.js';

const schemas = { seer: { version: '1.0', type: 'object', properties: { number: integer(1), 'feature.x': FLAG } } };
const store = createTestOptions({ schemas, install: true });

afterAll(() => store.close());

function revoked(target: object): object {
  const { proxy, revoke } = Proxy.revocable(target, {});
  revoke();
  return proxy;
}

function fail(): never {
  // Not an Error, and nothing that can be described.
  throw Object.create(null);
}

/** Each trap throws. */
const HOSTILE = new Proxy({}, new Proxy({}, { get: () => fail }));
const UNPRINTABLE = { toString: fail, valueOf: fail, toJSON: fail, [Symbol.toPrimitive]: fail };

class Settings {
  get directory(): string {
    return '/does/not/exist';
  }
}

/** Values that no function expects, by name. */
const ODD: Readonly<Record<string, unknown>> = {
  null: null,
  true: true,
  'a number': 0,
  NaN: Number.NaN,
  Infinity: Number.POSITIVE_INFINITY,
  'a negative number': -1,
  'a huge number': 1e308,
  'a bigint': 5n,
  'a huge bigint': 2n ** 1_000_000n,
  'a string': 'x',
  'an empty string': '',
  'a string of control characters': '\u001b[2J\u202e\u0000',
  'a string of a lone surrogate': '\ud800',
  'a symbol': Symbol('x'),
  'a function': () => {},
  'an array': [],
  'a sparse array': Object.assign([], { 1: 3, length: 3 }),
  'a huge sparse array': Object.assign([], { length: 2 ** 32 - 1 }),
  'an empty object': {},
  'an object without a prototype': Object.create(null),
  'an instance of a class': new Settings(),
  'a Map': new Map([['seer', {}]]),
  'a Date that is invalid': new Date(Number.NaN),
  'an object that cannot be printed': UNPRINTABLE,
  'a boxed number': Object(100),
  'a hostile proxy': HOSTILE,
  'a revoked proxy': revoked({}),
  'a revoked proxy of an array': revoked([]),
  'a revoked proxy of a function': revoked(() => {}),
};

/** Arguments in whose place nothing else is right, by name. All of them are objects. */
const ODD_OBJECTS = {
  'an object whose prototype has the setting': (name: string) => Object.create({ [name]: 'x' }),
  'an object whose getter throws': (name: string) => Object.defineProperty({}, name, { get: fail, enumerable: true }),
  'an object with an unknown setting': (name: string) => ({ [`${name}s`]: 'x' }),
} as const;

interface Door {
  /** Settings that are valid, and those that the call requires. */
  readonly settings: Readonly<Record<string, unknown>>;
  /** The names of all settings. */
  readonly names: readonly string[];
  call(settings: never): unknown;
}

/** Functions whose argument is an object of settings. */
const DOORS: Readonly<Record<string, Door>> = {
  // What `init()` and `openOptions()` call before they start a thread.
  'resolveConfig()': {
    settings: { directory: '/does/not/exist', dsn: null },
    names: [
      ...['directory', 'schemas', 'additionalSchemas', 'pollInterval', 'startTimeout', 'logger', 'redactValues'],
      ...['onPropagation', 'dsn', 'environment'],
    ],
    call: (config) => resolveConfig(config),
  },
  'createTestOptions()': { settings: { schemas }, names: ['schemas', 'values', 'install'], call: createTestOptions },
  'staleFlags()': { settings: { days: 1 }, names: ['days', 'now'], call: (options) => store.staleFlags(options) },
  'changes()': { settings: {}, names: ['signal'], call: (options) => store.changes(options) },
  'new FeatureContext()': {
    settings: {},
    names: ['identityFields'],
    call: (options) => new FeatureContext({ plan: 'free' }, options),
  },
  'new SentryOptionsProvider()': {
    settings: { store },
    names: ['store', 'namespace', 'targetingKeyProperty', 'identityFields'],
    call: (config) => new SentryOptionsProvider(config),
  },
  'instrument()': {
    settings: { store, meter: metrics.getMeter('test') },
    names: ['store', 'meter', 'attributes'],
    call: (config) => instrument(config),
  },
  'enabledWhen()': { settings: {}, names: ['rollout'], call: (options) => enabledWhen([], options) },
};

/** Functions with an odd value as one of their arguments; each must throw an OptionsError, unless it returns false. */
const POSITIONAL: Readonly<Record<string, (odd: never) => unknown>> = {
  'init()': (odd) => init(odd),
  'attach()': (odd) => attach(odd),
  'openOptions({ handle })': (odd) => openOptions({ handle: odd }),
  'onReload()': (odd) => store.onReload(odd),
  'option().onChange()': (odd) => store.namespace('seer').option('number').onChange(odd),
  'onChange()': (odd) => store.namespace('seer').onChange(odd, () => {}),
  'onChange([…])': (odd) => store.namespace('seer').onChange([odd], () => {}),
  'namespace()': (odd) => store.namespace(odd).get('number'),
  'snapshot().namespace()': (odd) => store.snapshot().namespace(odd).get('number'),
  'get()': (odd) => store.namespace('seer').get(odd),
  'getForced()': (odd) => store.namespace('seer').getForced(odd),
  'isset()': (odd) => store.namespace('seer').isset(odd),
  'option()': (odd) => store.namespace('seer').option(odd),
  'snapshot().namespace().get()': (odd) => store.snapshot().namespace('seer').get(odd),
  'features()': (odd) => store.features(odd).has('x'),
  'has()': (odd) => store.features('seer').has(odd),
  'has(…, context)': (odd) => store.features('seer').has('x', odd),
  'all()': (odd) => Object.values(store.features('seer').all(odd)).includes(true),
  'all(…, { only })': (odd) => Object.values(store.features('seer').all({}, { only: odd })).includes(true),
  'all(…, options)': (odd) => Object.values(store.features('seer').all({}, odd)).includes(true),
  'evaluate()': (odd) => store.features('seer').evaluate(odd, odd).enabled,
  'overrideOptions()': (odd) => overrideOptions(odd, {} as never),
  'overrideOptions(…, values)': (odd) => overrideOptions('seer', odd),
  // A function is called, and may throw what it likes.
  'overrideOptions(…, callback)': (odd: unknown) =>
    typeof odd === 'function' || overrideOptions('seer', {} as never, odd as never),
  'firstMatchOf()': (odd) => firstMatchOf(odd),
  // Any string is a path.
  'new ConfigMapVolume()': (odd) => typeof odd === 'string' || new ConfigMapVolume(odd),
  'ConfigMapVolume.write()': (odd) => {
    new ConfigMapVolume(temporaryDirectory()).write(odd);
    new ConfigMapVolume(temporaryDirectory()).write({ file: odd });
  },
};

/** Calls `call`, and returns what it throws; undefined if it throws nothing. Anything but an OptionsError is a bug. */
function catchOptionsError(call: () => unknown): OptionsError | SourceError | undefined {
  try {
    const result = call();
    (result as Partial<Disposable> | undefined)?.[DISPOSE]?.();
    return undefined;
  } catch (error) {
    if (!(error instanceof OptionsError || error instanceof SourceError)) throw error;
    // A terminal may show it.
    expect(error.message).not.toMatch(/(?![\n\t])[\p{Cc}\p{Bidi_Control}]/u);
    return error;
  }
}

describe.each(Object.entries(DOORS))('%s with odd settings', (_name, { settings, names, call }) => {
  const tryCall = (argument: unknown) => catchOptionsError(() => call(argument as never));

  it.each(names)('Any value of %s is accepted, or rejected by an error that names the setting', (name) => {
    for (const [oddity, odd] of Object.entries(ODD)) {
      const error = tryCall({ ...settings, [name]: odd });
      if (error?.code !== 'CONFIG_INVALID') continue;
      expect([oddity, error.key]).toEqual([oddity, name]);
      expect(error.message).toContain(name);
    }
  });

  it.each(names)('An object that inherits %s, cannot be read or misspells it is rejected by its name', (name) => {
    for (const [oddity, make] of Object.entries(ODD_OBJECTS)) {
      const error = tryCall(
        Object.defineProperties(make(name), Object.getOwnPropertyDescriptors(omit(settings, name))),
      );
      expect(error?.code, oddity).toBe('CONFIG_INVALID');
      expect(error?.key, oddity).toBe(oddity === 'an object with an unknown setting' ? `${name}s` : name);
    }
  });

  it('Settings without a prototype are accepted', () => {
    const error = tryCall(Object.assign(Object.create(null), settings));
    expect(error).toBeUndefined();
  });

  it('Anything but an object of settings is rejected', () => {
    for (const [oddity, odd] of Object.entries(ODD)) {
      // These have no own properties: nothing is wrong with them, unless a setting is required.
      if (/^an (?:empty )?object|instance|Date|boxed|Map/.test(oddity)) catchOptionsError(() => call(odd as never));
      else expect(tryCall(odd)?.code, oddity).toBe('CONFIG_INVALID');
    }
  });
});

function omit(settings: Readonly<Record<string, unknown>>, name: string): object {
  return Object.fromEntries(Object.entries(settings).filter(([key]) => key !== name));
}

describe('an odd argument', () => {
  it.each(Object.entries(POSITIONAL))('%s accepts it, or throws an OptionsError', (_name, call) => {
    for (const odd of Object.values(ODD)) catchOptionsError(() => call(odd as never));
  });

  it.each(Object.keys(ODD))('crashWatcher() rejects %s', async (oddity) => {
    await expect(crashWatcher(ODD[oddity] as never)).rejects.toMatchObject({ code: 'CONFIG_INVALID', key: 'store' });
    await expect(crashWatcher(store, ODD[oddity] as never)).rejects.toMatchObject({ key: 'how' });
  });

  it("A provider resolves any key and any context, by the caller's default and an error", async () => {
    const provider = new SentryOptionsProvider({ store });
    await provider.initialize();
    for (const [oddity, odd] of Object.entries(ODD)) {
      const details = await provider.resolveBooleanEvaluation(odd as never, true, odd as never);
      expect([oddity, details.value, details.errorCode]).toEqual([oddity, true, 'FLAG_NOT_FOUND']);
      expect(details.errorMessage).not.toMatch(/[\p{Cc}\p{Bidi_Control}]/u);
      const { value } = await provider.resolveBooleanEvaluation('seer/x', true, odd as never);
      expect(value).toBe(true);
    }
    await provider.onClose();
  });

  it('A name that is not a string is an unknown name', () => {
    const seer = store.namespace('seer');
    expect(catchOptionsError(() => seer.get(Symbol('x') as never))).toMatchObject({
      code: 'UNKNOWN_OPTION',
      message: expect.stringContaining('Unknown option of type symbol'),
    });
    expect(catchOptionsError(() => store.namespace(Symbol('x') as never).get('x'))?.code).toBe('UNKNOWN_NAMESPACE');
  });

  it('A schema that is missing, and a proxy that throws, are named', () => {
    expect(catchOptionsError(() => createTestOptions({ schemas: null as never }))).toMatchObject({
      message: 'schemas must be an object; got null.',
      key: 'schemas',
    });
    expect(catchOptionsError(() => openOptions(HOSTILE as never))?.message).toMatch(/^\w+ cannot be read: /);
  });
});
