/** Tests that one watcher rejects or reads each hostile values file and keeps reading good ones. */
import { once } from 'node:events';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type OptionsStore, openOptions, ValuesError } from 'sentry-options';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Base, integer, valuesText } from '../support/base.js';
import { HOSTILE_INPUTS, type HostileInput, SEER, WIDE } from './hostile-inputs.js';

/** An unprivileged user: root may read all files. */
const NOBODY = 65_534;

/** A file that is written to without pause is still for long enough now and then; three tries are usual. */
const MAX_TRIES = 300;

const CONTROL = '\u0001';

const directory = mkdtempSync(join(tmpdir(), 'sentry-options-test-'));
const prototypes = listPrototypeKeys();
const warnings: string[] = [];
const mapOfIntegers = { type: 'object', additionalProperties: { type: 'integer' }, default: {}, description: 'a map' };
const logger = { debug() {}, info() {}, warn: (message: string) => void warnings.push(message), error() {} };
let store: OptionsStore;
/** The number in the last good file; each good file has a new one. */
let number = 0;

beforeAll(() => {
  // NOBODY needs access too.
  chmodSync(directory, 0o755);
  for (const [namespace, properties] of Object.entries({ seer: SEER, wide: WIDE })) {
    mkdirSync(join(directory, 'schemas', namespace), { recursive: true });
    mkdirSync(join(directory, 'values', namespace), { recursive: true });
    const schema = JSON.stringify({ version: '1.0', type: 'object', properties });
    writeFileSync(join(directory, 'schemas', namespace, 'schema.json'), schema);
  }
  store = openOptions({ directory, pollInterval: null, maxFileBytes: 8 * 2 ** 20, logger });
});

afterAll(async () => {
  await store.close();
  rmSync(directory, { recursive: true, force: true });
});

describe('a hostile values file', () => {
  it.each(HOSTILE_INPUTS.map((row) => [row.input, row] as const))(
    'The watcher handles %s and reads the next good file',
    async (_input, row) => {
      const { namespace = 'seer', make, verify } = row;
      const file = join(directory, 'values', namespace, 'values.json');
      expectGoodFile(namespace, file);
      rmSync(file);
      make(file);
      const writer = row.keepWriting?.(file);
      try {
        const message = row.message?.replace('FILE', () => file);
        if (verify === undefined) {
          expectRejected(row, file, message);
        } else {
          expect(store.refreshSync()).toBe(true);
          expect(verify(store.namespace(namespace))).toBe(true);
          if (message !== undefined) await expect.poll(() => warnings).toEqual([message]);
        }
        expect(store.status()).toMatchObject({ watcher: 'running', health: verify === undefined ? 'degraded' : 'ok' });
      } finally {
        if (writer?.kill('SIGKILL')) await once(writer, 'exit');
        rmSync(file, { recursive: true, force: true });
        warnings.length = 0;
      }
      expectGoodFile(namespace, file);
      expect(store.status()).toMatchObject({ watcher: 'running', health: 'ok', lastError: null });
    },
  );

  it('The status lists 100 of very many unknown names', () => {
    const file = join(directory, 'values/seer/values.json');
    const names = Array.from({ length: 10_000 }, (_, index) => `unknown-${index}`);
    writeFileSync(file, valuesText(Object.fromEntries(names.map((name) => [name, 1]))));
    expect(store.refreshSync()).toBe(true);
    expect(store.status().namespaces.seer).toMatchObject({ unknownCount: 10_000, unknownKeys: names.slice(0, 100) });
  });

  it('No hostile file changes a prototype', () => {
    expect(listPrototypeKeys()).toEqual(prototypes);
  });
});

