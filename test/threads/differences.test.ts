/** Where this library differs from the family's clients on purpose: `docs/compatibility.md` names each of these tests. */
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
import { type OpenConfig, type OptionsStore, openOptions, SchemaError, ValuesError } from 'sentry-options';
import { describe, expect, it, onTestFinished } from 'vitest';
import { Base, boolean, integer, type Properties } from '../support/base.js';

const NOBODY = 65_534;

/** What a store has warned of, and its errors. */
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

/** A store over one namespace, with the text of its values file. */
function seer(properties: Properties, text: string): { base: Base; store: ReturnType<typeof open> } {
  const base = new Base({ seer: properties });
  base.writeText('seer', text);
  return { base, store: open({ directory: base.directory }) };
}

/** The issues that `action` throws, each as a line. */
function issuesOf(action: () => unknown): string[] {
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
  it('take a plain option whose name begins with feature.', () => {
    const { store } = seer({ 'feature.enabled': boolean(false) }, '{"options": {"feature.enabled": true}}');
    expect(store.namespace('seer').get('feature.enabled')).toBe(true);
  });

  it('take no reference to a part of a flag', () => {
    const part = { $ref: '#/definitions/Feature/properties/owner' };
    const base = new Base({ seer: { 'feature.a': part, 'feature.b': FLAG } });
    expect(issuesOf(() => open({ directory: base.directory }))).toEqual([
      'seer: feature.a/$ref "#/definitions/Feature/properties/owner" has to be exactly "#/definitions/Feature"',
    ]);
  });

  it('take no pattern in place of names', () => {
    const schema = { version: '1.0', type: 'object', properties: {}, patternProperties: { '^feature\\.': FLAG } };
    expect(issuesOf(() => open({ schemas: { seer: schema } }))).toEqual([
      "seer:  Additional properties are not allowed ('patternProperties' was unexpected)",
    ]);
  });

  it('may lie beside folders whose names begin with ..', () => {
    const base = new Base({ seer: { number: integer(1) } });
    mkdirSync(join(base.directory, 'schemas', '..2026_01_21'));
    expect(open({ directory: base.directory }).namespaces()).toEqual(['seer']);
  });
});

describe('values', () => {
  it('hold no integer beyond what a number can hold', () => {
    const text = '{"options": {"whole": 9007199254740993, "list": [9007199254740993, 9007199254740993.5, 1e300]}}';
    expect(issuesOf(() => seer({ whole: integer(0), list: numbers }, text))).toEqual([
      'seer: list/0 9007199254740993 is beyond ±(2^53 - 1), the integers that a JavaScript number can hold; make it a string',
      'seer: whole 9007199254740993 is beyond ±(2^53 - 1), the integers that a JavaScript number can hold; make it a string',
    ]);
    expect(issuesOf(() => seer({ whole: integer(0) }, '{"options": {"whole": 1e300}}'))).toHaveLength(1);
  });

  it('are the nearest doubles', () => {
    const { store } = seer(
      { list: numbers },
      '{"options": {"list": [0.9661274792416195, 1e-23, 1.7976931348623158e308]}}',
    );
    expect(store.namespace('seer').get('list')).toEqual([0.9661274792416195, 1e-23, Number.MAX_VALUE]);
  });

  it('have their keys in the order of JSON.parse', () => {
    const map = object({ additionalProperties: { type: 'integer' } });
    const { store } = seer({ map }, '{"options": {"map": {"z": 1, "b": 2, "10": 3, "a": 4}}}');
    expect(Object.keys(store.namespace('seer').get('map') as object)).toEqual(['10', 'z', 'b', 'a']);
  });

  it('may have had anything in place of a key that stands there again', () => {
    const deep = `${'['.repeat(200)}${']'.repeat(200)}`;
    for (const replaced of ['1e400', '"\\ud800"', deep]) {
      const { store } = seer({ number: integer(0) }, `{"options": {"number": ${replaced}, "number": 2}}`);
      expect(store.namespace('seer').get('number')).toBe(2);
    }
  });

  it('are at most 8 MiB of a file, as schemas are', () => {
    const padding = ' '.repeat(8 * 2 ** 20);
    expect(issuesOf(() => seer({}, `{"options": {}}${padding}`))).toEqual([
      'seer:  values.json has 8388623 bytes; at most 8388608 are read',
    ]);
    const base = new Base({});
    base.writeSchema('seer', `{"version": "1.0", "type": "object", "properties": {}}${padding}`);
    expect(issuesOf(() => open({ directory: base.directory }))).toEqual([
      'seer:  schema.json has 8388662 bytes; at most 8388608 are read',
    ]);
  });
});

