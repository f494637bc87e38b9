/** Tests the intended differences from the Rust and Python clients; `docs/compatibility.md` links to each test. */
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import {
  type OpenConfig,
  type OptionsStore,
  openOptions,
  options,
  SchemaError,
  UnknownOptionError,
  ValuesError,
} from 'sentry-options';
import { createTestOptions, overrideOptions } from 'sentry-options/testing';
import { describe, expect, it, onTestFinished } from 'vitest';
import { Base, boolean, integer, type Properties } from '../support/base.js';

const NOBODY = 65_534;

const SEER = { version: '1.0', type: 'object', properties: { number: integer(1) } };

/** The warnings and errors that a store has logged. */
interface Log {
  readonly warnings: string[];
  readonly errors: string[];
}

function open(config: OpenConfig): OptionsStore & { log: Log } {
  const log: Log = { warnings: [], errors: [] };
  const logger = {
    debug() {},
    info() {},
    warn: (message: string) => void log.warnings.push(message),
    error: (message: string) => void log.errors.push(message),
  };
  const store = openOptions({ pollInterval: null, logger, ...config });
  onTestFinished(() => store.close());
  return Object.assign(store, { log });
}

/** Opens a store over the namespace `seer`, with `text` as its values file. */
function openSeer(properties: Properties, text: string): { base: Base; store: ReturnType<typeof open> } {
  const base = new Base({ seer: properties });
  base.writeText('seer', text);
  return { base, store: open({ directory: base.directory }) };
}

/** Returns the issues that `action` throws, each as a line. */
function collectIssues(action: () => unknown): string[] {
  try {
    action();
  } catch (error) {
    if (error instanceof SchemaError || error instanceof ValuesError) {
      return error.issues.map(({ namespace, pointer, message }) => `${namespace}: ${pointer} ${message}`);
    }
    throw error;
  }
  return [];
}

const object = (more: object, defaultValue: object = {}) => {
  return { type: 'object', ...more, default: defaultValue, description: 'an object' };
};
const numbers = { type: 'array', items: { type: 'number' }, default: [], description: 'numbers' };
const FLAG = { $ref: '#/definitions/Feature' };

describe('schemas', () => {
  it('A plain option may be named feature.x', () => {
    const { store } = openSeer({ 'feature.enabled': boolean(false) }, '{"options": {"feature.enabled": true}}');
    expect(store.namespace('seer').get('feature.enabled')).toBe(true);
  });

  it('A reference to a part of a flag is rejected', () => {
    const part = { $ref: '#/definitions/Feature/properties/owner' };
    const base = new Base({ seer: { 'feature.a': part, 'feature.b': FLAG } });
    expect(collectIssues(() => open({ directory: base.directory }))).toEqual([
      'seer: feature.a/$ref "#/definitions/Feature/properties/owner" must be exactly "#/definitions/Feature"',
    ]);
  });

  it('A flag named experiment.a is one issue', () => {
    const base = new Base({ seer: { 'experiment.a': FLAG } });
    expect(collectIssues(() => open({ directory: base.directory }))).toEqual([
      'seer: experiment.a only a feature flag has a "$ref": rename this to "feature.a", or declare its "type", "default" ' +
        'and "description"',
    ]);
  });

  it('A directory in schemas named ..x is skipped', () => {
    const base = new Base({ seer: { number: integer(1) } });
    mkdirSync(join(base.directory, 'schemas', '..2026_01_21'));
    expect(open({ directory: base.directory }).namespaces()).toEqual(['seer']);
  });
});