it('An error covers each of 200 files with 1 000 issues and still has a limited length', async () => {
  const names = Array.from({ length: 200 }, (_, index) => `namespace-${index}`);
  const base = new Base(Object.fromEntries(names.map((name) => [name, { map: mapOfIntegers }])));
  const many = openOptions({ directory: base.directory, pollInterval: null, logger });
  try {
    const map = Object.fromEntries(Array.from({ length: 1000 }, (_, index) => [`${'k'.repeat(150)}${index}`, 'x']));
    for (const name of names) base.writeValues(name, { map });
    const error = await many.refresh().catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(ValuesError);
    const { issues, message } = error as ValuesError;
    expect(new Set(issues.map(({ namespace }) => namespace))).toEqual(new Set(names));
    expect(message.length).toBeLessThan(2 ** 20);
    for (const name of names) base.removeValues(name);
    expect(await many.refresh()).toBe(false);
    expect(many.status()).toMatchObject({ watcher: 'running', health: 'ok' });
  } finally {
    await many.close();
  }
});

it('The watcher survives 30 namespaces with 100 long unknown names each, of control characters', async () => {
  const names = Array.from({ length: 30 }, (_, index) => `namespace-${index}`);
  const base = new Base(Object.fromEntries(names.map((name) => [name, { number: integer(1) }])));
  const many = openOptions({ directory: base.directory, pollInterval: null, logger });
  try {
    const unknown = Array.from({ length: 100 }, (_, index) => [CONTROL.repeat(1020) + index, 1]);
    for (const name of names) base.writeValues(name, { ...Object.fromEntries(unknown), number: 2 });
    expect(await many.refresh()).toBe(true);
    const { watcher, namespaces } = many.status();
    expect(watcher).toBe('running');
    for (const name of names) {
      expect(namespaces[name]?.unknownCount).toBe(100);
      expect(namespaces[name]?.unknownKeys[0]).toMatch(new RegExp(`^${CONTROL}{200,}…$`));
    }
    // An eighth of it, at most: each thread decodes the record on its event loop.
    expect(JSON.stringify(many.status()).length).toBeLessThan(2 ** 18);
    expect(many.status().namespaces).toBe(namespaces);
    for (const name of names) base.writeValues(name, { number: 3 });
    expect(await many.refresh()).toBe(true);
    expect(many.status().health).toBe('ok');
  } finally {
    await many.close();
    warnings.length = 0;
  }
});

/** Writes a good file and expects its number. */
function expectGoodFile(namespace: string, file: string): void {
  number++;
  writeFileSync(file, valuesText({ number }));
  expect(store.refreshSync()).toBe(true);
  expect(store.namespace(namespace).get('number')).toBe(number);
}

/** Expects a rejection of `file` that contains the line `expected` and changes nothing else. */
function expectRejected(row: HostileInput, file: string, expected: string | undefined): void {
  const readState = () => ({
    generation: store.generation,
    seer: store.namespace('seer').get('number'),
    wide: store.namespace('wide').get('number'),
  });
  let before = readState();
  let error = catchRefresh(row.isForbidden === true);
  for (let tries = 1; error === undefined && row.keepWriting !== undefined && tries < MAX_TRIES; tries++) {
    before = readState();
    error = catchRefresh(false);
  }
  expect(error).toBeInstanceOf(ValuesError);
  const { issues, message } = error as ValuesError;
  expect(issues.map(({ pointer, message }) => `${pointer} ${message}`.trimStart())).toContain(expected);
  expect(issues.every((issue) => issue.file === file)).toBe(true);
  expect(message).toContain(`Failed to reload values from ${directory}/values: Value error for `);
  expect(readState()).toEqual(before);
}

/** Returns what a refresh throws, or undefined. `asNobody` runs all threads of the process as that user meanwhile. */
function catchRefresh(asNobody: boolean): unknown {
  const isRoot = process.getuid?.() === 0;
  if (asNobody && isRoot) process.seteuid?.(NOBODY);
  try {
    store.refreshSync();
    return undefined;
  } catch (error) {
    return error;
  } finally {
    if (asNobody && isRoot) process.seteuid?.(0);
  }
}

/** Lists the keys of all prototypes that a key in a file could reach. */
function listPrototypeKeys(): string[][] {
  return [Object, Array, String, Number, Boolean, Function].map(({ prototype }) =>
    Reflect.ownKeys(prototype).map(String),
  );
}