describe('files', () => {
  it('are no FIFOs', () => {
    const base = new Base({ seer: { number: integer(0) } });
    mkdirSync(dirname(base.valuesFile('seer')), { recursive: true });
    execFileSync('mkfifo', [base.valuesFile('seer')]);
    expect(issuesOf(() => open({ directory: base.directory }))).toEqual([
      'seer:  values.json is a FIFO, not a regular file',
    ]);
  });

  it('that are there and cannot be reached are errors', () => {
    for (const target of ['nowhere', 'values.json']) {
      const base = new Base({ seer: { number: integer(0) } });
      mkdirSync(dirname(base.valuesFile('seer')), { recursive: true });
      symlinkSync(target, base.valuesFile('seer'));
      expect(issuesOf(() => open({ directory: base.directory }))).toHaveLength(1);
    }
    const { base, store } = seer({ number: integer(0) }, '{"options": {"number": 1}}');
    for (const directory of [base.directory, join(base.directory, 'values')]) chmodSync(directory, 0o755);
    chmodSync(join(base.directory, 'values/seer'), 0);
    const issues = asNobody(() => issuesOf(() => store.refreshSync()));
    chmodSync(join(base.directory, 'values/seer'), 0o755);
    expect(issues).toEqual([expect.stringMatching(/^seer: {2}values\.json cannot be read \(EACCES: /)]);
    expect(store.namespace('seer').get('number')).toBe(1);
  });

  it('all gone with their directory leave the last values', () => {
    const { base, store } = seer({ number: integer(0) }, '{"options": {"number": 1}}');
    rmSync(join(base.directory, 'values'), { recursive: true });
    expect(store.refreshSync()).toBe(false);
    expect(store.namespace('seer').get('number')).toBe(1);
    writeFileSync(join(base.directory, 'values'), 'no directory');
    expect(store.refreshSync()).toBe(false);
    expect(store.namespace('seer').get('number')).toBe(1);
    expect(store.status()).toMatchObject({ health: 'degraded', generation: 1 });
  });

  it('in a directory that cannot be read stop the start', () => {
    const base = new Base({ seer: { number: integer(0) } });
    writeFileSync(join(base.directory, 'values'), 'no directory');
    expect(() => open({ directory: base.directory })).toThrow(ValuesError);
    // One that is missing does not.
    rmSync(join(base.directory, 'values'));
    expect(open({ directory: base.directory }).namespace('seer').get('number')).toBe(0);
  });

  it('with the same bytes are no reload', () => {
    const { base, store } = seer({ number: integer(0) }, '{"options": {"number": 1}}');
    const file = base.valuesFile('seer');
    utimesSync(file, new Date(), new Date('2030-01-01T00:00:00Z'));
    expect(store.refreshSync()).toBe(false);
    writeFileSync(`${file}.new`, readFileSync(file));
    renameSync(`${file}.new`, file);
    expect(store.refreshSync()).toBe(false);
    expect(store.generation).toBe(1);
  });

  it('with another content and the same modification time are one', () => {
    const { base, store } = seer({ number: integer(0) }, '{"options": {"number": 1}}');
    const { atime, mtime } = statSync(base.valuesFile('seer'));
    base.writeValues('seer', { number: 2 });
    utimesSync(base.valuesFile('seer'), atime, mtime);
    expect(store.refreshSync()).toBe(true);
    expect(store.namespace('seer').get('number')).toBe(2);
  });
});

describe('messages', () => {
  it('tell all issues of all namespaces', () => {
    const faulty = { a: { type: 'integer' }, b: integer(0.5) };
    const base = new Base({ one: faulty, two: faulty });
    const schemaIssues = issuesOf(() => open({ directory: base.directory }));
    for (const place of ['one: a', 'one: b', 'two: a', 'two: b']) {
      expect(schemaIssues.some((line) => line.startsWith(`${place} `))).toBe(true);
    }
    const good = { a: integer(0), b: integer(0) };
    const values = new Base({ one: good, two: good });
    for (const namespace of ['one', 'two']) values.writeValues(namespace, { a: 'x', b: 'y' });
    expect(issuesOf(() => open({ directory: values.directory }))).toEqual([
      'one: a "x" is not of type "integer"',
      'one: b "y" is not of type "integer"',
      'two: a "x" is not of type "integer"',
      'two: b "y" is not of type "integer"',
    ]);
  });

  it('name the file, and cut what is long', () => {
    const { base, store } = seer({ number: integer(0) }, '{"options": {}}');
    base.writeValues('seer', { number: 'x'.repeat(1000) });
    const text = `number "${'x'.repeat(99)}… is not of type "integer"`;
    expect(() => store.refreshSync()).toThrow(`Value error for seer:\n\t${text}\n  in ${base.valuesFile('seer')}`);
    base.writeText('seer', '{"options":');
    expect(() => store.refreshSync()).toThrow(base.valuesFile('seer'));
  });

  it('count the columns of bad JSON from 1, up to where the issue begins', () => {
    const issues = ['{"options":', '{"options": 1e400}', '{"options": "\\ud800"}'].map((text) => {
      return issuesOf(() => seer({}, text))[0]?.replace(/.* at line /, '');
    });
    expect(issues).toEqual(['1 column 12', '1 column 13', '1 column 13']);
  });

  it('are given once, not at each load', async () => {
    const { base } = seer({ number: integer(0) }, '{"options": {"a": 1, "b": 2}}');
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

/** What `action` returns with the rights of a user who has none; the watcher thread has no others meanwhile. */
function asNobody<T>(action: () => T): T {
  const isRoot = process.getuid?.() === 0;
  if (isRoot) process.seteuid?.(NOBODY);
  try {
    return action();
  } finally {
    if (isRoot) process.seteuid?.(0);
  }
}