describe('values', () => {
  it('An unsafe integer is rejected', () => {
    const text = '{"options": {"whole": 9007199254740993, "list": [9007199254740993, 9007199254740993.5, 1e300]}}';
    expect(collectIssues(() => openSeer({ whole: integer(0), list: numbers }, text))).toEqual([
      'seer: list/0 9007199254740993 is beyond ±(2^53 - 1), the integers that a JavaScript number can hold; lower it, or declare a string',
      'seer: whole 9007199254740993 is beyond ±(2^53 - 1), the integers that a JavaScript number can hold; lower it, or declare a string',
    ]);
    expect(collectIssues(() => openSeer({ whole: integer(0) }, '{"options": {"whole": 1e300}}'))).toHaveLength(1);
  });

  it('A number is the nearest double', () => {
    const { store } = openSeer(
      { list: numbers },
      '{"options": {"list": [0.9661274792416195, 1e-23, 1.7976931348623158e308]}}',
    );
    expect(store.namespace('seer').get('list')).toEqual([0.9661274792416195, 1e-23, Number.MAX_VALUE]);
  });

  it('Keys have the order of JSON.parse', () => {
    const map = object({ additionalProperties: { type: 'integer' } });
    const { store } = openSeer({ map }, '{"options": {"map": {"z": 1, "b": 2, "10": 3, "a": 4}}}');
    expect(Object.keys(store.namespace('seer').get('map') as object)).toEqual(['10', 'z', 'b', 'a']);
  });

  it('A value replaced by a duplicate key is not checked', () => {
    const deep = `${'['.repeat(200)}${']'.repeat(200)}`;
    for (const first of ['1e400', '"\\ud800"', deep]) {
      const { store } = openSeer({ number: integer(0) }, `{"options": {"number": ${first}, "number": 2}}`);
      expect(store.namespace('seer').get('number')).toBe(2);
    }
  });

  it('A values file larger than a ConfigMap can hold is rejected, and a schema over 8 MiB', () => {
    const padding = ' '.repeat(8 * 2 ** 20);
    expect(collectIssues(() => openSeer({}, `{"options": {}}${padding}`))).toEqual([
      'seer:  values.json must have at most 1114112 bytes; got 8388623; split the namespace, or raise maxFileBytes',
    ]);
    const text = `{"options": {"unknown": [${'{},'.repeat(2 ** 18)}{}]}}`;
    expect(collectIssues(() => openSeer({}, text))).toEqual([
      'seer:  values.json must take at most 17.0 MiB of memory once parsed; got about 18.3 MiB, for its many lists, maps or keys; split the namespace, or raise maxFileBytes',
    ]);
    const base = new Base({});
    base.writeSchema('seer', `{"version": "1.0", "type": "object", "properties": {}}${padding}`);
    expect(collectIssues(() => open({ directory: base.directory }))).toEqual([
      'seer:  schema.json must have at most 8388608 bytes; got 8388662',
    ]);
  });
});

