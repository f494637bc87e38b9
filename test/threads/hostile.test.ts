/** One watcher is shown each hostile values file: it gets its error or is read, and the watcher goes on with the next. */
import { once } from 'node:events';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type OptionsStore, openOptions, ValuesError } from 'sentry-options';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Base, valuesText } from '../support/base.js';
import { HOSTILE_INPUTS, type HostileInput, SEER, WIDE } from './hostile-inputs.js';

/** A user who may read nothing that is not everybody's: root may read all. */
const NOBODY = 65_534;

/** A file that is written to all the time is now and then still for long enough; three tries are usual. */
const MAX_TRIES = 300;

const directory = mkdtempSync(join(tmpdir(), 'sentry-options-test-'));
const prototypes = namesOfPrototypes();
const warnings: string[] = [];
const mapOfIntegers = { type: 'object', additionalProperties: { type: 'integer' }, default: {}, description: 'a map' };
const logger = { debug() {}, info() {}, warn: (message: string) => void warnings.push(message), error() {} };
let store: OptionsStore;
/** The number in the last good file: another one for each. */
let number = 0;

beforeAll(() => {
  // For NOBODY as well.
  chmodSync(directory, 0o755);
  for (const [namespace, properties] of Object.entries({ seer: SEER, wide: WIDE })) {
    mkdirSync(join(directory, 'schemas', namespace), { recursive: true });
    mkdirSync(join(directory, 'values', namespace), { recursive: true });
    const schema = JSON.stringify({ version: '1.0', type: 'object', properties });
    writeFileSync(join(directory, 'schemas', namespace, 'schema.json'), schema);
  }
  store = openOptions({ directory, pollInterval: null, logger });
});

afterAll(async () => {
  await store.close();
  rmSync(directory, { recursive: true, force: true });
});

describe('a values file that is, or holds,', () => {
  it.each(HOSTILE_INPUTS.map((row) => [row.input, row] as const))('%s', async (_input, row) => {
    const { namespace = 'seer', make, used } = row;
    const file = join(directory, 'values', namespace, 'values.json');
    expectGoodFile(namespace, file);
    rmSync(file);
    make(file);
    const writer = row.keepWriting?.(file);
    try {
      const said = row.said?.replace('FILE', () => file);
      if (used === undefined) {
        expectRefused(row, file, said);
      } else {
        expect(store.refreshSync()).toBe(true);
        expect(used(store.namespace(namespace))).toBe(true);
        if (said !== undefined) await expect.poll(() => warnings).toEqual([said]);
      }
      expect(store.status()).toMatchObject({ watcher: 'running', health: used === undefined ? 'degraded' : 'ok' });
    } finally {
      if (writer?.kill('SIGKILL')) await once(writer, 'exit');
      rmSync(file, { recursive: true, force: true });
      warnings.length = 0;
    }
    expectGoodFile(namespace, file);
    expect(store.status()).toMatchObject({ watcher: 'running', health: 'ok', lastError: null });
  });

  it('very many unknown names has 100 of them in the status', () => {
    const file = join(directory, 'values/seer/values.json');
    const names = Array.from({ length: 10_000 }, (_, index) => `unknown-${index}`);
    writeFileSync(file, valuesText(Object.fromEntries(names.map((name) => [name, 1]))));
    expect(store.refreshSync()).toBe(true);
    expect(store.status().namespaces.seer).toMatchObject({ unknownCount: 10_000, unknownKeys: names.slice(0, 100) });
  });

  it('any of this changes no prototype', () => {
    expect(namesOfPrototypes()).toEqual(prototypes);
  });
});

it('1 000 issues in each of 200 files: something is said of each, and not everything of all', async () => {
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

/** A good file is read. */
function expectGoodFile(namespace: string, file: string): void {
  number++;
  writeFileSync(file, valuesText({ number }));
  expect(store.refreshSync()).toBe(true);
  expect(store.namespace(namespace).get('number')).toBe(number);
}

/** The file is refused with a line that says `said`, and all else stays as it was. */
function expectRefused(row: HostileInput, file: string, said: string | undefined): void {
  const now = () => ({
    generation: store.generation,
    seer: store.namespace('seer').get('number'),
    wide: store.namespace('wide').get('number'),
  });
  let before = now();
  let error = refreshError(row.isForbidden === true);
  for (let tries = 1; error === undefined && row.keepWriting !== undefined && tries < MAX_TRIES; tries++) {
    before = now();
    error = refreshError(false);
  }
  expect(error).toBeInstanceOf(ValuesError);
  const { issues, message } = error as ValuesError;
  expect(issues.map(({ pointer, message }) => `${pointer} ${message}`.trimStart())).toContain(said);
  expect(issues.every((issue) => issue.file === file)).toBe(true);
  expect(message).toContain(`Failed to reload values from ${directory}/values: Value error for `);
  expect(now()).toEqual(before);
}

/** What a refresh throws; undefined for nothing. `asNobody`: all threads of the process are this user meanwhile. */
function refreshError(asNobody: boolean): unknown {
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

/** All that hangs on the prototypes that a key of a file could reach. */
function namesOfPrototypes(): string[][] {
  return [Object, Array, String, Number, Boolean, Function].map(({ prototype }) =>
    Reflect.ownKeys(prototype).map(String),
  );
}