describe('files', () => {
  it('A FIFO is rejected', () => {
    const base = new Base({ seer: { number: integer(0) } });
    mkdirSync(dirname(base.valuesFile('seer')), { recursive: true });
    execFileSync('mkfifo', [base.valuesFile('seer')]);
    expect(collectIssues(() => open({ directory: base.directory }))).toEqual([
      'seer:  values.json is a FIFO, not a regular file',
    ]);
  });

  it('A file that cannot be reached is an error', () => {
    for (const target of ['nowhere', 'values.json']) {
      const base = new Base({ seer: { number: integer(0) } });
      mkdirSync(dirname(base.valuesFile('seer')), { recursive: true });
      symlinkSync(target, base.valuesFile('seer'));
      expect(collectIssues(() => open({ directory: base.directory }))).toHaveLength(1);
    }
    const { base, store } = openSeer({ number: integer(0) }, '{"options": {"number": 1}}');
    for (const directory of [base.directory, join(base.directory, 'values')]) chmodSync(directory, 0o755);
    chmodSync(join(base.directory, 'values/seer'), 0);
    const issues = runAsNobody(() => collectIssues(() => store.refreshSync()));
    chmodSync(join(base.directory, 'values/seer'), 0o755);
    expect(issues).toEqual([expect.stringMatching(/^seer: {2}values\.json cannot be read \(EACCES: /)]);
    expect(store.namespace('seer').get('number')).toBe(1);
  });

  it('The last values survive a missing directory', () => {
    const { base, store } = openSeer({ number: integer(0) }, '{"options": {"number": 1}}');
    rmSync(join(base.directory, 'values'), { recursive: true });
    expect(store.refreshSync()).toBe(false);
    expect(store.namespace('seer').get('number')).toBe(1);
    writeFileSync(join(base.directory, 'values'), 'no directory');
    expect(store.refreshSync()).toBe(false);
    expect(store.namespace('seer').get('number')).toBe(1);
    expect(store.status()).toMatchObject({ health: 'degraded', generation: 1 });
  });

  it('A values directory that cannot be read makes startup fail', () => {
    const base = new Base({ seer: { number: integer(0) } });
    writeFileSync(join(base.directory, 'values'), 'no directory');
    expect(() => open({ directory: base.directory })).toThrow(ValuesError);
    // A missing directory does not.
    rmSync(join(base.directory, 'values'));
    expect(open({ directory: base.directory }).namespace('seer').get('number')).toBe(0);
  });

  it('Unchanged bytes are no reload', () => {
    const { base, store } = openSeer({ number: integer(0) }, '{"options": {"number": 1}}');
    const file = base.valuesFile('seer');
    utimesSync(file, new Date(), new Date('2030-01-01T00:00:00Z'));
    expect(store.refreshSync()).toBe(false);
    writeFileSync(`${file}.new`, readFileSync(file));
    renameSync(`${file}.new`, file);
    expect(store.refreshSync()).toBe(false);
    expect(store.generation).toBe(1);
  });

  it('Changed bytes with an unchanged time are a reload', () => {
    const { base, store } = openSeer({ number: integer(0) }, '{"options": {"number": 1}}');
    const { atime, mtime } = statSync(base.valuesFile('seer'));
    base.writeValues('seer', { number: 2 });
    utimesSync(base.valuesFile('seer'), atime, mtime);
    expect(store.refreshSync()).toBe(true);
    expect(store.namespace('seer').get('number')).toBe(2);
  });
});

describe('messages', () => {
  it('An error lists all issues', () => {
    const invalid = { a: { type: 'integer' }, b: integer(0.5) };
    const base = new Base({ one: invalid, two: invalid });
    const schemaIssues = collectIssues(() => open({ directory: base.directory }));
    for (const place of ['one: a', 'one: b', 'two: a', 'two: b']) {
      expect(schemaIssues.some((line) => line.startsWith(`${place} `))).toBe(true);
    }
    const valid = { a: integer(0), b: integer(0) };
    const values = new Base({ one: valid, two: valid });
    for (const namespace of ['one', 'two']) values.writeValues(namespace, { a: 'x', b: 'y' });
    expect(collectIssues(() => open({ directory: values.directory }))).toEqual([
      'one: a "x" is not of type "integer"',
      'one: b "y" is not of type "integer"',
      'two: a "x" is not of type "integer"',
      'two: b "y" is not of type "integer"',
    ]);
  });

  it('An error names its file and truncates values', () => {
    const { base, store } = openSeer({ number: integer(0) }, '{"options": {}}');
    base.writeValues('seer', { number: 'x'.repeat(1000) });
    const text = `number "${'x'.repeat(99)}… is not of type "integer"`;
    expect(() => store.refreshSync()).toThrow(`Value error for seer:\n\t${text}\n  in ${base.valuesFile('seer')}`);
    base.writeText('seer', '{"options":');
    expect(() => store.refreshSync()).toThrow(base.valuesFile('seer'));
  });

  it('A JSON error gives the column of the issue', () => {
    const issues = ['{"options":', '{"options": 1e400}', '{"options": "\\ud800"}'].map((text) => {
      return collectIssues(() => openSeer({}, text))[0]?.replace(/.* at line /, '');
    });
    expect(issues).toEqual(['1 column 12', '1 column 13', '1 column 13']);
  });

  it('The propagation delay ends when the values are applied, not at the time of the file', () => {
    const hour = 3_600_000;
    const base = new Base({ seer: {} });
    base.writeText('seer', '{"options": {}}');
    const store = open({ directory: base.directory });
    const generatedAt = new Date(Date.now() - hour);
    base.writeText('seer', JSON.stringify({ options: {}, generated_at: generatedAt.toISOString() }));
    utimesSync(base.valuesFile('seer'), generatedAt, generatedAt);
    store.refreshSync();
    const { appliedAt, namespaces } = store.status();
    const delayMs = Date.parse(appliedAt ?? '') - generatedAt.getTime();
    expect(delayMs).toBeGreaterThanOrEqual(hour);
    expect(namespaces.seer?.delaySecs).toBeCloseTo(delayMs / 1_000, 0);
    // Of what a start finds, nothing says that it was late.
    expect(open({ directory: base.directory }).status().namespaces.seer?.delaySecs).toBe(null);
  });

  it('A message is logged once, not at each load', async () => {
    const { base } = openSeer({ number: integer(0) }, '{"options": {"a": 1, "b": 2}}');
    const store = open({ directory: base.directory, pollInterval: 10 });
    base.writeText('seer', '{"options": {"a": 1, "b": 2, "number": 1}}');
    await expect.poll(() => store.namespace('seer').get('number')).toBe(1);
    expect(store.log.warnings).toEqual([expect.stringContaining('which are ignored: "a", "b".')]);
    base.writeText('seer', '{"options": {"number": "x"}}');
    await expect.poll(() => store.log.errors.length).toBe(1);
    const { polls } = store.status();
    await expect.poll(() => store.status().polls).toBeGreaterThan(polls + 10);
    base.writeText('seer', '{"options": {"number": 2}}');
    await expect.poll(() => store.namespace('seer').get('number')).toBe(2);
    expect(store.log.errors).toHaveLength(1);
  });
});

/** Runs `action` as an unprivileged user, which applies to all threads, also to the watcher. */
function runAsNobody<T>(action: () => T): T {
  const isRoot = process.getuid?.() === 0;
  if (isRoot) process.seteuid?.(NOBODY);
  try {
    return action();
  } finally {
    if (isRoot) process.seteuid?.(0);
  }
}

describe('an override', () => {
  it('isset is true under an override of an unset option', () => {
    const store = createTestOptions({ schemas: { seer: SEER }, install: true });
    onTestFinished(() => store.close());
    expect(options('seer').isset('number')).toBe(false);
    overrideOptions('seer', { number: 1 }, () => expect(options('seer').isset('number')).toBe(true));
  });

  it('An override of an unknown key is an UnknownOptionError', () => {
    const store = createTestOptions({ schemas: { seer: SEER }, install: true });
    onTestFinished(() => store.close());
    expect(() => overrideOptions('seer', { nope: 1 })).toThrow(UnknownOptionError);
  });
});
